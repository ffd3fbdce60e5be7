//! `CE_PRIVILEGED`: a privileged container takes its node over.

use crate::build::{Builder, Effort};
use crate::node::Node;
use crate::world::World;

edge! {
    /// A privileged container takes its node over
    ///
    /// `securityContext.privileged`, without a user namespace of the pod's own (`hostUsers: false`), in which
    /// root is nobody on the node. Every device is there to be mounted, modules can be loaded, and with
    /// `hostPID` one `nsenter` is enough.
    ///
    /// **Fix:** Remove `privileged: true`; grant the one capability or device that is needed.
    "CE_PRIVILEGED" {
        attack: "T1611",
        success: 90,
        says: "{from} is privileged, so its code takes over {to}",
        trace: "none in the cluster: system calls on the node (mount, setns)",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, securityContext: {privileged: true}}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, securityContext: {privileged: false}}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  hostUsers: false
  containers: [{name: app, image: i, securityContext: {privileged: true}}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in &world.pods {
        for (node, container) in pods.containers() {
            if container.security.privileged != Some(true) || pods.view.own_user_namespace() {
                continue;
            }
            let place = graph.at(pods.id, &container.path("securityContext.privileged"));
            let fix = graph.fix(place, "set `privileged: false`", Effort::Low);
            for host in &pods.hosts {
                graph.arc(node, Node::Host(host), place, fix);
            }
        }
    }
}
