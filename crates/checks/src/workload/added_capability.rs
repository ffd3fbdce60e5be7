//! `capabilities.add` beyond what runtimes grant.

use catseye_model::PodView;

use super::{dangerous_capability, sys_admin_capability};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;
use crate::pss::capabilities_baseline::CONTROL;

check! {
    /// A container is given a capability that containers do not have
    ///
    /// Capabilities split root's power; runtimes grant a small set. Each one beyond it is code of the
    /// kernel that was not written with hostile containers in mind, or a right over the node:
    /// `SYS_TIME` sets the clock of all its pods, `SYSLOG` reads kernel addresses. Capabilities that
    /// take over a node have a check of their own.
    ///
    /// **Fix:** Remove it, or take one that is enough. Pod Security baseline allows `AUDIT_WRITE`,
    /// `CHOWN`, `DAC_OVERRIDE`, `FOWNER`, `FSETID`, `KILL`, `MKNOD`, `NET_BIND_SERVICE`, `SETFCAP`,
    /// `SETGID`, `SETPCAP`, `SETUID` and `SYS_CHROOT`, spelled like this:
    /// ```yaml
    /// securityContext:
    ///   capabilities:
    ///     drop: [ALL]
    ///     add: [NET_BIND_SERVICE]
    /// ```
    "POD-010" {
        severity: Medium,
        rows: ["A10"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {capabilities: {add: [CHOWN, SYS_TIME]}}}
",
            // Admission compares exactly, so this is no capability that it knows.
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  initContainers:
  - {name: app, image: i, securityContext: {capabilities: {add: [CAP_CHOWN]}}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: app
    image: i
    securityContext:
      capabilities: {add: [NET_BIND_SERVICE, CHOWN, SETUID], drop: [SYS_TIME]}
  - {name: empty, image: i, securityContext: {capabilities: {add: }}}
",
            // Checks of their own answer these.
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {capabilities: {add: [SYS_ADMIN, net_admin, ALL]}}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    for violation in CONTROL.violations(context.version(), pod) {
        let capability = violation.path.get(pod.object.value());
        let has_own_check = capability
            .and_then(catseye_model::Value::as_str)
            .is_some_and(|name| {
                sys_admin_capability::is_sys_admin(name) || dangerous_capability::is_dangerous(name)
            });
        if !has_own_check {
            found.violation(violation);
        }
    }
}
