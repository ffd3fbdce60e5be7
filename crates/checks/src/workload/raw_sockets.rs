//! `NET_RAW` is kept.

use catseye_model::PodView;

use super::capabilities_not_dropped::drops;
use super::dangerous_capability::same;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container may open raw sockets
    ///
    /// Most runtimes grant `NET_RAW`. With it a container forges packets in the node's network: it
    /// answers ARP and DNS requests of its neighbours and so sits between them and the services they
    /// call. It has also been the first step of kernel exploits (CVE-2020-14386). The checks of default
    /// and of dangerous capabilities weigh the same lines; this one is a note for those who drop it alone.
    ///
    /// **Fix:** Drop it, best together with all others:
    /// ```yaml
    /// securityContext:
    ///   capabilities:
    ///     drop: [ALL]
    /// ```
    "POD-112" {
        severity: Info,
        rows: ["A12"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {capabilities: {drop: [NET_ADMIN]}}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {capabilities: {drop: [ALL], add: [NET_RAW]}}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {capabilities: {drop: [NET_RAW], add: [NET_ADMIN]}}}
  - {name: all, image: i, securityContext: {capabilities: {drop: [all]}}}
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

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    if pod.is_windows() {
        return;
    }
    for container in &pod.containers {
        let security = &container.security;
        if !drops(container, "NET_RAW") && !drops(container, "ALL") {
            let next = security.dropped_capabilities().count();
            let path = container
                .path("securityContext.capabilities.drop")
                .index(next);
            found.in_container_at(container, path, "does not drop NET_RAW");
        } else if security
            .added_capabilities()
            .any(|added| same(added, "NET_RAW") || same(added, "ALL"))
        {
            found.in_container(
                container,
                "securityContext.capabilities.add",
                "drops NET_RAW and adds it again",
            );
        }
    }
}
