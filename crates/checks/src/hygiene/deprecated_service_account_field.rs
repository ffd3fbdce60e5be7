//! `serviceAccount` instead of `serviceAccountName`.

use catseye_model::{Fields, PodView, Severity};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A pod names its service account in the deprecated field
    ///
    /// `serviceAccount` is an alias that counts only where `serviceAccountName` is absent. Policies
    /// and reviewers look at the latter, so a pod may run as another identity than they see.
    ///
    /// **Fix:** Write `serviceAccountName` and remove `serviceAccount`:
    /// ```yaml
    /// spec:
    ///   serviceAccountName: cart
    /// ```
    "HYG-105" {
        severity: Low,
        rows: ["H10"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {serviceAccount: cart, containers: [{name: app, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: two-minds}
spec: {serviceAccount: admin, serviceAccountName: cart, containers: [{name: app, image: i}]}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {serviceAccountName: cart, containers: [{name: app, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: as-the-api-server-writes-it}
spec: {serviceAccount: cart, serviceAccountName: cart, containers: [{name: app, image: i}]}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    let field = |field: &str| pod.spec.text(field).filter(|name| !name.is_empty());
    let Some(alias) = field("serviceAccount") else {
        return;
    };
    let path = || pod.path("serviceAccount");
    match field("serviceAccountName") {
        None => found.at(path(), "the deprecated field names the service account"),
        Some(name) if name != alias => found.at_severity(
            Severity::Medium,
            path(),
            format!("says {alias} while serviceAccountName says {name}"),
        ),
        Some(_) => {}
    }
}
