//! Pods that two budgets select.

use catseye_model::PodView;

use super::disruption::Budgets;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Two PodDisruptionBudgets select the same pods
    ///
    /// The eviction API refuses, with an internal error, to evict a pod that more than one budget
    /// selects. Node drains then hang although each budget alone would allow them.
    ///
    /// **Fix:** Keep one budget for each workload, and narrow the selectors of the others:
    /// ```yaml
    /// selector:
    ///   matchLabels:
    ///     app: cart
    ///     tier: web
    /// ```
    "REL-111" {
        severity: Medium,
        rows: ["H06"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  replicas: 3
  template:
    metadata: {labels: {app: cart, tier: web}}
    spec: {containers: [{name: app, image: i}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: a}
spec:
  maxUnavailable: 1
  selector: {matchLabels: {app: cart}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: everything}
spec:
  maxUnavailable: 1
  selector: {}
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  replicas: 3
  template:
    metadata: {labels: {app: cart}}
    spec: {containers: [{name: app, image: i}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: a}
spec:
  maxUnavailable: 1
  selector: {matchLabels: {app: cart}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: a}
spec:
  maxUnavailable: 2
  selector: {matchLabels: {app: cart}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: selects-nothing}
spec:
  maxUnavailable: 1
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    let budgets = context.index::<Budgets>();
    let Some(id) = context.inventory.id_of(pod.object) else {
        return;
    };
    let name = |budget| context.inventory.object(budget).name();
    let Some((first, others)) = budgets.of_workload(id).split_first() else {
        return;
    };
    // A folder may hold several variants of one budget.
    if let Some(other) = others.iter().find(|other| name(**other) != name(*first)) {
        found.at(
            pod.metadata_path("labels"),
            format!(
                "selected by the PodDisruptionBudgets {} and {}",
                name(*first),
                name(*other)
            ),
        );
    }
}
