//! Workloads that do not select their own pods.

use catseye_model::{FieldPath, Fields, Kind, Object, PodView, Selector};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A workload does not select its own pods
    ///
    /// The selector demands labels that the pod template does not carry. The API server refuses the
    /// object; an older one, or a controller of another project, makes pods without end because
    /// it never sees those that it made.
    ///
    /// **Fix:** Give the template the labels that the selector demands:
    /// ```yaml
    /// selector:
    ///   matchLabels:
    ///     app: cart
    /// template:
    ///   metadata:
    ///     labels:
    ///       app: cart
    /// ```
    "HYG-010" {
        severity: Medium,
        rows: ["H10"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: card}}
    spec: {containers: [{name: app, image: i}]}
---
apiVersion: v1
kind: ReplicationController
metadata: {name: a}
spec:
  selector: {app: cart}
  template: {spec: {containers: [{name: app, image: i}]}}
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: a}
spec:
  selector:
    matchLabels: {app: cart}
    matchExpressions: [{key: tier, operator: DoesNotExist}, {key: app, operator: Exists}]
  template:
    metadata: {labels: {app: cart, more: is-fine}}
    spec: {containers: [{name: app, image: i}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: selector-is-generated}
spec: {template: {spec: {containers: [{name: app, image: i}]}}}
---
apiVersion: v1
kind: ReplicationController
metadata: {name: a}
spec:
  selector: {app: cart}
  template:
    metadata: {labels: {app: cart}}
    spec: {containers: [{name: app, image: i}]}
",
        ],
        run: Objects(
            &[
                Kind::Deployment,
                Kind::ReplicaSet,
                Kind::DaemonSet,
                Kind::StatefulSet,
                Kind::Job,
                Kind::CronJob,
                Kind::Rollout,
                Kind::ReplicationController,
                Kind::DeploymentConfig,
            ],
            run,
        ),
    }
}

fn run(workload: &Object, _: &Context<'_>, found: &mut Findings) {
    let path = match workload.kind() {
        Kind::CronJob => "spec.jobTemplate.spec.selector",
        _ => "spec.selector",
    };
    let selector = workload.value().at(path);
    if !selector.is_object() {
        return;
    }
    let Some(pod) = PodView::of(workload) else {
        return;
    };
    let plain_map = matches!(
        workload.kind(),
        Kind::ReplicationController | Kind::DeploymentConfig
    );
    let read = if plain_map {
        Selector::of_map(selector)
    } else {
        Selector::of(selector)
    };
    let path = || FieldPath::root().join(path);
    match read {
        Err(invalid) => found.at(path(), invalid.to_string()),
        Ok(read) if !read.matches(pod.labels()) => found.at(
            path(),
            format!("selects {read}, which the labels of the pod template do not meet"),
        ),
        Ok(_) => {}
    }
}
