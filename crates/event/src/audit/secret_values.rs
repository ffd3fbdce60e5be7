//! What bodies of audit events say that nobody may see: values of Secrets, and tokens.
//!
//! An audit policy should keep these bodies out of the log (level Metadata); many do not.

use catseye_model::redact::{redact as redact_objects, redact_secret};
use catseye_model::{Fields, RedactionKey, Value, json};

use super::object::ObjectRef;

/// Takes secret values out of the body of a call to `target`.
pub(crate) fn redact(body: &mut Value, target: Option<&ObjectRef<'_>>, key: &RedactionKey) {
    redact_objects(body, key);
    redact_tokens(body, key);
    let Some(target) = target else { return };
    match (&*target.api_group, &*target.resource, &*target.subresource) {
        ("", "secrets", _) => redact_secret_call(body, key),
        // Whatever the shape: these bodies are tokens and what surrounds them.
        ("", "serviceaccounts", "token") | ("authentication.k8s.io", "tokenreviews", _) => {
            redact_token_fields(body, key);
        }
        _ => {}
    }
}

/// A body of a call to secrets: an object, a list, a patch of either kind, or a Status.
fn redact_secret_call(body: &mut Value, key: &RedactionKey) {
    match body {
        Value::Object(_) if body.text("kind") == Some("Status") => {}
        Value::Object(_) => {
            redact_secret(body, key);
            body.update("items", |items| {
                if items.is_array() {
                    items.each(|item| redact_secret(item, key));
                }
            });
        }
        Value::Array(_) => body.each(|step| redact_patch_step(step, key)),
        other => redact_leaf(other, key),
    }
}

/// One step of a JSON patch: `{"op": "replace", "path": "/data/password", "value": "…"}`.
fn redact_patch_step(step: &mut Value, key: &RedactionKey) {
    let path = step.text("path").unwrap_or_default().to_owned();
    step.update("value", |value| redact_at(value, &path, key));
}

/// The value that a step sets at `path`.
fn redact_at(value: &mut Value, path: &str, key: &RedactionKey) {
    let mut fields = path.split('/').skip(1);
    match (fields.next(), fields.next()) {
        (Some("") | None, _) => redact_secret(value, key),
        (Some(field @ ("data" | "stringData")), None) => {
            let mut whole = json!({ field: value.take() });
            redact_secret(&mut whole, key);
            *value = whole[field].clone();
        }
        (Some(field @ ("data" | "stringData")), Some(_)) => {
            let mut whole = json!({ field: {"value": value.take()} });
            redact_secret(&mut whole, key);
            *value = whole[field]["value"].clone();
        }
        (Some("metadata"), Some("labels")) | (Some("type" | "immutable"), _) => {}
        // The annotation with the last applied object, or something above it.
        _ => redact_leaf(value, key),
    }
}

/// `TokenRequest` and `TokenReview` objects, and lists of them, by their kind.
fn redact_tokens(body: &mut Value, key: &RedactionKey) {
    match body.text("kind") {
        Some("TokenRequest" | "TokenReview" | "TokenRequestList" | "TokenReviewList") => {
            redact_token_fields(body, key);
        }
        Some("AdmissionReview") => {
            body.update("request", |review| {
                for field in ["object", "oldObject"] {
                    review.update(field, |object| {
                        redact_objects(object, key);
                        redact_tokens(object, key);
                    });
                }
            });
        }
        _ => {}
    }
}

/// Every `token` of the value, at any depth.
fn redact_token_fields(value: &mut Value, key: &RedactionKey) {
    match value {
        Value::Object(_) => {
            value.update("token", |token| redact_leaf(token, key));
            // A token that is text stays as it is now.
            value.each(|entry| redact_token_fields(entry, key));
        }
        Value::Array(_) => value.each(|item| {
            // A step of a JSON patch whose path ends in the token.
            let names_token = item
                .text("path")
                .is_some_and(|path| path.ends_with("/token"));
            if names_token {
                item.update("value", |entry| redact_leaf(entry, key));
            }
            redact_token_fields(item, key);
        }),
        _ => {}
    }
}

/// Replaces the value whatever it is.
fn redact_leaf(value: &mut Value, key: &RedactionKey) {
    let mut secret = json!({"stringData": {"value": value.take()}});
    redact_secret(&mut secret, key);
    *value = secret["stringData"]["value"].clone();
}

#[cfg(test)]
mod tests {
    use super::super::text::Text;
    use super::*;

    fn target(
        group: &'static str,
        resource: &'static str,
        subresource: &'static str,
    ) -> ObjectRef<'static> {
        ObjectRef {
            resource: Text::from(resource),
            subresource: Text::from(subresource),
            api_group: Text::from(group),
            ..ObjectRef::default()
        }
    }

    #[test]
    fn bodies_of_calls_to_secrets_and_tokens_lose_their_values() {
        let secrets = target("", "secrets", "");
        let token = target("", "serviceaccounts", "token");
        let review = target("authentication.k8s.io", "tokenreviews", "");
        let applied = r#"{"stringData":{"k":"hunter2"}}"#;
        for (target, body) in [
            (
                &secrets,
                json!({"kind": "Secret", "apiVersion": "v1", "data": {"k": "hunter2"}}),
            ),
            (&secrets, json!({"data": {"k": "hunter2"}})),
            (
                &secrets,
                json!({"kind": "SecretList", "apiVersion": "v1", "items": [{"data": {"k": "hunter2"}}]}),
            ),
            (&secrets, json!({"items": [{"data": {"k": "hunter2"}}]})),
            (
                &secrets,
                json!([{"op": "add", "path": "/data/k", "value": "hunter2"}]),
            ),
            (
                &secrets,
                json!([{"op": "add", "path": "/stringData", "value": {"k": "hunter2"}}]),
            ),
            (
                &secrets,
                json!([{"op": "replace", "path": "", "value": {"data": {"k": "hunter2"}}}]),
            ),
            (
                &secrets,
                json!([{"op": "test", "path": "/data/k", "value": "hunter2"}]),
            ),
            (
                &secrets,
                json!([{"op": "add", "path": "/metadata/annotations", "value": {"a": applied}}]),
            ),
            (&secrets, json!("hunter2")),
            (
                &token,
                json!({"kind": "TokenRequest", "status": {"token": "hunter2"}}),
            ),
            (&token, json!({"status": {"token": "hunter2"}})),
            (&review, json!({"spec": {"token": "hunter2"}})),
            (
                &review,
                json!([{"op": "add", "path": "/spec/token", "value": "hunter2"}]),
            ),
        ] {
            let mut redacted = body.clone();
            redact(&mut redacted, Some(target), &RedactionKey::new([1; 32]));
            assert!(
                !redacted.to_string().contains("hunter2"),
                "{body} leaves {redacted}"
            );
        }
    }

    #[test]
    fn a_secret_is_known_by_its_kind_when_the_target_is_not_known() {
        let mut body = json!({"kind": "List", "apiVersion": "v1", "items": [
            {"kind": "Secret", "apiVersion": "v1", "data": {"k": "hunter2"}}]});
        redact(&mut body, None, &RedactionKey::new([1; 32]));
        assert!(!body.to_string().contains("hunter2"));
    }

    #[test]
    fn what_is_no_secret_stays() {
        for body in [
            json!({"kind": "ConfigMap", "apiVersion": "v1", "data": {"k": "v"}}),
            json!({"kind": "Status", "apiVersion": "v1", "message": "secrets \"a\" not found", "code": 404}),
            json!([{"op": "add", "path": "/metadata/labels/a", "value": "b"}]),
        ] {
            let mut read = body.clone();
            redact(
                &mut read,
                Some(&target("", "secrets", "")),
                &RedactionKey::new([1; 32]),
            );
            if body.text("kind") != Some("ConfigMap") {
                assert_eq!(read, body);
            }
            let mut read = body.clone();
            redact(
                &mut read,
                Some(&target("", "configmaps", "")),
                &RedactionKey::new([1; 32]),
            );
            assert_eq!(read, body);
        }
    }
}
