//! What a pattern cannot say about its match: that a token's header decodes, that a password in a
//! URL is a literal.

use catseye_model::Value;

use crate::credential::{base64, placeholder};

/// A header that names its algorithm, a payload, and a signature part.
pub(super) fn is_jwt(token: &str) -> bool {
    part(token, 0).is_some_and(|header| header.get("alg").is_some_and(Value::is_string))
}

/// Issued by an API server for a service account.
pub(super) fn is_service_account_token(token: &str) -> bool {
    is_jwt(token)
        && part(token, 1).is_some_and(|claims| {
            let text = |key: &str| claims.get(key).and_then(Value::as_str).unwrap_or_default();
            text("iss") == "kubernetes/serviceaccount"
                || text("sub").starts_with("system:serviceaccount:")
                || claims.get("kubernetes.io").is_some()
        })
}

fn part(token: &str, index: usize) -> Option<Value> {
    let bytes = base64::decode(token.split('.').nth(index)?)?;
    serde_json::from_slice(&bytes).ok()
}

/// Base64 of a PEM that is a private key, and no certificate.
pub(super) fn decodes_to_private_key(text: &str) -> bool {
    // The first line is enough, and a cut at four symbols keeps the rest decodable.
    let head = text.get(..text.len().min(64)).unwrap_or(text);
    base64::decode(head).is_some_and(|bytes| {
        String::from_utf8_lossy(&bytes)
            .lines()
            .next()
            .is_some_and(|l| l.contains("PRIVATE KEY"))
    })
}

/// Base64 of `user:password`.
pub(super) fn decodes_to_user_and_password(text: &str) -> bool {
    let Some(decoded) = base64::decode(text).and_then(|bytes| String::from_utf8(bytes).ok()) else {
        return false;
    };
    decoded.chars().all(|c| !c.is_control())
        && decoded
            .split_once(':')
            .is_some_and(|(user, password)| !user.is_empty() && is_literal_password(password))
}

/// A password that works as it stands.
pub(super) fn is_literal_password(password: &str) -> bool {
    let password = password.trim_end_matches('\\');
    !placeholder::is_placeholder(password)
        && !placeholder::is_masked(password)
        && !password.starts_with('$')
        && !["%s", "%v", "%d", "%q"].contains(&password)
        // `nats://host:4222,nats://user@host` and the like: a port, not a password.
        && !password.contains(',')
}

/// A bearer token that works as it stands.
pub(super) fn is_literal_token(token: &str) -> bool {
    is_literal_password(token) && has_digit(token)
}

pub(super) fn has_digit(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit())
}

/// Something stands after the `BEGIN` line: a mention of the line in a script is no key.
pub(super) fn has_key_body(text: &str) -> bool {
    let body = text.split_once("KEY").map_or("", |(_, body)| body);
    let body = body
        .trim_start()
        .trim_start_matches('-')
        .replace("\\n", " ")
        .replace("\\r", " ");
    let first = body.split_whitespace().next().unwrap_or_default();
    first.len() >= 4 && !first.starts_with("...") && !first.contains("--")
}
