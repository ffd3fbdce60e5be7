//! Server-side apply: the fields that we say are ours, and nobody else's.

use kube::Client;
use serde_json::Value;

use crate::discover::Resource;
use crate::request::{RequestError, read, send};

/// How an object is applied.
#[derive(Debug, Clone, Copy)]
pub struct Apply<'a> {
    /// Who owns the fields: `catseye`.
    pub field_manager: &'a str,
    /// Whether fields of other owners are taken over; without it they are a conflict (409).
    pub force: bool,
    /// Whether the server only says what it would do.
    pub dry_run: bool,
}

/// Creates an object or changes the fields that it sets; answers the object as it then is.
pub async fn apply(
    client: &Client,
    resource: &Resource,
    object: &Value,
    how: Apply<'_>,
) -> Result<Value, RequestError> {
    let metadata = &object["metadata"];
    let name = metadata["name"].as_str().unwrap_or_default();
    let path = object_path(resource, metadata["namespace"].as_str(), name)?;
    let url = format!(
        "{path}?fieldManager={}{}{}",
        quoted(how.field_manager),
        if how.force { "&force=true" } else { "" },
        if how.dry_run { "&dryRun=All" } else { "" },
    );
    // JSON is YAML, and this content type is the one that every server knows.
    read(
        client,
        send("PATCH", &url, "application/apply-patch+yaml", object)?,
    )
    .await
}

/// Makes an object that is not there, and changes none that is; answers the object as it then is.
pub async fn create(
    client: &Client,
    resource: &Resource,
    object: &Value,
    how: Apply<'_>,
) -> Result<Value, RequestError> {
    let metadata = &object["metadata"];
    let path = match (resource.namespaced, metadata["namespace"].as_str()) {
        (true, Some(namespace)) => format!(
            "{}/namespaces/{}/{}",
            resource.root(),
            quoted(namespace),
            resource.plural
        ),
        (true, None) => {
            return Err(RequestError::Unreadable {
                message: format!(
                    "{}: a namespaced object needs its namespace",
                    resource.name()
                ),
            });
        }
        (false, _) => resource.path(),
    };
    let url = format!(
        "{path}?fieldManager={}{}",
        quoted(how.field_manager),
        if how.dry_run { "&dryRun=All" } else { "" },
    );
    read(client, send("POST", &url, "application/json", object)?).await
}

/// Changes an object by a JSON patch (RFC 6902), whose tests say which version it is meant for.
pub async fn patch(
    client: &Client,
    resource: &Resource,
    namespace: Option<&str>,
    name: &str,
    operations: &Value,
    how: Apply<'_>,
) -> Result<Value, RequestError> {
    let path = object_path(resource, namespace, name)?;
    let url = format!(
        "{path}?fieldManager={}{}",
        quoted(how.field_manager),
        if how.dry_run { "&dryRun=All" } else { "" },
    );
    read(
        client,
        send("PATCH", &url, "application/json-patch+json", operations)?,
    )
    .await
}

/// Deletes an object with this uid, or only asks whether that would go.
pub async fn delete_this(
    client: &Client,
    resource: &Resource,
    namespace: Option<&str>,
    name: &str,
    uid: Option<&str>,
    dry_run: bool,
) -> Result<(), RequestError> {
    let path = object_path(resource, namespace, name)?;
    // With a body the server reads no parameters of the URL: a dry run must be said in the body.
    let mut options = serde_json::json!({"propagationPolicy": "Background"});
    if let Some(uid) = uid {
        options["preconditions"] = serde_json::json!({"uid": uid});
    }
    if dry_run {
        options["dryRun"] = serde_json::json!(["All"]);
    }
    read::<Value>(client, send("DELETE", &path, "application/json", &options)?)
        .await
        .map(|_| ())
}

/// An object as it is now, values of Secrets included: for whoever is about to write it back.
pub async fn get(
    client: &Client,
    resource: &Resource,
    namespace: Option<&str>,
    name: &str,
) -> Result<Value, RequestError> {
    read(
        client,
        crate::request::get(&object_path(resource, namespace, name)?)?,
    )
    .await
}

/// Deletes an object; true when it was there.
pub async fn delete(
    client: &Client,
    resource: &Resource,
    namespace: Option<&str>,
    name: &str,
) -> Result<bool, RequestError> {
    let path = object_path(resource, namespace, name)?;
    let request = send("DELETE", &path, "application/json", &serde_json::json!({}))?;
    match read::<Value>(client, request).await {
        Ok(_) => Ok(true),
        Err(err) if err.code() == Some(404) => Ok(false),
        Err(err) => Err(err),
    }
}

/// The path of one object.
fn object_path(
    resource: &Resource,
    namespace: Option<&str>,
    name: &str,
) -> Result<String, RequestError> {
    let unusable = |message: &str| RequestError::Unreadable {
        message: format!("{}: {message}", resource.name()),
    };
    if name.is_empty() {
        return Err(unusable("an object without a name cannot be addressed"));
    }
    let name = quoted(name);
    match (resource.namespaced, namespace) {
        (true, Some(namespace)) => Ok(format!(
            "{}/namespaces/{}/{}/{name}",
            resource.root(),
            quoted(namespace),
            resource.plural
        )),
        (true, None) => Err(unusable("a namespaced object needs its namespace")),
        (false, _) => Ok(format!("{}/{name}", resource.path())),
    }
}

/// A text as one segment of a URL.
fn quoted(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
