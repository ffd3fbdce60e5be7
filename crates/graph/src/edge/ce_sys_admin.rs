//! `CE_SYS_ADMIN`: a container mounts its way to its node.

use crate::build::{Builder, Effort};
use crate::edge::capability::adds;
use crate::node::Node;
use crate::world::World;

edge! {
    /// A container mounts its way to its node
    ///
    /// The capability `SYS_ADMIN` (or `ALL`) in the node's own user namespace: a control group's release agent,
    /// or a mount of the node's disk. AppArmor and seccomp profiles make it harder.
    ///
    /// **Fix:** Take `SYS_ADMIN` out; most programs that ask for it need one narrower capability.
    "CE_SYS_ADMIN" {
        attack: "T1611",
        success: 70,
        says: "{from} holds SYS_ADMIN, enough to mount its way to {to}",
        trace: "none in the cluster: mount and cgroup calls on the node",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, securityContext: {capabilities: {add: [SYS_ADMIN]}}}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, securityContext: {capabilities: {drop: [SYS_ADMIN]}}}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  hostUsers: false
  containers: [{name: app, image: i, securityContext: {capabilities: {add: [SYS_ADMIN]}}}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in &world.pods {
        for (node, container) in pods.containers() {
            let Some(place) = adds(pods, container, &["SYS_ADMIN"]) else {
                continue;
            };
            let place = graph.at(pods.id, &place);
            let fix = graph.fix(place, "take the capability SYS_ADMIN out", Effort::Low);
            for host in &pods.hosts {
                graph.arc(node, Node::Host(host), place, fix);
            }
        }
    }
}
