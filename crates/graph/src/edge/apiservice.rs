//! `APISERVICE`: a role sends API requests elsewhere.

use crate::ask::may;
use crate::build::Builder;
use crate::node::{Node, Scope};
use crate::world::World;

edge! {
    /// A role sends API requests elsewhere
    ///
    /// `create`, `update` or `patch` of API services: requests for a group, with the tokens of those who send them, go to the
    /// attacker's server.
    ///
    /// **Fix:** Take the rule out.
    "APISERVICE" {
        attack: "T1556",
        success: 60,
        says: "{from} may send API requests, tokens included, elsewhere and so becomes {to}",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: ['apiregistration.k8s.io'], resources: [apiservices], verbs: [patch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: r}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects:
- {kind: ServiceAccount, name: robot, namespace: shop}
",
        ],
        lacks: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: ['apiregistration.k8s.io'], resources: [apiservices/status], verbs: [patch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: r}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects:
- {kind: ServiceAccount, name: robot, namespace: shop}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    let ask = may(&["create", "update", "patch"], "apiregistration.k8s.io", &["apiservices"]);
    for grant in world.authority.grants(ask) {
        if grant.scope == Scope::Cluster {
            graph.granted(&grant, Node::ClusterAdmin);
        }
    }
}
