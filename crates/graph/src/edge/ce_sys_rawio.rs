//! `CE_SYS_RAWIO`: a container writes to the memory of its node.

use crate::build::{Builder, Effort};
use crate::edge::capability::adds;
use crate::node::Node;
use crate::world::World;

edge! {
    /// A container writes to the memory of its node
    ///
    /// The capability `SYS_RAWIO` (or `ALL`): raw access to ports and, where the kernel allows it, to memory.
    ///
    /// **Fix:** Take `SYS_RAWIO` out.
    "CE_SYS_RAWIO" {
        attack: "T1611",
        success: 40,
        says: "{from} may use raw input and output, enough to change the memory of {to}",
        trace: "none in the cluster: /dev/mem or /dev/port opened on the node",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, securityContext: {capabilities: {add: [SYS_RAWIO]}}}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, securityContext: {capabilities: {drop: [SYS_RAWIO]}}}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  hostUsers: false
  containers: [{name: app, image: i, securityContext: {capabilities: {add: [SYS_RAWIO]}}}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in &world.pods {
        for (node, container) in pods.containers() {
            let Some(place) = adds(pods, container, &["SYS_RAWIO"]) else {
                continue;
            };
            let place = graph.at(pods.id, &place);
            let fix = graph.fix(place, "take the capability SYS_RAWIO out", Effort::Low);
            for host in &pods.hosts {
                graph.arc(node, Node::Host(host), place, fix);
            }
        }
    }
}
