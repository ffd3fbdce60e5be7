//! Where a validating webhook is called, and the authority that its callers trust.

use kube::Client;
use serde_json::{Value, json};

use crate::request::{RequestError, get, read, send};

const ROOT: &str = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

/// Makes every webhook of a configuration trust this authority (PEM in base64); true when it did not
/// before. Nothing else of the configuration is touched, and one that somebody changes meanwhile is left
/// to the next time.
pub async fn set_bundle(client: &Client, name: &str, bundle: &str) -> Result<bool, RequestError> {
    register(client, name, Some(bundle), None).await
}

/// The same, and makes every webhook that calls a service call it under this path, where one is given.
pub async fn register(
    client: &Client,
    name: &str,
    bundle: Option<&str>,
    called: Option<&str>,
) -> Result<bool, RequestError> {
    let path = format!("{ROOT}/{name}");
    let held: Value = read(client, get(&path)?).await?;
    let webhooks = held["webhooks"].as_array().map_or(&[][..], Vec::as_slice);
    let mut changes = vec![json!({
        "op": "test",
        "path": "/metadata/resourceVersion",
        "value": held["metadata"]["resourceVersion"],
    })];
    for (place, webhook) in webhooks.iter().enumerate() {
        let held = &webhook["clientConfig"];
        if let Some(called) = called
            && held["service"].is_object()
            && held["service"]["path"] != called
        {
            changes.push(json!({
                "op": "add",
                "path": format!("/webhooks/{place}/clientConfig/service/path"),
                "value": called,
            }));
        }
        if let Some(bundle) = bundle
            && held["caBundle"] != bundle
        {
            changes.push(json!({
                "op": "add",
                "path": format!("/webhooks/{place}/clientConfig/caBundle"),
                "value": bundle,
            }));
        }
    }
    if changes.len() == 1 {
        return Ok(false);
    }
    let request = send(
        "PATCH",
        &path,
        "application/json-patch+json",
        &json!(changes),
    )?;
    read::<Value>(client, request).await?;
    Ok(true)
}
