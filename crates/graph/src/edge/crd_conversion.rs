//! `CRD_CONVERSION`: a role puts a converter before custom resources.

use crate::ask::may;
use crate::build::Builder;
use crate::node::{Node, Scope};
use crate::world::World;

edge! {
    /// A role puts a converter before custom resources
    ///
    /// `update` or `patch` of custom resource definitions with a conversion webhook: every object of the kind passes through the
    /// attacker's server, which may change it, policies and pipelines included.
    ///
    /// **Fix:** Take the rule out, or limit it by `resourceNames`.
    "CRD_CONVERSION" {
        attack: "T1556",
        success: 30,
        says: "{from} may convert custom resources at will, and so becomes {to}",
        trace: "audit log: update or patch customresourcedefinitions",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: ['apiextensions.k8s.io'], resources: [customresourcedefinitions], verbs: [patch]}
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
- {apiGroups: ['apiextensions.k8s.io'], resources: [customresourcedefinitions], verbs: [get, list]}
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
    let ask = may(&["update", "patch"], "apiextensions.k8s.io", &["customresourcedefinitions"]);
    for grant in world.authority.grants(ask) {
        if grant.scope == Scope::Cluster {
            graph.granted(&grant, Node::ClusterAdmin);
        }
    }
}
