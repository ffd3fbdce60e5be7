//! Autoscalers that shrink to a single pod.

use catseye_model::{FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A HorizontalPodAutoscaler may shrink to one replica
    ///
    /// At a quiet hour one pod is left, and then every drain, crash or eviction is an outage; when
    /// the load comes back, that pod takes all of it until others are ready. A missing `minReplicas`
    /// means one.
    ///
    /// **Fix:**
    /// ```yaml
    /// spec:
    ///   minReplicas: 2
    /// ```
    "REL-115" {
        severity: Low,
        rows: ["H07"],
        fails: [
            r"
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: a}
spec: {scaleTargetRef: {kind: Deployment, name: a}, minReplicas: 1, maxReplicas: 5}
",
            r"
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: a}
spec: {scaleTargetRef: {kind: Deployment, name: a}, maxReplicas: 5}
",
        ],
        passes: [
            r"
apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata: {name: a}
spec: {scaleTargetRef: {kind: Deployment, name: a}, minReplicas: 2, maxReplicas: 5}
",
        ],
        run: Objects(&[Kind::HorizontalPodAutoscaler], run),
    }
}

fn run(autoscaler: &Object, _: &Context<'_>, found: &mut Findings) {
    let least = autoscaler.value().integer("spec.minReplicas");
    let message = match least {
        None => "sets no minimum and so shrinks to one replica".to_owned(),
        Some(least) if least < 2 => format!("may shrink to {least}"),
        Some(_) => return,
    };
    found.at(FieldPath::root().join("spec.minReplicas"), message);
}
