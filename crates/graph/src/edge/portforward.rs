//! `PORTFORWARD`: a role opens tunnels to pods.

use crate::ask::{may, pod_named};
use crate::build::Builder;
use crate::node::{Node, Set};
use crate::world::World;

edge! {
    /// A role opens tunnels to pods
    ///
    /// `create` of `pods/portforward`: any port of the pod, loopback included, past all NetworkPolicies.
    ///
    /// **Fix:** Take `pods/portforward` out of the role.
    "PORTFORWARD" {
        attack: "T1090",
        success: 100,
        says: "{from} may open a tunnel to {to}, past all network policies",
        trace: "audit log: create (or get) pods/portforward; what flows through is in no log",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods/portforward], verbs: [create]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, ports: [{containerPort: 80}]}]
",
        ],
        lacks: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods], verbs: [get]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, ports: [{containerPort: 80}]}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    let ask = may(&["create"], "", &["pods/portforward"]);
    graph.permit_on(world, ask, Set::Listeners, |world, namespace, name| match pod_named(world, namespace, name) {
        Some(Node::Pod(id)) => Some(Node::Listener(id)),
        _ => None,
    });
}
