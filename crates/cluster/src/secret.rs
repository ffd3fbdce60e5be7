//! One Secret that the hub keeps for itself: the only object of this kind whose values are not redacted.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::Client;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::request::{RequestError, get, read, send};

/// What a Secret holds, by key. `Debug` shows the keys only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Entries(pub BTreeMap<String, Vec<u8>>);

impl std::fmt::Debug for Entries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[derive(Deserialize)]
struct Secret {
    #[serde(default)]
    data: BTreeMap<String, String>,
}

/// What a Secret holds; none when it is not there.
pub async fn entries(
    client: &Client,
    namespace: &str,
    name: &str,
) -> Result<Option<Entries>, RequestError> {
    let secret: Secret = match read(client, get(&path(namespace, name))?).await {
        Ok(secret) => secret,
        Err(err) if err.code() == Some(404) => return Ok(None),
        Err(err) => return Err(err),
    };
    let mut entries = Entries::default();
    for (key, text) in secret.data {
        let value = STANDARD
            .decode(text)
            .map_err(|_| RequestError::Unreadable {
                message: format!("{key} of the Secret {namespace}/{name} is no base64"),
            })?;
        entries.0.insert(key, value);
    }
    Ok(Some(entries))
}

/// Sets keys of a Secret that is there; other keys stay.
pub async fn set(
    client: &Client,
    namespace: &str,
    name: &str,
    entries: &Entries,
) -> Result<(), RequestError> {
    let data: BTreeMap<&str, String> = entries
        .0
        .iter()
        .map(|(key, value)| (key.as_str(), STANDARD.encode(value)))
        .collect();
    let patch = json!({"data": data});
    let url = format!("{}?fieldManager=catseye", path(namespace, name));
    let request = send("PATCH", &url, "application/merge-patch+json", &patch)?;
    read::<Value>(client, request).await.map(|_| ())
}

/// Names of namespaces and Secrets hold nothing that a URL would read otherwise; the API server refuses
/// those that do.
fn path(namespace: &str, name: &str) -> String {
    format!("/api/v1/namespaces/{namespace}/secrets/{name}")
}
