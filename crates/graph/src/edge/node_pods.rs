//! `NODE_PODS`: whoever owns a node owns its pods.

use crate::build::{Builder, Evidence};
use crate::node::Node;
use crate::topology::NO_FIX;
use crate::world::{CONTROL_PLANE, SOMEWHERE, World};

edge! {
    /// Whoever owns a node owns its pods
    ///
    /// The node runs their processes, so nothing in a pod is safe from it. Pods that are not placed yet may land on one node,
    /// which is less than certain.
    ///
    /// **Fix:** Keep what is worth more on nodes of its own, by taints.
    "NODE_PODS" {
        attack: "T1609",
        success: 100,
        says: "{from} runs {to}",
        trace: "none in the cluster: processes on the node that enter the containers' namespaces",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  nodeName: n
  containers: [{name: app, image: i}]
",
        ],
        lacks: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods], verbs: [get]}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for (host, object) in world.hosts() {
        let place = Evidence { object, ..Evidence::default() };
        let likely = if matches!(host, SOMEWHERE | CONTROL_PLANE) { UNPLACED } else { 100 };
        graph.arc_likely(likely, Node::Host(host), Node::Neighbours(host), place, NO_FIX);
    }
    for pods in &world.pods {
        for host in &pods.hosts {
            graph.join(Node::Neighbours(host), pods.node());
        }
    }
}

/// How likely two pods that are not placed yet meet on one node.
const UNPLACED: u8 = 50;
