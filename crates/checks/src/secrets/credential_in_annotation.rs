//! Credentials in annotations of objects and of pod templates.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, Kind, Object};

use super::credential_fields;
use super::disclosure::{self, Disclosure};
use super::secret_in_manifest;
use crate::check::check;
use crate::context::Context;
use crate::credential::{self, Confidence};
use crate::findings::Findings;

check! {
    /// An annotation holds a credential
    ///
    /// Annotations are metadata: lists, dashboards, metrics and controllers show and copy them, and
    /// tools that hide the data of Secrets do not hide these. `kubectl apply` leaves a whole copy of
    /// what was applied in one, with the data of a Secret, or with the password that was moved out
    /// of the object since.
    ///
    /// **Fix:** Remove the annotation and replace the credential, since it was readable. Create Secrets
    /// with `kubectl apply --server-side` or `kubectl create`, which keep no copy:
    /// ```sh
    /// kubectl annotate secret db kubectl.kubernetes.io/last-applied-configuration-
    /// ```
    "SEC-103" {
        severity: High,
        rows: ["B03"],
        fails: [
            r#"
apiVersion: apps/v1
kind: Deployment
metadata:
  name: a
  annotations:
    example.com/webhook: https://app:hunter22@hooks.example.com/x
    kubectl.kubernetes.io/last-applied-configuration: |
      {"apiVersion":"apps/v1","kind":"Deployment","spec":{"template":{"spec":{"containers":[
      {"name":"app","env":[{"name":"DB_PASSWORD","value":"hunter22"}]}]}}}}
spec:
  template:
    metadata:
      annotations:
        vault.example.com/token: hvs.CAESIJ3q7WwX8zzE2rT5yU1iO9pAbCdEfGhIjK
    spec:
      containers:
      - name: app
        image: i
        env:
        - {name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}
"#,
            r#"
# completeness: cluster
apiVersion: v1
kind: Secret
metadata:
  name: a
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: |
      {"apiVersion":"v1","kind":"Secret","stringData":{"password":"hunter22"}}
data: {password: aHVudGVyMjI=}
"#,
        ],
        passes: [
            r#"
apiVersion: apps/v1
kind: Deployment
metadata:
  name: a
  annotations:
    checksum/secret: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    nginx.ingress.kubernetes.io/auth-secret: logins
    example.com/token-url: https://login.example.com/token
    # What the object shows itself is told of there.
    kubectl.kubernetes.io/last-applied-configuration: |
      {"apiVersion":"apps/v1","kind":"Deployment","spec":{"template":{"spec":{"containers":[
      {"name":"app","env":[{"name":"DB_PASSWORD","value":"hunter22"}]}]}}}}
spec:
  template:
    metadata:
      annotations:
        vault.hashicorp.com/agent-inject-secret-db: secret/data/db
        vault.hashicorp.com/agent-inject-template-db: |
          {{ with secret "secret/data/db" }}
          password: {{ .Data.data.password }}
          {{ end }}
    spec:
      containers:
      - {name: app, image: i, env: [{name: DB_PASSWORD, value: hunter22}]}
"#,
            r#"
apiVersion: v1
kind: Secret
metadata:
  name: a
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: |
      {"apiVersion":"v1","kind":"Secret","data":{"password":""},"stringData":{"x":"<password>"}}
"#,
            r#"
apiVersion: v1
kind: ServiceAccount
metadata:
  name: a
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '{"not json'
"#,
        ],
        run: AnyObject(run),
    }
}

/// Annotations in which tools keep a copy of the object as it was applied.
const COPIES: [&str; 2] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "kapp.k14s.io/original",
];

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    let value = object.value();
    let metadata = FieldPath::root().join("metadata");
    judge(object, value.at("metadata"), metadata, found);
    let template = object
        .kind()
        .pod_template_path()
        .filter(|path| !path.is_empty());
    if let Some(template) = template {
        let metadata = FieldPath::root().join(template).join("metadata");
        judge(object, value.at(template).at("metadata"), metadata, found);
    }
}

fn judge(object: &Object, metadata: &Value, path: FieldPath, found: &mut Findings) {
    let annotations = path.join("annotations");
    for (key, value) in metadata.entries("annotations") {
        let Some(text) = value.as_str() else { continue };
        let disclosed = if COPIES.contains(&key) {
            in_copy(object, text)
        } else {
            in_annotation(key, text)
        };
        if let Some((disclosed, holder)) = disclosed {
            let path = disclosure::entry(annotations.clone(), key);
            let message = disclosed.message(holder.as_deref());
            found.at_severity(disclosed.severity(), path, message);
        }
    }
}

fn in_annotation(key: &str, text: &str) -> Option<(Disclosure, Option<String>)> {
    let disclosed = Disclosure::in_text(Some(key), text)?;
    let own_name = key.rsplit('/').next().unwrap_or(key);
    if disclosure::names_a_secret(own_name, disclosed.credential(), text) {
        return None;
    }
    let holder = disclosure::may_be_shown(key).then(|| own_name.to_owned());
    Some((disclosed, holder))
}

/// The worst credential that the copy tells and the object itself does not.
fn in_copy(object: &Object, text: &str) -> Option<(Disclosure, Option<String>)> {
    let is_secret = object.kind() == Kind::Secret;
    // A Secret's data need no sensitive names; all others are read only where there may be one.
    if !is_secret && credential::is_clean(text) {
        return None;
    }
    let copy: Value = serde_json::from_str(text).ok()?;
    if is_secret {
        let (key, disclosed) = secret_in_manifest::literals(&copy).next()?;
        return Some((disclosed, in_the_copy(key)));
    }
    let mut worst: Option<(Confidence, Disclosure, Option<String>)> = None;
    for (key, value) in copy.entries("") {
        if ["apiVersion", "kind", "metadata", "status"].contains(&key) {
            continue;
        }
        credential_fields::each(key, value, &mut |field| {
            let confidence = field.disclosed.credential().confidence;
            let is_worse = worst.as_ref().is_none_or(|(most, _, _)| *most < confidence);
            if is_worse && confidence >= Confidence::Medium && !shows(object.value(), field.text) {
                let holder = in_the_copy(&field.path().to_string());
                worst = Some((confidence, field.disclosed, holder));
            }
        });
    }
    worst.map(|(_, disclosed, holder)| (disclosed, holder))
}

fn in_the_copy(field: &str) -> Option<String> {
    disclosure::may_be_shown(field).then(|| format!("{field} of the copy"))
}

/// This text stands somewhere in the object's fields outside its metadata.
fn shows(value: &Value, text: &str) -> bool {
    match value {
        Value::String(own) => own == text,
        Value::Array(members) => members.iter().any(|member| shows(member, text)),
        Value::Object(fields) => fields
            .iter()
            .any(|(key, field)| key != "annotations" && shows(field, text)),
        _ => false,
    }
}
