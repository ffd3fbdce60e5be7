//! Autoscalers that cannot scale.

use catseye_model::{FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A HorizontalPodAutoscaler has no room to scale
    ///
    /// Its maximum does not exceed its minimum, so it never adds a pod: the application meets a
    /// peak, or a flood of requests, at its ordinary size.
    ///
    /// **Fix:** Raise the maximum above the minimum:
    /// ```yaml
    /// spec:
    ///   minReplicas: 2
    ///   maxReplicas: 10
    /// ```
    "REL-116" {
        severity: Low,
        rows: ["H07"],
        fails: [
            r"
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: a}
spec: {scaleTargetRef: {kind: Deployment, name: a}, minReplicas: 5, maxReplicas: 5}
",
        ],
        passes: [
            r"
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: a}
spec: {scaleTargetRef: {kind: Deployment, name: a}, maxReplicas: 2}
",
        ],
        run: Objects(&[Kind::HorizontalPodAutoscaler], run),
    }
}

fn run(autoscaler: &Object, _: &Context<'_>, found: &mut Findings) {
    let value = autoscaler.value();
    let least = value.integer("spec.minReplicas").unwrap_or(1);
    if let Some(most) = value.integer("spec.maxReplicas")
        && most <= least
    {
        found.at(
            FieldPath::root().join("spec.maxReplicas"),
            format!("the maximum {most} leaves no room above the minimum {least}"),
        );
    }
}
