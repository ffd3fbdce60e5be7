//! `CE_SYS_MODULE`: a container loads code into the kernel of its node.

use crate::build::{Builder, Effort};
use crate::edge::capability::adds;
use crate::node::Node;
use crate::world::World;

edge! {
    /// A container loads code into the kernel of its node
    ///
    /// The capability `SYS_MODULE` (or `ALL`) in the node's own user namespace: a module runs with the rights
    /// of the kernel.
    ///
    /// **Fix:** Take `SYS_MODULE` out; load modules when the node starts.
    "CE_SYS_MODULE" {
        attack: "T1611",
        success: 90,
        says: "{from} may load kernel modules, which run with all rights on {to}",
        trace: "the node's kernel log: a module is loaded",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, securityContext: {capabilities: {add: [SYS_MODULE]}}}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, securityContext: {capabilities: {drop: [SYS_MODULE]}}}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  hostUsers: false
  containers: [{name: app, image: i, securityContext: {capabilities: {add: [SYS_MODULE]}}}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in &world.pods {
        for (node, container) in pods.containers() {
            let Some(place) = adds(pods, container, &["SYS_MODULE"]) else {
                continue;
            };
            let place = graph.at(pods.id, &place);
            let fix = graph.fix(place, "take the capability SYS_MODULE out", Effort::Low);
            for host in &pods.hosts {
                graph.arc(node, Node::Host(host), place, fix);
            }
        }
    }
}
