//! `capabilities.add` with `SYS_ADMIN`.

use catseye_model::PodView;

use super::dangerous_capability::same;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container is given SYS_ADMIN, which is as good as privileged
    ///
    /// `SYS_ADMIN` mounts file systems, enters namespaces and configures cgroups. Known exploits go
    /// from there to root on the node in a few commands (`release_agent`, CVE-2022-0492), and from
    /// the node to every token of its pods.
    ///
    /// **Fix:** Remove it. For FUSE use a device plugin, for tracing `BPF` and `PERFMON` in a pod of
    /// their own, for nested containers a user namespace:
    /// ```yaml
    /// spec:
    ///   hostUsers: false
    /// ```
    "POD-111" {
        severity: Critical,
        rows: ["A11", "A10"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {capabilities: {add: [CHOWN, SYS_ADMIN]}}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {capabilities: {add: [NET_ADMIN], drop: [SYS_ADMIN]}}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for container in &pod.containers {
        for (index, capability) in container.security.added_capabilities().enumerate() {
            if is_sys_admin(capability) {
                let path = container
                    .path("securityContext.capabilities.add")
                    .index(index);
                found.in_container_at(container, path, "adds capability SYS_ADMIN");
            }
        }
    }
}

pub(super) fn is_sys_admin(capability: &str) -> bool {
    same(capability, "SYS_ADMIN")
}
