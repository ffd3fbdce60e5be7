//! `runAsUser: 0`.

use catseye_model::PodView;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;
use crate::pss::run_as_user::CONTROL;

check! {
    /// A pod asks to run as root
    ///
    /// User 0 is named on purpose, whatever the image would have done. Root in a container is root on
    /// the node as soon as one wall is missing: a mounted folder, a kernel flaw, a runtime flaw such
    /// as CVE-2019-5736 or CVE-2024-21626.
    ///
    /// **Fix:** Name another user, and give volumes to it by `fsGroup`:
    /// ```yaml
    /// spec:
    ///   securityContext:
    ///     runAsNonRoot: true
    ///     runAsUser: 10001
    ///     fsGroup: 10001
    /// ```
    "POD-022" {
        severity: Medium,
        rows: ["A22"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  securityContext: {runAsUser: 0}
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  initContainers:
  - {name: own-the-volume, image: i, securityContext: {runAsUser: 0}}
  containers:
  - {name: app, image: i, securityContext: {runAsUser: 1000}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  securityContext: {runAsUser: 1000, runAsGroup: 0}
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  hostUsers: false
  containers:
  - {name: app, image: i, securityContext: {runAsUser: 0}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    for violation in CONTROL.violations(context.version(), pod) {
        found.violation(violation);
    }
}
