//! `seLinuxOptions` that leave the container's confinement.

use catseye_model::PodView;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;
use crate::pss::se_linux::CONTROL;

check! {
    /// SELinux labels are changed
    ///
    /// On nodes with SELinux the type `container_t` keeps containers from the node's files. Another
    /// type (`spc_t` confines nothing), user or role lifts that, so that an escape which SELinux
    /// would stop succeeds.
    ///
    /// **Fix:** Leave type, user and role to the runtime; set the level alone where volumes are
    /// shared:
    /// ```yaml
    /// securityContext:
    ///   seLinuxOptions:
    ///     level: s0:c123,c456
    /// ```
    "POD-017" {
        severity: Medium,
        rows: ["A17"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  securityContext: {seLinuxOptions: {type: spc_t}}
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {seLinuxOptions: {user: sysadm_u, role: sysadm_r}}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  securityContext: {seLinuxOptions: {level: 's0:c1,c2', type: '', user: ''}}
  containers:
  - {name: app, image: i, securityContext: {seLinuxOptions: {type: container_t}}}
  - {name: engine, image: i, securityContext: {seLinuxOptions: {type: container_engine_t}}}
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
