//! Values of Secrets, taken out before anything else sees them.
//!
//! A value becomes `redacted:LENGTH:HASH`: its length in bytes and the first half of an HMAC-SHA-256
//! under a key that stays where the values are read. Whoever sees two of them can tell whether the
//! values are the same, which is what judgements need (shared credentials, drift), and nothing more.
//!
//! `kubectl apply` keeps a copy of the whole object in an annotation; that copy is treated alike.

use std::fmt::{self, Write as _};

use crate::Value;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// How a redacted value begins.
const MARK: &str = "redacted:";

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The key under which values are hashed.
#[derive(Clone)]
pub struct RedactionKey([u8; 32]);

impl RedactionKey {
    /// A key from 32 random bytes; the same bytes give comparable hashes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        RedactionKey(bytes)
    }

    fn hash(&self, value: &[u8]) -> String {
        // HMAC takes keys of any length, so there is nothing to fail.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return String::new();
        };
        mac.update(value);
        let digest = mac.finalize().into_bytes();
        digest
            .iter()
            .take(16)
            .fold(String::new(), |mut text, byte| {
                // Writing to a string cannot fail.
                let _ = write!(text, "{byte:02x}");
                text
            })
    }

    fn redacted(&self, value: &[u8]) -> Value {
        format!("{MARK}{}:{}", value.len(), self.hash(value)).into()
    }
}

impl fmt::Debug for RedactionKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("RedactionKey(…)")
    }
}

/// Takes the values out of a Secret, or of the Secrets of a list; other objects stay as they are.
///
/// Idempotent: what is redacted stays as it is.
pub fn redact(object: &mut Value, key: &RedactionKey) {
    let is_core = object.get("apiVersion").and_then(Value::as_str) == Some("v1");
    match object.get("kind").and_then(Value::as_str) {
        Some("Secret") if is_core => redact_secret(object, key),
        Some(kind) if kind.ends_with("List") => {
            // Items of a typed list, as the API server sends them, do not say their kind.
            let typed = is_core && kind == "SecretList";
            object.update("items", |items| {
                if !items.is_array() {
                    return;
                }
                items.each(|item| {
                    if typed {
                        redact_secret(item, key);
                    } else {
                        redact(item, key);
                    }
                });
            });
        }
        _ => {}
    }
}

/// Takes the values out of an object that is known to be a Secret.
pub fn redact_secret(secret: &mut Value, key: &RedactionKey) {
    for field in ["data", "stringData"] {
        secret.update(field, |values| match values {
            Value::Object(_) => values.each(|value| redact_value(value, field == "data", key)),
            Value::Null => {}
            // No Secret has this shape; whatever it is, it does not pass.
            other => redact_value(other, false, key),
        });
    }
    secret.update("metadata", |metadata| {
        metadata.update("annotations", |annotations| {
            annotations.update(LAST_APPLIED, |copy| redact_copy(copy, key));
        });
    });
}

/// Redacts the copy of a Secret that `kubectl apply` keeps.
fn redact_copy(copy: &mut Value, key: &RedactionKey) {
    *copy = match copy.as_str() {
        None => Value::Null,
        Some(text) => match serde_json::from_str::<Value>(text) {
            Ok(mut applied) => {
                redact_secret(&mut applied, key);
                applied.to_string().into()
            }
            Err(_) => key.redacted(text.as_bytes()),
        },
    };
}

fn redact_value(value: &mut Value, encoded: bool, key: &RedactionKey) {
    *value = match &*value {
        Value::Null => return,
        Value::String(text) if is_redacted(text) => return,
        // The same secret written as `data` and as `stringData` is the same secret.
        Value::String(text) if encoded => match BASE64_STANDARD.decode(text) {
            Ok(bytes) => key.redacted(&bytes),
            Err(_) => key.redacted(text.as_bytes()),
        },
        Value::String(text) => key.redacted(text.as_bytes()),
        other => key.redacted(other.to_string().as_bytes()),
    };
}

/// True for the form that [`redact`] writes: a mark, a length and 32 hexadecimal digits.
pub fn is_redacted(text: &str) -> bool {
    let Some((length, hash)) = text
        .strip_prefix(MARK)
        .and_then(|rest| rest.split_once(':'))
    else {
        return false;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(length) && hash.len() == 32 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// True when a value is, or holds at any depth, what [`redact`] writes: a hash that nobody can turn back.
pub fn holds_redacted(value: &Value) -> bool {
    match value {
        Value::String(text) => is_redacted(text),
        Value::Array(members) => members.iter().any(holds_redacted),
        Value::Object(map) => map.values().any(holds_redacted),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::json;
    use proptest::prelude::*;

    use super::*;

    fn key() -> RedactionKey {
        RedactionKey::new([7; 32])
    }

    #[test]
    fn a_value_leaves_its_length_and_a_hash() {
        let mut secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"},
            "type": "Opaque", "data": {"password": "aHVudGVyMg=="}});
        redact(&mut secret, &key());
        let value = secret["data"]["password"].as_str().expect("a string");
        assert!(value.starts_with("redacted:7:"), "{value}");
        assert!(is_redacted(value));
        assert_eq!(secret["type"], "Opaque");
    }

    #[test]
    fn data_and_string_data_of_one_secret_are_recognised_as_the_same() {
        let mut encoded = json!({"data": {"a": "aHVudGVyMg=="}});
        let mut plain = json!({"stringData": {"a": "hunter2"}});
        redact_secret(&mut encoded, &key());
        redact_secret(&mut plain, &key());
        assert_eq!(encoded["data"]["a"], plain["stringData"]["a"]);
    }

    #[test]
    fn another_key_gives_another_hash() {
        let mut one = json!({"stringData": {"a": "hunter2"}});
        let mut other = one.clone();
        redact_secret(&mut one, &key());
        redact_secret(&mut other, &RedactionKey::new([8; 32]));
        assert_ne!(one, other);
    }

    #[test]
    fn the_copy_that_kubectl_keeps_is_redacted_too() {
        let applied = json!({"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "hunter2"}});
        let mut secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {
            "name": "a", "annotations": {LAST_APPLIED: applied.to_string(), "x": "y"}}});
        redact(&mut secret, &key());
        assert!(!secret.to_string().contains("hunter2"));
        assert_eq!(secret["metadata"]["annotations"]["x"], "y");
    }

    #[test]
    fn lists_are_entered_and_other_kinds_left() {
        let mut list = json!({"apiVersion": "v1", "kind": "List", "items": [
            {"apiVersion": "v1", "kind": "Secret", "data": {"a": "aHVudGVyMg=="}},
            {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}},
            {"apiVersion": "example.com/v1", "kind": "Secret", "data": {"a": "b"}}]});
        redact(&mut list, &key());
        assert!(!list.to_string().contains("aHVudGVyMg"));
        assert_eq!(list["items"][1]["data"]["a"], "b");
        assert_eq!(list["items"][2]["data"]["a"], "b");
        let mut typed = json!({"apiVersion": "v1", "kind": "SecretList",
            "items": [{"data": {"a": "aHVudGVyMg=="}}]});
        redact(&mut typed, &key());
        assert!(!typed.to_string().contains("aHVudGVyMg"));
    }

    proptest! {
        #[test]
        fn nothing_of_a_value_stays_whatever_its_shape(value in "[a-zA-Z0-9]{12,40}", shape in 0..5) {
            let content = match shape {
                0 => json!({"k": value}),
                1 => json!({"k": [value]}),
                2 => json!([value]),
                3 => json!(value),
                _ => json!({"k": {"l": value}}),
            };
            let mut secret = json!({"apiVersion": "v1", "kind": "Secret",
                "data": content.clone(), "stringData": content.clone(),
                "metadata": {"annotations": {LAST_APPLIED: json!({"data": content}).to_string()}}});
            redact(&mut secret, &key());
            prop_assert!(!secret.to_string().contains(&value));
            let once = secret.clone();
            redact(&mut secret, &key());
            prop_assert_eq!(secret, once);
        }
    }
}
