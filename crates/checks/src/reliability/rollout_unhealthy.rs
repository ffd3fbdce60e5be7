//! Live workloads that do not run what they should.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, Kind, Object, Severity};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A workload does not run the pods that it should
    ///
    /// In the live state fewer pods are ready than desired, a rollout is stuck, or a Job gave up.
    /// The application runs without the redundancy that it was given, or not at all; a security fix
    /// that is stuck in its rollout protects nobody.
    ///
    /// **Fix:** Read the events of the object and the logs of its pods, then mend or roll back:
    /// ```sh
    /// kubectl describe deployment cart
    /// kubectl rollout undo deployment cart
    /// ```
    "REL-014" {
        severity: Medium,
        rows: ["H14"],
        fails: [
            r"# completeness: cluster
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, generation: 2}
spec:
  replicas: 3
  template: {spec: {containers: [{name: app, image: i}]}}
status:
  observedGeneration: 2
  readyReplicas: 1
  conditions:
  - {type: Progressing, status: 'False', reason: ProgressDeadlineExceeded}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: a}
spec: {template: {spec: {containers: [{name: app, image: i}]}}}
status: {observedGeneration: 1, desiredNumberScheduled: 3, numberReady: 0}
---
apiVersion: batch/v1
kind: Job
metadata: {name: a}
spec: {template: {spec: {containers: [{name: app, image: i}]}}}
status: {failed: 7, conditions: [{type: Failed, status: 'True', reason: BackoffLimitExceeded}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: app, image: i}]}
status: {phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable}]}
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: manifest}
spec:
  replicas: 3
  template: {spec: {containers: [{name: app, image: i}]}}
status: {}
",
            r"# completeness: cluster
apiVersion: apps/v1
kind: Deployment
metadata: {name: healthy, generation: 2}
spec:
  replicas: 3
  template: {spec: {containers: [{name: app, image: i}]}}
status: {observedGeneration: 2, readyReplicas: 3}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: not-yet-seen, generation: 2}
spec:
  replicas: 3
  template: {spec: {containers: [{name: app, image: i}]}}
status: {observedGeneration: 1, readyReplicas: 1}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: asleep}
spec:
  replicas: 0
  template: {spec: {containers: [{name: app, image: i}]}}
status: {observedGeneration: 1}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: under-way}
spec:
  replicas: 3
  template: {spec: {containers: [{name: app, image: i}]}}
status:
  observedGeneration: 1
  readyReplicas: 2
  conditions:
  - {type: Progressing, status: 'True', reason: ReplicaSetUpdated}
---
apiVersion: v1
kind: Pod
metadata: {name: done}
spec: {containers: [{name: app, image: i}]}
status: {phase: Succeeded}
",
        ],
        run: Objects(
            &[
                Kind::Deployment,
                Kind::StatefulSet,
                Kind::DaemonSet,
                Kind::ReplicaSet,
                Kind::ReplicationController,
                Kind::Job,
                Kind::Pod,
            ],
            run,
        ),
    }
}

fn run(workload: &Object, _: &Context<'_>, found: &mut Findings) {
    let status = workload.value().at("status");
    if status
        .as_object()
        .is_none_or(catseye_model::value::Map::is_empty)
    {
        return;
    }
    match workload.kind() {
        Kind::Pod => pod(status, found),
        Kind::Job => job(status, found),
        _ => controller(workload, status, found),
    }
}

fn pod(status: &Value, found: &mut Findings) {
    if status.text("phase") == Some("Failed") {
        let reason = status.text("reason").unwrap_or("its containers failed");
        found.at_severity(Severity::Low, path("phase"), format!("failed: {reason}"));
    }
    if let Some(reason) = condition(status, "PodScheduled", "False") {
        found.at(path("conditions"), format!("finds no node: {reason}"));
    }
}

fn job(status: &Value, found: &mut Findings) {
    if let Some(reason) = condition(status, "Failed", "True") {
        found.at_severity(
            Severity::Low,
            path("conditions"),
            format!("failed: {reason}"),
        );
    }
}

fn controller(workload: &Object, status: &Value, found: &mut Findings) {
    let Some(observed) = status.integer("observedGeneration") else {
        return;
    };
    let generation = workload.value().integer("metadata.generation");
    if generation.is_some_and(|generation| generation > observed) {
        return;
    }
    if let Some(reason) = condition(status, "Progressing", "False") {
        found.at(
            path("conditions"),
            format!("the rollout does not progress: {reason}"),
        );
    }
    let daemons = workload.kind() == Kind::DaemonSet;
    let desired = if daemons {
        status.integer("desiredNumberScheduled").unwrap_or(0)
    } else {
        workload.value().integer("spec.replicas").unwrap_or(1)
    };
    let field = if daemons {
        "numberReady"
    } else {
        "readyReplicas"
    };
    let ready = status.integer(field).unwrap_or(0);
    // A Deployment that is busy replacing pods lacks some for a moment.
    let under_way = matches!(
        condition(status, "Progressing", "True"),
        Some("ReplicaSetUpdated" | "NewReplicaSetCreated" | "FoundNewReplicaSet")
    );
    if ready < desired && !(under_way && ready > 0) {
        let severity = if ready == 0 {
            Severity::Medium
        } else {
            Severity::Low
        };
        found.at_severity(
            severity,
            path(field),
            format!("{ready} of {desired} pods are ready"),
        );
    }
}

/// The reason of a condition that has that status.
fn condition<'a>(status: &'a Value, kind: &str, wanted: &str) -> Option<&'a str> {
    status
        .list("conditions")
        .iter()
        .find(|condition| {
            condition.text("type") == Some(kind) && condition.text("status") == Some(wanted)
        })
        .map(|condition| condition.text("reason").unwrap_or("no reason given"))
}

fn path(field: &str) -> FieldPath {
    FieldPath::root().join("status").join(field)
}
