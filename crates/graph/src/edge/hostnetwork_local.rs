//! `HOSTNETWORK_LOCAL`: a container in the node's network speaks to what listens on it alone.

use crate::build::{Builder, Effort};
use crate::node::Node;
use crate::world::World;

edge! {
    /// A container in the node's network speaks to what listens on it alone
    ///
    /// `hostNetwork`, not as an ordinary user without `NET_RAW`: loopback services of the node (debug ports, the
    /// kubelet's read-only port, a runtime's streaming port) and, with `NET_RAW`, its traffic.
    ///
    /// **Fix:** Remove `hostNetwork: true`; open the one port by `hostPort` or a Service.
    "HOSTNETWORK_LOCAL" {
        attack: "T1040",
        success: 15,
        says: "{from} is in the network of {to} and speaks to what listens on loopback there",
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
                graph.arc(node, Node::Host(host), place, fix);
            }
        }
    }
}
