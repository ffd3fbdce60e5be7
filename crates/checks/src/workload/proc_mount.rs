//! `procMount: Unmasked` on the node's user namespace.

use catseye_model::PodView;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;
use crate::pss::proc_mount_baseline::CONTROL;

check! {
    /// A container sees /proc without its masks
    ///
    /// Runtimes hide the parts of `/proc` that are not kept apart for containers: `/proc/kcore`,
    /// `/proc/keys`, `/proc/sys` and `/proc/sysrq-trigger` among them. Unmasked, a process that is
    /// root reads kernel memory and writes kernel settings of the node.
    ///
    /// **Fix:** Remove `procMount`. Where containers run within the container, give the pod a user
    /// namespace, in which root is nobody on the node:
    /// ```yaml
    /// spec:
    ///   hostUsers: false
    /// ```
    "POD-013" {
        severity: High,
        rows: ["A13"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {procMount: Unmasked}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {procMount: Default}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  hostUsers: false
  containers:
  - {name: app, image: i, securityContext: {procMount: Unmasked}}
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
