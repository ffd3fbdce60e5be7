//! Workloads without a `PodDisruptionBudget`.

use catseye_model::{Completeness, Kind, PodView, Severity};

use super::disruption::Budgets;
use super::scaling::Replicas;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// No PodDisruptionBudget covers a workload
    ///
    /// Node upgrades and scale-downs evict pods node by node. Without a budget they may take every
    /// replica of an application at a time, and no replica need be ready before the next goes.
    ///
    /// **Fix:** Allow one to be missing at a time:
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata:
    ///   name: cart
    /// spec:
    ///   maxUnavailable: 1
    ///   selector:
    ///     matchLabels:
    ///       app: cart
    /// ```
    "REL-109" {
        severity: Low,
        rows: ["H06"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: shop}
spec:
  replicas: 3
  template:
    metadata: {labels: {app: cart}}
    spec: {containers: [{name: app, image: i}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: elsewhere, namespace: bank}
spec:
  maxUnavailable: 1
  selector: {matchLabels: {app: cart}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: other-pods, namespace: shop}
spec:
  maxUnavailable: 1
  selector: {matchLabels: {app: cart, tier: web}}
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: shop}
spec:
  replicas: 3
  template:
    metadata: {labels: {app: cart, tier: web}}
    spec: {containers: [{name: app, image: i}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: a, namespace: shop}
spec:
  maxUnavailable: 1
  selector: {matchExpressions: [{key: app, operator: In, values: [cart, pay]}]}
",
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: one}
spec:
  replicas: 1
  template: {spec: {containers: [{name: app, image: i}]}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: a}
spec:
  template: {spec: {containers: [{name: app, image: i}]}}
",
            r"# completeness: fragment
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  replicas: 3
  template: {spec: {containers: [{name: app, image: i}]}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    let workload = pod.object;
    let covered_kind = matches!(
        workload.kind(),
        Kind::Deployment | Kind::StatefulSet | Kind::Rollout | Kind::DeploymentConfig
    );
    if !covered_kind {
        return;
    }
    // A budget for one pod only blocks node drains; how many run is open where nothing says.
    let severity = match Replicas::of(workload, context) {
        Some(Replicas::Unsaid) => Severity::Info,
        Some(replicas) if replicas.least() > 1 => Severity::Low,
        _ => return,
    };
    let Some(id) = context.inventory.id_of(workload) else {
        return;
    };
    if !context.index::<Budgets>().of_workload(id).is_empty() {
        return;
    }
    if context.inventory.completeness() == Completeness::Fragment {
        found.unknown("a PodDisruptionBudget may stand in another file");
        return;
    }
    found.at_severity(
        severity,
        pod.metadata_path("labels"),
        "no PodDisruptionBudget selects these pods",
    );
}
