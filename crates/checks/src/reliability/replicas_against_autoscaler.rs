//! Manifests that undo what an autoscaler decided.

use catseye_model::{Completeness, FieldPath, Fields, Object};

use super::scaling::{Autoscalers, SCALABLE};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A manifest sets the replicas that an autoscaler decides
    ///
    /// Each time the manifest is applied, the workload jumps back to the number in the file, in the
    /// middle of a peak too, until the autoscaler has counted again.
    ///
    /// **Fix:** Leave `replicas` out of the manifest of a workload that a HorizontalPodAutoscaler
    /// or a ScaledObject scales.
    "REL-117" {
        severity: Low,
        rows: ["H07"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  replicas: 2
  template: {spec: {containers: [{name: app, image: i}]}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: a}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}, minReplicas: 2, maxReplicas: 5}
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template: {spec: {containers: [{name: app, image: i}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: b}
spec:
  replicas: 2
  template: {spec: {containers: [{name: app, image: i}]}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: a}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}, minReplicas: 2, maxReplicas: 5}
",
            r"# completeness: cluster
apiVersion: apps/v1
kind: Deployment
metadata: {name: the-autoscaler-wrote-it}
spec:
  replicas: 2
  template: {spec: {containers: [{name: app, image: i}]}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: a}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: the-autoscaler-wrote-it}, maxReplicas: 5}
",
        ],
        run: Objects(SCALABLE, run),
    }
}

fn run(workload: &Object, context: &Context<'_>, found: &mut Findings) {
    let Some(replicas) = workload.value().integer("spec.replicas") else {
        return;
    };
    // In a live object the autoscaler itself wrote the number; zero switches an autoscaler off.
    let live = context.inventory.completeness() == Completeness::Cluster
        || workload.value().has("metadata.uid");
    if live || replicas == 0 {
        return;
    }
    let autoscalers = context.index::<Autoscalers>();
    if let Some(autoscaler) = autoscalers.of(workload, context).first() {
        let autoscaler = context.inventory.object(*autoscaler);
        found.at(
            FieldPath::root().join("spec.replicas"),
            format!(
                "sets {replicas} replicas, which {} {} decides",
                autoscaler.kind_name(),
                autoscaler.name()
            ),
        );
    }
}
