//! `MITM_L2`: a container answers for others on the node's network.

use crate::build::{Builder, Effort};
use crate::edge::capability::adds;
use crate::node::Node;
use crate::world::World;

edge! {
    /// A container answers for others on the node's network
    ///
    /// `hostNetwork` and `NET_ADMIN`: addresses and routes of the node can be changed, so that traffic of its pods goes
    /// through the attacker. What is not encrypted is read and changed.
    ///
    /// **Fix:** Remove `hostNetwork`, or take `NET_ADMIN` out.
    "MITM_L2" {
        attack: "T1557",
        success: 15,
        says: "{from} may reroute the traffic on its node, that of {to} among it",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  hostNetwork: true
  containers: [{name: app, image: i, securityContext: {capabilities: {add: [NET_ADMIN]}}}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, securityContext: {capabilities: {add: [NET_ADMIN]}}}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in world.pods.iter().filter(|pods| pods.view.host_network()) {
        for (node, container) in pods.containers() {
            let Some(place) = adds(pods, container, &["NET_ADMIN"]) else {
                continue;
            };
            let place = graph.at(pods.id, &place);
            let fix = graph.fix(place, "take the capability NET_ADMIN out", Effort::Medium);
            for host in &pods.hosts {
                graph.arc(node, Node::Neighbours(host), place, fix);
            }
        }
    }
}
