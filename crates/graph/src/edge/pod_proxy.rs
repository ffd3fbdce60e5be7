//! `POD_PROXY`: a role speaks to pods through the API server.

use crate::ask::{may, pod_named};
use crate::build::Builder;
use crate::node::{Node, Set};
use crate::world::World;

edge! {
    /// A role speaks to pods through the API server
    ///
    /// `get` or `create` of `pods/proxy`: NetworkPolicies do not see where it comes from.
    ///
    /// **Fix:** Take `pods/proxy` out of the role.
    "POD_PROXY" {
        attack: "T1090",
        success: 100,
        says: "{from} may speak to {to} through the API server, past all network policies",
        trace: "audit log: get or create pods/proxy",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods/proxy], verbs: [get]}
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
    let ask = may(&["get", "create"], "", &["pods/proxy"]);
    graph.permit_on(world, ask, Set::Listeners, |world, namespace, name| match pod_named(world, namespace, name) {
        Some(Node::Pod(id)) => Some(Node::Listener(id)),
        _ => None,
    });
}
