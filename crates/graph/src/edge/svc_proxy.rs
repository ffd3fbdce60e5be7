//! `SVC_PROXY`: a role speaks to services through the API server.

use catseye_model::Kind;

use crate::ask::{id_of, may};
use crate::build::Builder;
use crate::node::{Node, Set};
use crate::world::World;

edge! {
    /// A role speaks to services through the API server
    ///
    /// `get` or `create` of `services/proxy`: NetworkPolicies do not see where it comes from.
    ///
    /// **Fix:** Take `services/proxy` out of the role.
    "SVC_PROXY" {
        attack: "T1090",
        success: 100,
        says: "{from} may speak to {to} through the API server, past all network policies",
        trace: "audit log: get or create services/proxy",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [services/proxy], verbs: [get]}
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
- {apiGroups: [''], resources: [services], verbs: [get]}
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
    let ask = may(&["get", "create"], "", &["services/proxy"]);
    graph.permit_on(world, ask, Set::Listeners, |world, namespace, name| {
        let service = id_of(world, Kind::Service, namespace, name)?;
        Some(Node::Endpoint(service))
    });
}
