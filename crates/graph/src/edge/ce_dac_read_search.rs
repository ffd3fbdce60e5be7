//! `CE_DAC_READ_SEARCH`: a container reads any file of its node.

use crate::build::{Builder, Effort};
use crate::edge::capability::adds;
use crate::node::Node;
use crate::world::World;

edge! {
    /// A container reads any file of its node
    ///
    /// The capability `DAC_READ_SEARCH` (or `ALL`): `open_by_handle_at` opens files by number beyond the
    /// container's own file system, the kubelet's keys among them.
    ///
    /// **Fix:** Take `DAC_READ_SEARCH` out.
    "CE_DAC_READ_SEARCH" {
        attack: "T1611",
        success: 60,
        says: "{from} may open files by number, the keys of {to} among them",
        trace: "none in the cluster: open_by_handle_at calls on the node",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, securityContext: {capabilities: {add: [DAC_READ_SEARCH]}}}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, securityContext: {capabilities: {drop: [DAC_READ_SEARCH]}}}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  hostUsers: false
  containers: [{name: app, image: i, securityContext: {capabilities: {add: [DAC_READ_SEARCH]}}}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in &world.pods {
        for (node, container) in pods.containers() {
            let Some(place) = adds(pods, container, &["DAC_READ_SEARCH"]) else {
                continue;
            };
            let place = graph.at(pods.id, &place);
            let fix = graph.fix(place, "take the capability DAC_READ_SEARCH out", Effort::Low);
            for host in &pods.hosts {
                graph.arc(node, Node::Host(host), place, fix);
            }
        }
    }
}
