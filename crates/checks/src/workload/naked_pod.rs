//! Pods without a controller.

use catseye_model::{Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A pod belongs to no controller
    ///
    /// Nothing restarts such a pod elsewhere when its node fails or is drained, and nothing rolls out
    /// a mended image. Outside of pipelines it is also what an intruder with `create pods` leaves:
    /// a pod that no Deployment, and so no manifest in Git, accounts for.
    ///
    /// Static pods of the node and hooks of Helm are passed over.
    ///
    /// **Fix:** Run it from a Deployment, StatefulSet, DaemonSet or, when it ends by itself, a Job.
    "POD-037" {
        severity: Low,
        rows: ["A37"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: empty, ownerReferences: []}
spec:
  containers:
  - {name: app, image: i}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata:
  name: cart-x
  ownerReferences:
  - {apiVersion: apps/v1, kind: ReplicaSet, name: cart, uid: '1', controller: true}
spec:
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata:
  name: kube-scheduler-node-1
  namespace: kube-system
  annotations: {kubernetes.io/config.mirror: abc}
spec:
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata:
  name: kube-apiserver
  namespace: kube-system
  labels: {component: kube-apiserver, tier: control-plane}
spec:
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: smoke-test, annotations: {helm.sh/hook: test}}
spec:
  containers:
  - {name: app, image: i}
",
        ],
        run: Objects(&[Kind::Pod], run),
    }
}

fn run(pod: &Object, context: &Context<'_>, found: &mut Findings) {
    let owned = !pod.value().list("metadata.ownerReferences").is_empty();
    let is_static = pod.annotation("kubernetes.io/config.mirror").is_some()
        || pod.label("tier") == Some("control-plane") && context.config.is_system(pod.namespace());
    if !owned && !is_static && pod.annotation("helm.sh/hook").is_none() {
        found.at(
            catseye_model::FieldPath::root().join("metadata.ownerReferences"),
            "no controller owns the pod",
        );
    }
}
