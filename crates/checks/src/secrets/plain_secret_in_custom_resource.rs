//! Passwords in the fields of custom resources.

use catseye_model::{FieldPath, Fields, Kind, Object};
use serde_json::Value;

use crate::check::check;
use crate::context::Context;
use crate::credential::{Confidence, detect};
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
        Value::String(text) => report(None, text, place, found),
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
                    Some(text) => report(Some(judged_by), text, &place, found),
                    None => visit(field, &place, depth + 1, found),
                }
            }
        }
        _ => {}
    }
}

fn report(name: Option<&str>, text: &str, place: &Place<'_>, found: &mut Findings) {
    let credential = detect(name, text)
        // What merely looks generated may be an id, of which custom resources are full.
        .filter(|credential| credential.confidence >= Confidence::Medium);
    if let Some(credential) = credential {
        found.at(
            place.path(),
            format!("holds a {}: {}", credential.kind, credential.hint),
        );
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
