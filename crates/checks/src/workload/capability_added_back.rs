//! `capabilities.add` beyond `NET_BIND_SERVICE`, within what runtimes grant.

use catseye_model::PodView;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;
use crate::pss::capabilities_baseline::ALLOWED;

check! {
    /// A container adds a capability that Pod Security restricted forbids
    ///
    /// The capability is one that runtimes grant anyway, and still of use to an attacker who is in:
    /// `DAC_OVERRIDE` passes over file permissions, `SETUID` becomes any user of the container,
    /// `MKNOD` makes device files. A namespace at level `restricted` refuses the pod.
    ///
    /// **Fix:** Set owners and permissions when the image is built, start as the user who shall run,
    /// and add nothing but `NET_BIND_SERVICE`:
    /// ```yaml
    /// securityContext:
    ///   capabilities:
    ///     drop: [ALL]
    ///     add: [NET_BIND_SERVICE]
    /// ```
    "POD-212" {
        severity: Low,
        rows: ["A12"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {capabilities: {drop: [ALL], add: [CHOWN]}}}
",
        ],
        passes: [
            // What goes beyond the runtime's set has checks of its own.
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {capabilities: {add: [NET_BIND_SERVICE, SYS_ADMIN]}}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  os: {name: windows}
  containers:
  - {name: app, image: i, securityContext: {capabilities: {add: [CHOWN]}}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    if pod.is_windows() {
        return;
    }
    for container in &pod.containers {
        for (index, capability) in container.security.added_capabilities().enumerate() {
            let of_the_runtime = ALLOWED.contains(&capability);
            if of_the_runtime && capability != "NET_BIND_SERVICE" {
                let path = container
                    .path("securityContext.capabilities.add")
                    .index(index);
                found.in_container_at(container, path, format!("adds capability {capability}"));
            }
        }
    }
}
