//! Workloads without the common labels of Kubernetes.

use catseye_model::PodView;

use super::labels;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A workload carries none of the common labels
    ///
    /// Dashboards, deployment tools and Catseye itself tell applications apart by the labels that
    /// Kubernetes recommends (`app.kubernetes.io/…`). A workload with none of them is shown as an
    /// application of its own.
    ///
    /// **Fix:**
    /// ```yaml
    /// metadata:
    ///   labels:
    ///     app.kubernetes.io/name: cart
    ///     app.kubernetes.io/part-of: shop
    /// ```
    "HYG-102" {
        severity: Info,
        rows: ["H08"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, labels: {app: a}}
spec:
  template:
    metadata: {labels: {app.kubernetes.io/name: a}}
    spec: {containers: [{name: app, image: i}]}
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, labels: {app.kubernetes.io/part-of: shop}}
spec:
  template:
    metadata: {labels: {app.kubernetes.io/name: a}}
    spec: {containers: [{name: app, image: i}]}
",
        ],
        run: Pods(run),
    }
}

const COMMON: [&str; 7] = [
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/version",
    "app.kubernetes.io/component",
    "app.kubernetes.io/part-of",
    "app.kubernetes.io/managed-by",
    "app.kubernetes.io/created-by",
];

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for (labels, path) in labels::of_workload(pod) {
        if !COMMON.iter().any(|key| labels.get(key).is_some()) {
            found.at(path, "carries no app.kubernetes.io label");
        }
    }
}
