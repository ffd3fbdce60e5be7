//! `CE_BPF`: a container watches its whole node from within the kernel.

use crate::build::{Builder, Effort};
use crate::edge::capability::adds;
use crate::node::Node;
use crate::world::World;

edge! {
    /// A container watches its whole node from within the kernel
    ///
    /// The capabilities `BPF` and `PERFMON` (or `ALL`): programs in the kernel read the arguments and the
    /// memory of every process of the node, tokens and keys included.
    ///
    /// **Fix:** Take `BPF` and `PERFMON` out of everything that is no node agent, and give node agents a
    /// namespace of their own.
    "CE_BPF" {
        attack: "T1611",
        success: 60,
        says: "{from} may run programs in the kernel and read what all processes of {to} do",
        trace: "none in the cluster: bpf calls on the node",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, securityContext: {capabilities: {add: [BPF, PERFMON]}}}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, securityContext: {capabilities: {drop: [BPF]}}}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  hostUsers: false
  containers: [{name: app, image: i, securityContext: {capabilities: {add: [BPF, PERFMON]}}}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in &world.pods {
        for (node, container) in pods.containers() {
            let Some(place) = adds(pods, container, &["BPF", "PERFMON"]) else {
                continue;
            };
            let place = graph.at(pods.id, &place);
            let fix = graph.fix(place, "take the capabilities BPF and PERFMON out", Effort::Low);
            for host in &pods.hosts {
                graph.arc(node, Node::Host(host), place, fix);
            }
        }
    }
}
