//! `allowPrivilegeEscalation` that is not false.

use catseye_model::PodView;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;
use crate::pss::privilege_escalation::CONTROL;

check! {
    /// A container does not forbid privilege escalation
    ///
    /// Unless it is forbidden, a process that is not root becomes root in the container by a set-uid
    /// program such as `su`, `mount` or a vulnerable `sudo` and `pkexec` (CVE-2021-4034). It then
    /// holds the container's capabilities, and what was meant to hold an intruder no longer does.
    ///
    /// **Fix:** Forbid it in every container; the pod's own context has no such field:
    /// ```yaml
    /// securityContext:
    ///   allowPrivilegeEscalation: false
    /// ```
    "POD-020" {
        severity: Medium,
        rows: ["A20"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  securityContext: {allowPrivilegeEscalation: false}
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {allowPrivilegeEscalation: true}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {allowPrivilegeEscalation: false}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  os: {name: windows}
  containers:
  - {name: app, image: i}
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
