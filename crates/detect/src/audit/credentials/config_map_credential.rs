//! A password where everybody looks.

use crate::audit::prelude::*;

detection! {
    /// Credential written to a ConfigMap
    ///
    /// ConfigMaps are read by far more people and programs than secrets, are not encrypted at rest, and
    /// stand in the audit log in full.
    ///
    /// **Benign:** Values that only look like credentials: examples, public keys' neighbours.
    ///
    /// **Respond:** Move the value to a Secret and replace it: it has been seen.
    "AUD-052" {
        severity: Medium,
        attack: CredentialAccess "T1552.001",
        rows: ["52"],
        needs: [RequestBody],
        on: [(WRITE, &["configmaps"])],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: configmaps, namespace: shop, name: c}, requestObject: {data: {key.pem: '-----BEGIN RSA PRIVATE KEY-----'}}}",
            r"{verb: patch, objectRef: {resource: configmaps, namespace: shop, name: c}, requestObject: {data: {app.conf: 'aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'}}}",
        ],
        quiet: [
            r"{verb: create, objectRef: {resource: configmaps, namespace: shop, name: c}, requestObject: {data: {app.conf: 'password_min_length = 12'}}}",
            r"{verb: create, user: {username: 'system:serviceaccount:kube-system:root-ca-cert-publisher'}, objectRef: {resource: configmaps, namespace: shop, name: kube-root-ca.crt}, requestObject: {data: {ca.crt: '-----BEGIN CERTIFICATE-----'}}}",
            r"{verb: create, objectRef: {resource: configmaps, namespace: shop, name: c}, requestObject: {data: {app.conf: 'password = ${DB_PASSWORD}'}}}",
        ],
        run: Call(run),
    }
}

/// What stands before a secret value; what follows must look like one.
const NAMES: [&str; 8] = [
    "aws_secret_access_key",
    "aws-secret-access-key",
    "password",
    "passwd",
    "passphrase",
    "client_secret",
    "api_key",
    "secret_key",
];

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_control_plane() {
        return;
    }
    for (key, value) in call.sent().entries("data") {
        let text = value.as_str().unwrap_or_default();
        let what = if text.contains("PRIVATE KEY-----") {
            Some("a private key")
        } else if NAMES.contains(&key.to_ascii_lowercase().as_str()) && looks_secret(text) {
            Some("a credential")
        } else {
            text.lines().find_map(assigned)
        };
        if let Some(what) = what {
            // The value itself stays where it is.
            found.say(format!("wrote {what} to {}", call.what())).body(
                format!("data.{key}"),
                format!("{} characters", text.chars().count()),
            );
        }
    }
}

fn assigned(line: &str) -> Option<&'static str> {
    let (name, value) = line.split_once(['=', ':'])?;
    let name = name.trim().trim_matches('"').to_ascii_lowercase();
    let named = NAMES.iter().any(|secret| {
        name == *secret
            || name.ends_with(&format!("_{secret}"))
            || name.ends_with(&format!(".{secret}"))
    });
    (named && looks_secret(value)).then_some("a credential")
}

/// A value, and no reference to one.
fn looks_secret(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'', ',']).trim();
    let reference = value.starts_with(['$', '<', '{', '%', '/', '*']) || value.contains("{{");
    value.len() >= 6
        && !reference
        && !value.contains(' ')
        && value.parse::<f64>().is_err()
        && !matches!(value, "changeme" | "secret" | "password")
}
