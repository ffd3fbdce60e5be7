//! References to Secrets, or to keys of Secrets, that do not exist.

use catseye_model::{Completeness, Container, FieldPath, Fields, Kind, PodView};
use serde_json::Value;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A pod needs a Secret that does not exist
    ///
    /// A pod that refers to an absent Secret or key does not start. Until it does, whoever may create
    /// Secrets in the namespace decides what the application takes for its credentials.
    ///
    /// That a Secret is absent is told in a whole cluster alone: in a folder it may be made by an
    /// operator. That a key is absent is told wherever the Secret is seen with its keys.
    ///
    /// **Fix:** Create the Secret or the key, mend the name, or mark the reference `optional: true` when
    /// the application does without.
    "SEC-006" {
        severity: Medium,
        rows: ["B06"],
        fails: [
            r"
apiVersion: v1
kind: Secret
metadata: {name: db}
stringData: {username: a}
---
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: app
    image: i
    env:
    - {name: P, valueFrom: {secretKeyRef: {name: db, key: password}}}
  volumes:
  - {name: db, secret: {secretName: db, items: [{key: cert, path: cert}]}}
",
            r"
# completeness: cluster
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: other}
data: {username: YQ==}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - name: app
    image: i
    envFrom:
    - {secretRef: {name: db}}
  volumes:
  - name: all
    projected: {sources: [{secret: {name: tls}}]}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Secret
metadata: {name: db}
data: {password: YQ==}
---
apiVersion: v1
kind: Secret
metadata: {name: filled-later}
---
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: app
    image: i
    env:
    - {name: P, valueFrom: {secretKeyRef: {name: db, key: password}}}
    - {name: Q, valueFrom: {secretKeyRef: {name: db, key: absent, optional: true}}}
    - {name: R, valueFrom: {secretKeyRef: {name: filled-later, key: token}}}
    - {name: S, valueFrom: {secretKeyRef: {name: by-an-operator, key: token}}}
",
            r"
# completeness: cluster
apiVersion: v1
kind: Pod
metadata: {name: secrets-may-not-be-read}
spec:
  containers:
  - {name: app, image: i, envFrom: [{secretRef: {name: db}}]}
",
        ],
        run: Pods(run),
    }
}

/// A reference to a Secret, or to one of its keys.
struct Reference<'a> {
    secret: &'a str,
    key: Option<&'a str>,
    container: Option<&'a Container<'a>>,
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    let namespace = pod.object.namespace();
    for container in &pod.containers {
        for (index, variable) in container.env() {
            let value = variable.at("valueFrom.secretKeyRef");
            if let Some(secret) = needed(value, "name") {
                let reference = Reference {
                    secret,
                    key: value.text("key"),
                    container: Some(container),
                };
                let path = || {
                    let variable = container.path("env").index(index);
                    variable.join("valueFrom.secretKeyRef")
                };
                judge(&reference, namespace, path, context, found);
            }
        }
        for (index, source) in container.value.list("envFrom").iter().enumerate() {
            if let Some(secret) = needed(source.at("secretRef"), "name") {
                let reference = Reference {
                    secret,
                    key: None,
                    container: Some(container),
                };
                let path = || container.path("envFrom").index(index).join("secretRef");
                judge(&reference, namespace, path, context, found);
            }
        }
    }
    for volume in pod.volumes() {
        let value = volume.value.at("secret");
        if let Some(secret) = needed(value, "secretName") {
            let path = || volume.path("secret");
            judge_files(secret, value, namespace, path, context, found);
        }
        for (index, source) in volume.value.list("projected.sources").iter().enumerate() {
            let value = source.at("secret");
            if let Some(secret) = needed(value, "name") {
                let path = || volume.path("projected.sources").index(index).join("secret");
                judge_files(secret, value, namespace, path, context, found);
            }
        }
    }
}

/// The Secret that a reference names and cannot do without.
fn needed<'a>(reference: &'a Value, field: &str) -> Option<&'a str> {
    reference
        .text(field)
        .filter(|name| !name.is_empty() && reference.flag("optional") != Some(true))
}

fn judge_files(
    secret: &str,
    value: &Value,
    namespace: &str,
    path: impl Fn() -> FieldPath,
    context: &Context<'_>,
    found: &mut Findings,
) {
    let reference = |key| Reference {
        secret,
        key,
        container: None,
    };
    let exists = context
        .inventory
        .find(Kind::Secret, namespace, secret)
        .is_some();
    if !exists {
        judge(&reference(None), namespace, path, context, found);
        return;
    }
    for (index, item) in value.list("items").iter().enumerate() {
        let path = || path().join("items").index(index);
        judge(
            &reference(item.text("key")),
            namespace,
            path,
            context,
            found,
        );
    }
}

fn judge(
    reference: &Reference<'_>,
    namespace: &str,
    path: impl FnOnce() -> FieldPath,
    context: &Context<'_>,
    found: &mut Findings,
) {
    let inventory = context.inventory;
    let secret = reference.secret;
    let mut secrets = inventory.named(Kind::Secret, namespace, secret).peekable();
    let (path, message) = if secrets.peek().is_some() {
        let Some(key) = reference.key else { return };
        // A folder may hold several variants of the Secret; one with the key is enough.
        if secrets.any(|(_, secret)| may_hold(secret.value(), key)) {
            return;
        }
        (
            path().join("key"),
            format!("Secret {secret} has no key {key}"),
        )
    } else if inventory.completeness() != Completeness::Cluster {
        found.unknown("a Secret is not among the files; something else may create it");
        return;
    } else if inventory.of_kind(Kind::Secret).next().is_none() {
        found.unknown("no Secret of the cluster could be read");
        return;
    } else {
        (path(), format!("there is no Secret {secret}"))
    };
    match reference.container {
        Some(container) => found.in_container_at(container, path, message),
        None => found.at(path, message),
    }
}

/// A Secret without any key is filled by someone else, or was read without its content.
fn may_hold(secret: &Value, key: &str) -> bool {
    let mut keys = secret
        .entries("data")
        .chain(secret.entries("stringData"))
        .peekable();
    keys.peek().is_none() || keys.any(|(held, _)| held == key)
}
