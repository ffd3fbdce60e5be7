//! `allowPrivilegeEscalation` that is not false.

use catseye_model::{Container, PodView, Severity};

use super::may_run_as_root::may_be_root;
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
    /// It weighs less where the container may be root from the start, which POD-021 and POD-022 tell,
    /// and nothing where it runs privileged, since the API server then refuses `false`.
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
  - {name: not-root, image: i, securityContext: {runAsUser: 1000}}
",
            // Privileged, it gains nothing from the field.
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {privileged: true}}
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
        let container = violation.container.as_deref().and_then(|name| {
            pod.containers
                .iter()
                .find(|container| container.name == name)
        });
        let severity = container.map_or(Severity::Medium, |container| weight(pod, container));
        found.violation_severity(severity, violation);
    }
}

fn weight(pod: &PodView<'_>, container: &Container<'_>) -> Severity {
    if container.security.privileged == Some(true) {
        Severity::Info
    } else if may_be_root(pod, container) {
        Severity::Low
    } else {
        Severity::Medium
    }
}
