//! Pods that wait for a ConfigMap or Secret that does not exist.

use catseye_model::{Fields, Kind, Object, PodView};

use super::absence::{Presence, presence};
use super::pod_references::{Reference, visit};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A pod needs a ConfigMap or Secret that does not exist
    ///
    /// The pods do not start until it is there; replicas that run start no more once they are
    /// moved. And whoever may create an object of that name in the namespace decides what the
    /// application is configured with.
    ///
    /// **Fix:** Create it, mend the name or key, or let the pod start without it:
    /// ```yaml
    /// configMapKeyRef:
    ///   name: cart
    ///   key: log-level
    ///   optional: true
    /// ```
    "HYG-115" {
        severity: Medium,
        rows: ["H13", "B06"],
        fails: [
            r"# completeness: cluster
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - name: app
    image: i
    env: [{name: A, valueFrom: {secretKeyRef: {name: absent, key: a}}}, {name: B, valueFrom: {configMapKeyRef: {name: there, key: b}}}]
    envFrom: [{configMapRef: {name: absent}}]
  volumes:
  - {name: v, projected: {sources: [{secret: {name: elsewhere}}]}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: there, namespace: shop}
data: {a: x}
---
apiVersion: v1
kind: Secret
metadata: {name: elsewhere, namespace: bank}
",
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    spec:
      containers: [{name: app, image: i}]
      volumes: [{name: v, configMap: {name: absent}}]
",
        ],
        passes: [
            r"# completeness: cluster
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  imagePullSecrets: [{name: pulls-without}]
  containers:
  - name: app
    image: i
    env: [{name: A, valueFrom: {secretKeyRef: {name: absent, key: a, optional: true}}}, {name: B, valueFrom: {configMapKeyRef: {name: there, key: a}}}, {name: C, valueFrom: {secretKeyRef: {name: redacted, key: k}}}]
  volumes:
  - {name: v, configMap: {name: kube-root-ca.crt}}
  - {name: w, secret: {secretName: absent, optional: true}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: there, namespace: shop}
data: {a: x}
---
apiVersion: v1
kind: Secret
metadata: {name: redacted, namespace: shop}
",
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: shop}
spec:
  template:
    spec:
      containers: [{name: app, image: i, envFrom: [{secretRef: {name: not-in-git}}]}]
      volumes: [{name: v, configMap: {name: kubectl-says-where}}, {name: w, configMap: {name: generated}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: kubectl-says-where}
---
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
configMapGenerator: [{name: generated}]
",
            r"# completeness: fragment
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: app, image: i, envFrom: [{configMapRef: {name: absent}}]}]}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    let namespace = pod.object.namespace();
    visit(pod.spec, |reference| {
        if reference.optional || !matches!(reference.kind, Kind::ConfigMap | Kind::Secret) {
            return;
        }
        let Reference { kind, name, .. } = reference;
        match presence(context, kind, namespace, name) {
            Presence::There => {}
            Presence::Unknown => {
                found.unknown(format!("{kind} {name} is not among the objects"));
                return;
            }
            Presence::Absent(severity) => {
                let path = pod.path("").concat(&reference.path());
                found.at_severity(severity, path, format!("{kind} {name} does not exist"));
                return;
            }
        }
        let object = context.inventory.find(kind, namespace, name);
        if let Some((key, object)) = reference.key.zip(object)
            && lacks(object, key)
        {
            let path = pod.path("").concat(&reference.path());
            found.at(path, format!("{kind} {name} has no key {key}"));
        }
    });
}

/// False also where the content is not visible: a dump may leave it out.
fn lacks(object: &Object, key: &str) -> bool {
    let mut contents = ["data", "binaryData", "stringData"]
        .into_iter()
        .filter_map(|field| object.value().at(field).as_object())
        .filter(|content| !content.is_empty())
        .peekable();
    contents.peek().is_some() && contents.all(|content| !content.contains_key(key))
}
