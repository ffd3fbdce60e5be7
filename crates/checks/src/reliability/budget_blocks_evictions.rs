//! Budgets that allow no eviction at all.

use catseye_model::Value;
use catseye_model::{Completeness, FieldPath, Fields, Kind, Object};

use super::disruption::Budgets;
use super::scaling::Replicas;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A PodDisruptionBudget allows no eviction
    ///
    /// A budget that can never spare a pod stops every drain of every node that runs one: upgrades
    /// with security fixes and the autoscaler wait for it until somebody deletes pods by hand.
    ///
    /// **Fix:** Let one pod be missing, and run one more than are needed:
    /// ```yaml
    /// spec:
    ///   maxUnavailable: 1
    /// ```
    "REL-110" {
        severity: Medium,
        rows: ["H06", "H07"],
        fails: [
            r"
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: a}
spec:
  maxUnavailable: 0
  selector: {matchLabels: {app: cart}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: b}
spec:
  minAvailable: 100%
  selector: {matchLabels: {app: pay}}
",
            r"
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: a}
spec:
  minAvailable: 90%
  selector: {matchLabels: {app: cart}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  replicas: 5
  template:
    metadata: {labels: {app: cart}}
    spec: {containers: [{name: app, image: i}]}
",
            r"
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: a}
spec:
  minAvailable: 2
  selector: {matchLabels: {app: cart}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    metadata: {labels: {app: cart}}
    spec: {containers: [{name: app, image: i}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: a}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}
  minReplicas: 2
  maxReplicas: 5
",
        ],
        passes: [
            r"
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: a}
spec:
  minAvailable: 2
  selector: {matchLabels: {app: cart}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  replicas: 3
  template:
    metadata: {labels: {app: cart}}
    spec: {containers: [{name: app, image: i}]}
",
            r"
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: rounds-up-to-one}
spec:
  maxUnavailable: 1%
  selector: {matchLabels: {app: cart}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: pods-of-an-operator}
spec:
  minAvailable: 1
  selector: {matchLabels: {app: db}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: asleep}
spec:
  minAvailable: 1
  selector: {matchLabels: {app: asleep}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: asleep}
spec:
  replicas: 0
  template:
    metadata: {labels: {app: asleep}}
    spec: {containers: [{name: app, image: i}]}
",
        ],
        run: Objects(&[Kind::PodDisruptionBudget], run),
    }
}

fn run(budget: &Object, context: &Context<'_>, found: &mut Findings) {
    let spec = budget.value().at("spec");
    let max_unavailable = spec.at("maxUnavailable");
    if amount(max_unavailable).is_some_and(Amount::is_at_most_nothing) {
        let path = FieldPath::root().join("spec.maxUnavailable");
        found.at(path, "lets no pod be unavailable");
        return;
    }
    let Some(wanted) = amount(spec.at("minAvailable")) else {
        return;
    };
    let path = FieldPath::root().join("spec.minAvailable");
    if matches!(wanted, Amount::Percent(percent) if percent >= 100) {
        found.at(path, "wants every pod available at all times");
        return;
    }
    if context.inventory.completeness() == Completeness::Fragment {
        return;
    }
    let Some(expected) = expected_pods(budget, context) else {
        return;
    };
    if expected > 0 && wanted.of(expected) >= expected {
        let message = format!(
            "wants {} pods available while {expected} may be all there are",
            wanted.of(expected)
        );
        found.at(path, message);
    }
}

/// The least number of pods that the budget's workloads run; `None` where that cannot be told.
fn expected_pods(budget: &Object, context: &Context<'_>) -> Option<i64> {
    let id = context.inventory.id_of(budget)?;
    let budgets = context.index::<Budgets>();
    let mut sum: i64 = 0;
    for workload in budgets.workloads(id) {
        let workload = context.inventory.object(*workload);
        // One pod stands here for all of an absent owner, and only its owner knows how many.
        sum = sum.saturating_add(Replicas::of(workload, context)?.least());
    }
    Some(sum)
}

#[derive(Debug, Clone, Copy)]
enum Amount {
    Pods(i64),
    Percent(i64),
}

impl Amount {
    fn is_at_most_nothing(self) -> bool {
        let (Amount::Pods(number) | Amount::Percent(number)) = self;
        number <= 0
    }

    /// Percentages of pods are rounded up.
    fn of(self, expected: i64) -> i64 {
        match self {
            Amount::Pods(number) => number,
            Amount::Percent(percent) => percent
                .saturating_mul(expected)
                .saturating_add(99)
                .div_euclid(100),
        }
    }
}

fn amount(value: &Value) -> Option<Amount> {
    if let Some(number) = value.integer("") {
        return Some(Amount::Pods(number));
    }
    let percent = value.as_str()?.strip_suffix('%')?;
    percent.parse().ok().map(Amount::Percent)
}
