//! `NODE_IDENTITY`: a node acts as its kubelet.

use crate::build::{Builder, Evidence};
use crate::node::Node;
use crate::topology::NO_FIX;
use crate::world::World;

edge! {
    /// A node acts as its kubelet
    ///
    /// The kubelet's client key is on its disk: user `system:node:NAME`, group `system:nodes`. The node authorizer
    /// limits it to its own pods; what roles give to the group comes on top.
    ///
    /// **Fix:** Bind nothing to `system:nodes`.
    "NODE_IDENTITY" {
        attack: "T1078",
        success: 100,
        says: "{from} acts as {to}",
        trace: "audit log: requests of user system:node:NAME that a kubelet does not send",
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
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for (host, object) in world.hosts() {
        let place = Evidence { object, ..Evidence::default() };
        graph.arc(Node::Host(host), Node::Group("system:nodes"), place, NO_FIX);
    }
}
