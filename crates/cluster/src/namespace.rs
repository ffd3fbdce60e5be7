//! One namespace, as it is now.

use kube::Client;
use serde_json::Value;

use crate::apply::quoted;
use crate::request::{RequestError, get, read};

/// A namespace; 404 where there is none.
pub async fn namespace(client: &Client, name: &str) -> Result<Value, RequestError> {
    read(
        client,
        get(&format!("/api/v1/namespaces/{}", quoted(name)))?,
    )
    .await
}
