//! Pods that may run on control plane nodes.

use catseye_model::Value;
use catseye_model::{Fields, Kind, PodView, Severity};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A workload may run on control plane nodes
    ///
    /// Control plane nodes hold the cluster's certificate authority, etcd with every Secret, and the
    /// credentials of its controllers. Whoever escapes from a pod there owns the cluster rather than
    /// one worker, and a pod that eats the node's memory takes the API server down with it.
    ///
    /// Namespaces of the system are passed over, and so are DaemonSets that tolerate every taint, as
    /// agents for all nodes do.
    ///
    /// **Fix:** Remove the toleration of `node-role.kubernetes.io/control-plane` (and `master`), the
    /// node selector and the affinity; tolerate the taints that are meant by name.
    "POD-036" {
        severity: Medium,
        rows: ["A36"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    spec:
      tolerations:
      - {key: node-role.kubernetes.io/control-plane, operator: Exists, effect: NoSchedule}
      containers:
      - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: tolerates-all}
spec:
  tolerations:
  - {operator: Exists}
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: batch/v1
kind: Job
metadata: {name: a}
spec:
  template:
    spec:
      nodeSelector: {node-role.kubernetes.io/master: ''}
      containers:
      - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  affinity:
    nodeAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        nodeSelectorTerms:
        - matchExpressions:
          - {key: node-role.kubernetes.io/control-plane, operator: Exists}
  containers:
  - {name: app, image: i}
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  template:
    spec:
      tolerations:
      - {operator: Exists, effect: NoSchedule}
      containers:
      - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  tolerations:
  - {key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 300}
  - {key: node-role.kubernetes.io/control-plane, operator: Exists, effect: NoExecute}
  - {key: gpu, operator: Exists}
  - {operator: Exists, effect: NoExecute}
  affinity:
    nodeAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        nodeSelectorTerms:
        - matchExpressions:
          - {key: node-role.kubernetes.io/control-plane, operator: DoesNotExist}
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: kube-proxy, namespace: kube-system}
spec:
  template:
    spec:
      tolerations:
      - {key: node-role.kubernetes.io/control-plane, operator: Exists}
      containers:
      - {name: app, image: i}
",
        ],
        run: Pods(run),
    }
}

/// The taint and label of control plane nodes, and its name before 1.24.
const KEYS: [&str; 2] = [
    "node-role.kubernetes.io/control-plane",
    "node-role.kubernetes.io/master",
];

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    if context.config.is_system(pod.object.namespace()) {
        return;
    }
    for (index, toleration) in pod.spec.list("tolerations").iter().enumerate() {
        let path = || pod.path("tolerations").index(index);
        if !tolerates_no_schedule(toleration) {
            continue;
        }
        match toleration.text("key").filter(|key| !key.is_empty()) {
            Some(key) if KEYS.contains(&key) => {
                found.at_severity(Severity::Low, path(), format!("tolerates {key}"));
            }
            None if pod.object.kind() != Kind::DaemonSet => {
                found.at_severity(Severity::Low, path(), "tolerates every taint");
            }
            _ => {}
        }
    }
    for key in KEYS {
        if pod.spec.at("nodeSelector").get(key).is_some() {
            found.at(
                pod.path("nodeSelector").key(key),
                "selects control plane nodes",
            );
        }
    }
    let required =
        "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
    for (term_index, term) in pod.spec.list(required).iter().enumerate() {
        for (index, expression) in term.list("matchExpressions").iter().enumerate() {
            let names = expression
                .text("key")
                .is_some_and(|key| KEYS.contains(&key));
            if names && matches!(expression.text("operator"), Some("Exists" | "In")) {
                found.at(
                    pod.path(required)
                        .index(term_index)
                        .join("matchExpressions")
                        .index(index),
                    "selects control plane nodes",
                );
            }
        }
    }
}

/// True when the toleration can match a taint `KEY:NoSchedule` without value, as control plane nodes
/// carry it.
fn tolerates_no_schedule(toleration: &Value) -> bool {
    let effect = toleration.text("effect").unwrap_or_default();
    let matches_value = toleration.text("operator") == Some("Exists")
        || toleration.text("value").unwrap_or_default().is_empty()
            && toleration.text("key").is_some_and(|key| !key.is_empty());
    matches!(effect, "" | "NoSchedule") && matches_value
}
