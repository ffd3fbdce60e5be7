//! A seccomp profile that confines nothing.

use catseye_model::PodView;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;
use crate::pss::seccomp_baseline::CONTROL;

check! {
    /// Seccomp is switched off
    ///
    /// An unconfined container may make every system call. The runtime's profile blocks some forty
    /// that containers do not need, among them those by which most kernel exploits begin
    /// (`unshare`, `keyctl`, `bpf`, `userfaultfd`).
    ///
    /// **Fix:** Use the runtime's profile:
    /// ```yaml
    /// securityContext:
    ///   seccompProfile:
    ///     type: RuntimeDefault
    /// ```
    "POD-014" {
        severity: High,
        rows: ["A14"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  securityContext: {seccompProfile: {type: Unconfined}}
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  securityContext: {seccompProfile: {type: RuntimeDefault}}
  initContainers:
  - {name: app, image: i, securityContext: {seccompProfile: {type: Unconfined}}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {seccompProfile: {type: RuntimeDefault}}}
  - name: own
    image: i
    securityContext: {seccompProfile: {type: Localhost, localhostProfile: a.json}}
  - {name: silent, image: i}
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
