//! `APISERVICE`: a role sends API requests elsewhere.

use crate::ask::may;
use crate::build::Builder;
use crate::node::{Node, Scope};
use crate::world::World;

edge! {
    /// A role sends API requests elsewhere
    ///
    /// `update` or `patch` of API services: all requests for a group of Kubernetes' own go to the attacker's server, whose answers
    /// kubelets and controllers act on. (Tokens stay behind: the API server takes them off.) With `create` alone, only
    /// requests for a group or version that nobody serves yet.
    ///
    /// **Fix:** Take the rule out.
    "APISERVICE" {
        attack: "T1556",
        success: 60,
        says: "{from} may answer API requests in the API server's place, and so becomes {to}",
        trace: "audit log: create, update or patch apiservices",
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
    let ask = may(&["update", "patch"], "apiregistration.k8s.io", &["apiservices"]);
    for grant in world.authority.grants(ask) {
        if grant.scope == Scope::Cluster {
            graph.granted(&grant, Node::ClusterAdmin);
        }
    }
    let ask = may(&["create"], "apiregistration.k8s.io", &["apiservices"]);
    for grant in world.authority.grants(ask) {
        if grant.scope == Scope::Cluster {
            graph.granted_likely(5, &grant, Node::ClusterAdmin);
        }
    }
}
