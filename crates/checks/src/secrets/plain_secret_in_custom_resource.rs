//! Passwords in the fields of custom resources.

use catseye_model::{FieldPath, Fields, Kind, Object};
use serde_json::Value;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A custom resource holds a password in the open
    ///
    /// Whoever may read this kind of object reads the password: custom resources are not encrypted in
    /// etcd as Secrets are, roles such as `view` often include them, and they stand in Git, in tools
    /// that show differences and in the audit log.
    ///
    /// **Fix:** Put it into a Secret, and use the field that refers to one (`passwordSecretRef`,
    /// `existingSecret`, `valueFrom`, `valuesFrom`). Then change the password: it was seen.
    "SEC-013" {
        severity: High,
        rows: ["B13"],
        fails: [
            r"
apiVersion: example.com/v1
kind: Database
metadata: {name: a}
spec:
  users:
  - {name: app, password: hunter22}
",
            r"
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: a}
spec:
  values:
    url: postgres://app:hunter22@db:5432/app
    env:
    - {name: SMTP_PASSWORD, value: hunter22}
    auth: {api_key: k3Jd82LmQp91Xz7Rt45}
",
        ],
        passes: [
            r"
apiVersion: example.com/v1
kind: Database
metadata: {name: a}
spec:
  users:
  - name: app
    password: {valueFrom: {secretKeyRef: {name: db, key: password}}}
    passwordSecretName: db
  - {name: other, password: ''}
  - {name: template, password: '${DB_PASSWORD}'}
  - {name: vault, password: 'vault:secret/data/db#password'}
  - {name: masked, password: '********'}
  secretKeys: {adminPassword: admin-password}
  passwordSecretRef: {name: db, password: key-of-it}
  apiKey: name-of-a-key
  requirePassword: 'true'
  url: postgres://db:5432/app?x=a@b:c
  redirect: https://user@example.com/
",
            r"
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: a}
spec:
  rules:
  - validate: {pattern: {spec: {password: '?*'}}}
",
            r"
apiVersion: v1
kind: ConfigMap
metadata: {name: not-a-custom-resource}
data: {password: hunter22}
",
        ],
        run: AnyObject(run),
    }
}

/// Ends of the names of fields that hold a password, in lower case without `-` and `_`.
const PASSWORDS: [&str; 3] = ["password", "passwd", "passphrase"];

/// Ends of the names of fields that hold a key or token, or the name of one.
const TOKENS: [&str; 9] = [
    "clientsecret",
    "secretaccesskey",
    "accesskeysecret",
    "apikey",
    "apitoken",
    "authtoken",
    "accesstoken",
    "bearertoken",
    "privatekey",
];

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    if is_judged(object) {
        let root = Place {
            above: None,
            step: Step::Key("spec"),
        };
        visit(object.value().at("spec"), &root, 0, found);
    }
}

/// Custom resources, but for those whose fields are patterns, ciphertext or names of Secrets' keys.
fn is_judged(object: &Object) -> bool {
    let group = object.group();
    let is_custom =
        group.contains('.') && !group.ends_with(".k8s.io") && !object.kind().is_workload();
    let speaks_of_secrets = matches!(
        object.kind(),
        Kind::SealedSecret | Kind::ExternalSecret | Kind::SecretStore | Kind::ClusterSecretStore
    ) || [
        "kyverno.io",
        "gatekeeper.sh",
        "external-secrets.io",
        "secrets-store.csi.x-k8s.io",
    ]
    .iter()
    .any(|end| group.ends_with(end));
    is_custom && !speaks_of_secrets
}

/// A place in an object, as a chain to its root: paths are made for findings alone.
struct Place<'a> {
    above: Option<&'a Place<'a>>,
    step: Step<'a>,
}

enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl Place<'_> {
    fn path(&self) -> FieldPath {
        let above = self.above.map(Place::path).unwrap_or_default();
        match self.step {
            Step::Key(key) => above.key(key),
            Step::Index(index) => above.index(index),
        }
    }
}

fn visit(value: &Value, place: &Place<'_>, depth: u32, found: &mut Findings) {
    // Deeper than any schema; the parser bounds it too.
    if depth > 64 {
        return;
    }
    match value {
        Value::String(text) if holds_credentials(text) => {
            found.at(place.path(), "a URL with a password");
        }
        Value::Array(members) => {
            for (index, member) in members.iter().enumerate() {
                let place = Place {
                    above: Some(place),
                    step: Step::Index(index),
                };
                visit(member, &place, depth + 1, found);
            }
        }
        Value::Object(fields) => {
            // `{name: DB_PASSWORD, value: …}`, as environment variables and chart parameters are.
            let named = value.text("name").zip(value.text("value"));
            for (key, field) in fields {
                if is_reference(key) {
                    continue;
                }
                let place = Place {
                    above: Some(place),
                    step: Step::Key(key),
                };
                let judged_by = match named {
                    Some((name, _)) if key == "value" => name,
                    _ => key,
                };
                match field.as_str() {
                    Some(text) if is_plain_secret(judged_by, text) => {
                        found.at(place.path(), format!("{judged_by} stands in the open"));
                    }
                    _ => visit(field, &place, depth + 1, found),
                }
            }
        }
        _ => {}
    }
}

/// Mappings below such keys hold names of Secrets and of their keys.
fn is_reference(key: &str) -> bool {
    let ends = |end: &str| {
        key.len()
            .checked_sub(end.len())
            .and_then(|start| key.get(start..))
            .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    };
    ["ref", "refs", "keys", "selector", "keymapping", "from"]
        .iter()
        .any(|end| ends(end))
}

fn is_plain_secret(name: &str, value: &str) -> bool {
    // Only then is the name worth normalising.
    let candidate = name.len() >= 6 && !value.is_empty() && !stands_for_something_else(value);
    if !candidate {
        return false;
    }
    let name: String = name
        .chars()
        .filter(|c| !matches!(c, '-' | '_'))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let ends_with_any = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    if ends_with_any(&PASSWORDS) {
        // `requirePassword: "true"` is a switch.
        return !matches!(value, "true" | "false" | "null" | "none" | "yes" | "no");
    }
    ends_with_any(&TOKENS) && (looks_random(value) || value.contains("PRIVATE KEY-----"))
}

/// Templates, references to vaults, paths and masked values.
fn stands_for_something_else(value: &str) -> bool {
    let masked = value
        .bytes()
        .all(|b| matches!(b, b'*' | b'x' | b'X' | b'.' | b'-'));
    masked
        || value.contains("{{")
        || value.contains("${")
        || value.contains("$(")
        || value.starts_with(['/', '<', '$'])
        || [
            "vault:",
            "ref+",
            "op://",
            "arn:aws:",
            "secret:",
            "secretref:",
            "file:",
            "env:",
            "ENC[",
        ]
        .iter()
        .any(|start| value.starts_with(start))
        || value.eq_ignore_ascii_case("redacted")
}

/// True for generated text, false for names made of words.
fn looks_random(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let has_capital = value.bytes().any(|b| b.is_ascii_uppercase());
    value.len() >= 16
        && digits >= 3
        && !value.contains(char::is_whitespace)
        && (has_capital || !value.contains(['-', '.', '/']))
}

/// `scheme://user:password@host`.
fn holds_credentials(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((user, _)) = authority.rsplit_once('@') else {
        return false;
    };
    let Some((_, password)) = user.split_once(':') else {
        return false;
    };
    !scheme.contains(char::is_whitespace)
        && !password.is_empty()
        && !password.contains(char::is_whitespace)
        && !stands_for_something_else(password)
}
