//! A container that runs as the mesh proxy's user.

use catseye_model::PodView;

use super::istio::Istio;
use super::membership::{Membership, in_istio, in_linkerd};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container runs as the mesh proxy's user
    ///
    /// The proxy's own connections are told by its user id and not taken in again: 1337 for Istio,
    /// 2102 for Linkerd. A container of the same id goes around the proxy with all that it sends,
    /// past egress rules and mutual TLS.
    ///
    /// **Fix:** Run the application as another user:
    /// ```yaml
    /// securityContext:
    ///   runAsUser: 10001
    /// ```
    "MESH-111" {
        severity: High,
        rows: ["E08"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {sidecar.istio.io/inject: 'true'}}
spec:
  securityContext: {runAsUser: 1337}
  containers: [{name: a, image: i}, {name: b, image: i, securityContext: {runAsUser: 1000}}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, annotations: {linkerd.io/inject: enabled}}
spec: {containers: [{name: a, image: i, securityContext: {runAsUser: 2102}}]}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: istio-proxy, image: i, securityContext: {runAsUser: 1337}}
  - {name: a, image: i, securityContext: {runAsUser: 1338}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: no-mesh-in-sight}
spec: {containers: [{name: a, image: i, securityContext: {runAsUser: 1337}}]}
",
        ],
        run: Pods(run),
    }
}

const ISTIO: i64 = 1337;
const LINKERD: i64 = 2102;

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    for container in &pod.containers {
        let own = ["istio-proxy", "istio-init", "istio-validation"].contains(&container.name)
            || container.name.starts_with("linkerd-");
        let bypassed = match pod.run_as_user(container) {
            Some(_) if own => None,
            Some(ISTIO) => match in_istio(context.inventory, pod) {
                Membership::Inside => Some("Istio"),
                Membership::Unknown if context.index::<Istio>().seen => Some("Istio"),
                _ => None,
            },
            Some(LINKERD) => {
                (in_linkerd(context.inventory, pod) == Membership::Inside).then_some("Linkerd")
            }
            _ => None,
        };
        let Some(mesh) = bypassed else {
            continue;
        };
        let message = format!("runs as the user of {mesh}'s proxy and goes around it");
        if container.security.run_as_user.is_some() {
            found.in_container(container, "securityContext.runAsUser", message);
        } else {
            found.in_container_at(container, pod.path("securityContext.runAsUser"), message);
        }
    }
}
