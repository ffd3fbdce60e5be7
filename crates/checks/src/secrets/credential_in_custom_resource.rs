//! Credentials in the fields of custom resources.

use catseye_model::{Fields, Kind, Object};

use super::credential_fields;
use crate::check::check;
use crate::context::Context;
use crate::credential::Confidence;
use crate::findings::Findings;

check! {
    /// A custom resource holds a credential
    ///
    /// Whoever may read this kind of object has the credential. Custom resources are not covered by
    /// encryption of etcd unless they are named one by one, charts add them to the roles `view` and
    /// `edit`, and they stand in Git, in tools that show differences and in the audit log.
    ///
    /// **Fix:** Put the value into a Secret and use the field that refers to one
    /// (`passwordSecretRef`, `existingSecret`, `valueFrom`, `valuesFrom`), then replace the
    /// credential, since it was readable.
    "SEC-113" {
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
  config: |
    log: info
    smtp_password: hunter22
  extraArgs: [--token, q7WwX8zzE2rT5yU1iO9p]
  tokens: [ghp_16C7e42F292c6912E7710c838347Ae178B4a]
",
            r"
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: a}
spec:
  source:
    helm:
      parameters:
      - {name: db.password, value: hunter22}
      values: |
        auth:
          password: hunter22
",
            r"
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
secretGenerator:
- name: db
  literals: [user=app, password=hunter22]
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
    passwordSecret: db
  - {name: other, password: ''}
  - {name: template, password: '${DB_PASSWORD}'}
  - {name: vault, password: 'vault:secret/data/db#password'}
  - {name: hidden, password: '********'}
  - {name: masked, password: 'xxxx'}
  secretKeys: {adminPassword: admin-password}
  passwordSecretRef: {name: db, password: key-of-it}
  token: {name: db, key: token}
  tlsSecret: db
  credentials: db
  apiKey: name-of-a-key
  requirePassword: 'true'
  url: postgres://db:5432/app?x=a@b:c
  redirect: https://user@example.com/
  description: 'the password: must have eight letters'
status:
  token: hunter22
",
            r"
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: a}
spec:
  encryptedData: {password: AgBy3i4OJSWK9PiTySYZZA9rO43cGDEq7WwX8zzE2rT5yU1iO9pA}
",
            r"
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: a}
spec:
  rules:
  - validate: {pattern: {spec: {password: word}}}
",
            r"
apiVersion: isindir.github.com/v1alpha3
kind: SopsSecret
metadata: {name: a}
spec:
  secretTemplates:
  - name: db
    stringData: {password: 'ENC[AES256_GCM,data:abc,iv:d,tag:e,type:str]'}
sops: {mac: q7WwX8zzE2rT5yU1iO9p, token: hunter22}
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
    if !is_judged(object) {
        return;
    }
    for (key, value) in object.value().entries("") {
        if ["apiVersion", "kind", "metadata", "status", "sops"].contains(&key) {
            continue;
        }
        credential_fields::each(key, value, &mut |field| {
            if field.disclosed.credential().confidence >= Confidence::Medium {
                let message = field.disclosed.message(field.name);
                found.at_severity(field.disclosed.severity(), field.path(), message);
            }
        });
    }
}

/// Custom resources, but for those whose fields are ciphertext, patterns or names of entries in
/// Secrets and vaults.
fn is_judged(object: &Object) -> bool {
    const SPEAK_OF_SECRETS: [&str; 9] = [
        "kyverno.io",
        "gatekeeper.sh",
        "external-secrets.io",
        "secrets-store.csi.x-k8s.io",
        "secrets.hashicorp.com",
        "ricoberger.de",
        "bitnami.com",
        "kubernetes-client.io",
        "secretgenerator.mittwald.de",
    ];
    let group = object.group();
    // A kustomization may write the data of a Secret out.
    let is_custom =
        group == "kustomize.config.k8s.io" || group.contains('.') && !group.ends_with(".k8s.io");
    is_custom
        && !object.kind().is_workload()
        && !matches!(object.kind(), Kind::SealedSecret | Kind::ExternalSecret)
        && !SPEAK_OF_SECRETS.iter().any(|end| group.ends_with(end))
}
