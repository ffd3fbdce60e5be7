//! `capabilities.add` with a capability that takes over the node or its network.

use catseye_model::PodView;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container is given a dangerous capability
    ///
    /// Each of these is a known way out of the container or into its neighbours: `SYS_MODULE` loads
    /// code into the kernel, `SYS_PTRACE` takes over processes, `SYS_RAWIO`, `BPF` and `PERFMON` read
    /// kernel memory, `DAC_READ_SEARCH` reads any file of the node, `MAC_ADMIN` and `MAC_OVERRIDE`
    /// switch confinement off, `SYS_BOOT` restarts the node, `NET_ADMIN` and `NET_RAW` reroute and
    /// forge the traffic of others, and `ALL` is all of them.
    ///
    /// **Fix:** Remove it and drop the rest:
    /// ```yaml
    /// securityContext:
    ///   capabilities:
    ///     drop: [ALL]
    /// ```
    "POD-011" {
        severity: High,
        rows: ["A11", "A10"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {capabilities: {drop: [ALL], add: [NET_ADMIN]}}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i}
  ephemeralContainers:
  - {name: debug, image: i, securityContext: {capabilities: {add: [all]}}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {capabilities: {add: [cap_Sys_PTrace]}}}
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
      capabilities: {drop: [ALL, NET_ADMIN], add: [NET_BIND_SERVICE, SYS_CHROOT, SYS_TIME]}
",
        ],
        run: Pods(run),
    }
}

const DANGEROUS: [&str; 12] = [
    "ALL",
    "BPF",
    "DAC_READ_SEARCH",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "NET_ADMIN",
    "NET_RAW",
    "PERFMON",
    "SYS_BOOT",
    "SYS_MODULE",
    "SYS_PTRACE",
    "SYS_RAWIO",
];

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for container in &pod.containers {
        for (index, capability) in container.security.added_capabilities().enumerate() {
            if is_dangerous(capability) {
                let path = container
                    .path("securityContext.capabilities.add")
                    .index(index);
                found.in_container_at(container, path, format!("adds capability {capability}"));
            }
        }
    }
}

pub(super) fn is_dangerous(capability: &str) -> bool {
    DANGEROUS.iter().any(|known| same(capability, known))
}

/// Runtimes read capabilities without regard to case, some also with the kernel's prefix.
pub(super) fn same(capability: &str, known: &str) -> bool {
    let bare = match capability.get(..4) {
        Some(prefix) if prefix.eq_ignore_ascii_case("CAP_") => capability.get(4..),
        _ => None,
    };
    bare.unwrap_or(capability).eq_ignore_ascii_case(known)
}
