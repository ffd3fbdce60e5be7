//! `NETPOL_WRITE`: a role opens the network.

use std::collections::BTreeSet;

use catseye_model::Kind;

use crate::ask::may;
use crate::build::Builder;
use crate::node::{Node, Scope, Set};
use crate::world::World;

edge! {
    /// A role opens the network
    ///
    /// `update`, `patch` or `delete` of network policies in a namespace that has some: everything there can be spoken to again.
    ///
    /// **Fix:** Take the rule out; change policies through review.
    "NETPOL_WRITE" {
        attack: "T1562.007",
        success: 90,
        says: "{from} may take the network policies away that protect {to}",
        trace: "audit log: update, patch or delete networkpolicies",
        has: [
            r"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, ports: [{containerPort: 80}]}]
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: shop}
spec:
  containers: [{name: app, image: i}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: ['networking.k8s.io'], resources: [networkpolicies], verbs: [delete]}
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, ports: [{containerPort: 80}]}]
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: shop}
spec:
  containers: [{name: app, image: i}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: ['networking.k8s.io'], resources: [networkpolicies], verbs: [delete]}
",
            r"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, ports: [{containerPort: 80}]}]
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: shop}
spec:
  containers: [{name: app, image: i}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: ['networking.k8s.io'], resources: [networkpolicies], verbs: [get]}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    let protected: BTreeSet<&str> = world
        .inventory
        .of_kind(Kind::NetworkPolicy)
        .map(|(_, policy)| policy.namespace())
        .collect();
    let ask = may(&["update", "patch", "delete"], "networking.k8s.io", &["networkpolicies"]);
    for grant in world.authority.grants(ask) {
        for namespace in &protected {
            let in_scope = match grant.scope {
                Scope::Cluster => true,
                Scope::Namespace(own) => own == *namespace,
            };
            if in_scope {
                graph.granted(&grant, Node::Set(Set::Listeners, Scope::Namespace(namespace)));
            }
        }
    }
}
