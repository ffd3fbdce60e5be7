//! `TOKEN_STEAL`: a node holds tokens of its pods' service accounts.

use crate::build::{Builder, Evidence};
use crate::node::Node;
use crate::topology::NO_FIX;
use crate::world::{CONTROL_PLANE, SOMEWHERE, World};

edge! {
    /// A node holds tokens of its pods' service accounts
    ///
    /// The kubelet may ask for tokens of every account whose pods run on it, mounted or not.
    ///
    /// **Fix:** Keep powerful accounts on nodes of their own, by taints.
    "TOKEN_STEAL" {
        attack: "T1552",
        success: 100,
        says: "{from} holds the token of {to}, whose pods it runs",
        trace: "nothing until the token is used; then the audit log, from an address or program new for the account",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  nodeName: n
  automountServiceAccountToken: false
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
        let likely = if matches!(host, SOMEWHERE | CONTROL_PLANE) { UNPLACED } else { 100 };
        graph.arc_likely(likely, Node::Host(host), Node::Tokens(host), place, NO_FIX);
    }
    for pods in &world.pods {
        for host in &pods.hosts {
            graph.join_once(Node::Tokens(host), pods.account());
        }
    }
}

/// How likely two pods that are not placed yet meet on one node.
const UNPLACED: u8 = 50;
