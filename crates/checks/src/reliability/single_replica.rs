//! Workloads that run one pod.

use catseye_model::{FieldPath, Fields, Kind, Object, Severity};

use super::scaling::{Replicas, SCALABLE};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A workload runs a single replica
    ///
    /// With one pod, every node drain, eviction, crash and rollout that does not surge is an outage
    /// of the application until the next pod is ready.
    ///
    /// **Fix:** Run at least two, spread over nodes, with a PodDisruptionBudget:
    /// ```yaml
    /// spec:
    ///   replicas: 2
    /// ```
    /// Where only one may run at a time, let the replicas elect a leader, or accept this finding.
    "REL-006" {
        severity: Low,
        rows: ["H06"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  replicas: 1
  template: {spec: {containers: [{name: app, image: i}]}}
",
            r"
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: says-nothing}
spec:
  template: {spec: {containers: [{name: app, image: i}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: keeps-data}
spec:
  template:
    spec:
      containers: [{name: app, image: i}]
      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  replicas: 2
  template: {spec: {containers: [{name: app, image: i}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: switched-off}
spec:
  replicas: 0
  template: {spec: {containers: [{name: app, image: i}]}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: a}
spec:
  template: {spec: {containers: [{name: app, image: i}]}}
",
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: shop}
spec:
  template: {spec: {containers: [{name: app, image: i}]}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: a, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}
  minReplicas: 2
  maxReplicas: 5
",
        ],
        run: Objects(SCALABLE, run),
    }
}

fn run(workload: &Object, context: &Context<'_>, found: &mut Findings) {
    // What an autoscaler may shrink to is said of the autoscaler.
    let Some(Replicas::Said(1) | Replicas::Unsaid) = Replicas::of(workload, context) else {
        return;
    };
    // Many databases are one pod by design, as is what keeps its data in one volume, and only their
    // operator can tell.
    let keeps_data = || {
        let volumes = workload.value().list("spec.template.spec.volumes");
        volumes
            .iter()
            .any(|volume| volume.has("persistentVolumeClaim"))
    };
    let severity = if workload.kind() == Kind::StatefulSet || keeps_data() {
        Severity::Info
    } else {
        Severity::Low
    };
    let message = if workload.value().has("spec.replicas") {
        "runs a single replica"
    } else {
        "does not say how many replicas and so runs one"
    };
    found.at_severity(severity, FieldPath::root().join("spec.replicas"), message);
}
