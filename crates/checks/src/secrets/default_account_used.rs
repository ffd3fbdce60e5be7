//! Pods that run as the service account `default`.

use catseye_model::PodView;

use super::service_account::is_token_mounted;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A workload runs as the default service account
    ///
    /// All pods of a namespace that name no service account share `default`. A right granted to it for
    /// one is granted to all, and the audit log cannot tell which of them used it. Pods without a token
    /// are passed over; the token itself is weighed by SEC-008, and rights granted to `default` have
    /// checks of their own.
    ///
    /// **Fix:** Give the workload an account of its own:
    /// ```yaml
    /// spec:
    ///   serviceAccountName: cart
    ///   automountServiceAccountToken: false
    /// ```
    "SEC-009" {
        severity: Info,
        rows: ["B09"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: unnamed}
spec:
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: batch/v1
kind: CronJob
metadata: {name: named}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          serviceAccountName: default
          containers:
          - {name: app, image: i}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: own}
spec:
  serviceAccountName: cart
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: no-token}
spec:
  automountServiceAccountToken: false
  containers:
  - {name: app, image: i}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    if pod.service_account() == "default" && is_token_mounted(pod, context.inventory) {
        found.at(
            pod.path("serviceAccountName"),
            "runs as default, with its token mounted",
        );
    }
}
