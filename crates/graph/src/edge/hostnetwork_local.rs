//! `HOSTNETWORK_LOCAL`: a container in the node's network hears its neighbours.

use crate::build::{Builder, Effort};
use crate::node::Node;
use crate::world::World;

edge! {
    /// A container in the node's network hears its neighbours
    ///
    /// `hostNetwork`: with `NET_RAW`, the traffic of the pods on the node, as far as it is not encrypted; and
    /// services of the node that listen on loopback alone (debug ports, the kubelet's read-only port).
    /// By itself that is no way to the node.
    ///
    /// **Fix:** Remove `hostNetwork: true`; open the one port by `hostPort` or a Service.
    "HOSTNETWORK_LOCAL" {
        attack: "T1040",
        success: 10,
        says: "{from} is in the network of its node and hears the traffic of {to}",
        trace: "nothing: listening leaves no log",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  hostNetwork: true
  containers: [{name: app, image: i}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in &world.pods {
        for (node, _) in pods.containers() {
            if !(pods.view.host_network()) {
                continue;
            }
            let place = graph.at(pods.id, &pods.view.path("hostNetwork"));
            let fix = graph.fix(place, "remove `hostNetwork: true`", Effort::Medium);
            for host in &pods.hosts {
                graph.arc(node, Node::Neighbours(host), place, fix);
            }
        }
    }
}
