//! `nodeName` in a manifest.

use catseye_model::{Completeness, Fields, Kind, PodView};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A workload names its node and bypasses the scheduler
    ///
    /// With `nodeName` the kubelet of that node runs the pod without asking the scheduler: taints,
    /// resources and spread do not count, and the pod waits for ever when the node is gone. An
    /// intruder uses it to place a pod on the control plane, or next to a workload worth watching.
    ///
    /// In a running cluster the scheduler writes `nodeName` into every pod, so there templates alone
    /// are judged.
    ///
    /// **Fix:** Remove `nodeName`; select nodes by label:
    /// ```yaml
    /// nodeSelector:
    ///   kubernetes.io/hostname: node-1
    /// ```
    "POD-039" {
        severity: Medium,
        rows: ["A39"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  nodeName: control-plane-1
  containers:
  - {name: app, image: i}
",
            r"
# completeness: cluster
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, uid: '1'}
spec:
  template:
    spec:
      nodeName: node-1
      containers:
      - {name: app, image: i}
",
        ],
        passes: [
            r"
# completeness: cluster
apiVersion: v1
kind: Pod
metadata: {name: scheduled}
spec:
  nodeName: node-1
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: copied-from-a-cluster, uid: 0b1c}
spec:
  nodeName: node-1
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: selects}
spec:
  nodeName: ''
  nodeSelector: {kubernetes.io/hostname: node-1}
  containers:
  - {name: app, image: i}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    let Some(node) = pod.spec.text("nodeName").filter(|node| !node.is_empty()) else {
        return;
    };
    let may_be_scheduled = pod.object.kind() == Kind::Pod
        && (context.inventory.completeness() == Completeness::Cluster
            || pod.object.value().has("metadata.uid")
            || pod.object.value().has("status.phase"));
    if !may_be_scheduled {
        found.at(pod.path("nodeName"), format!("is tied to the node {node}"));
    }
}
