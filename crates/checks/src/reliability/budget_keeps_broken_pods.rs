//! Budgets that protect pods which do not work.

use catseye_model::{FieldPath, Fields, Kind, Object, Version};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A PodDisruptionBudget protects pods that do not work
    ///
    /// By default a running pod that is not ready counts against the budget like a working one.
    /// An application that crash-loops then blocks every node drain until somebody mends it.
    ///
    /// **Fix:** Let broken pods go whenever a node is drained (Kubernetes 1.27):
    /// ```yaml
    /// spec:
    ///   unhealthyPodEvictionPolicy: AlwaysAllow
    /// ```
    "REL-114" {
        severity: Info,
        rows: ["H06"],
        fails: [
            r"
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: a}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: IfHealthyBudget
  selector: {matchLabels: {app: cart}}
",
        ],
        passes: [
            r"
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: a}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector: {matchLabels: {app: cart}}
",
        ],
        run: Objects(&[Kind::PodDisruptionBudget], run),
    }
}

fn run(budget: &Object, context: &Context<'_>, found: &mut Findings) {
    let policy = budget.value().text("spec.unhealthyPodEvictionPolicy");
    if policy != Some("AlwaysAllow") && context.version() >= Version::minor(27) {
        found.at(
            FieldPath::root().join("spec.unhealthyPodEvictionPolicy"),
            "keeps pods that are not ready from being evicted",
        );
    }
}
