//! `WILDCARD_ADMIN`: a role permits everything.

use crate::build::{Builder, Evidence};
use crate::node::{Node, Scope};
use crate::topology::NO_FIX;
use crate::world::World;

edge! {
    /// A role permits everything
    ///
    /// `*` on `*` of `*`, by a cluster role binding. In a namespace, that is all power over the namespace. The group
    /// `system:masters` needs no role at all.
    ///
    /// **Fix:** Bind a role with the rules that are needed.
    "WILDCARD_ADMIN" {
        attack: "T1078",
        success: 100,
        says: "{from} permits everything: {to}",
        trace: "audit log: whatever is done with it",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: ['*'], resources: ['*'], verbs: ['*']}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: r}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects:
- {kind: ServiceAccount, name: robot, namespace: shop}
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: ['*'], resources: ['*'], verbs: ['*']}
",
        ],
        lacks: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: ['*'], resources: [pods], verbs: ['*']}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: r}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects:
- {kind: ServiceAccount, name: robot, namespace: shop}
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: ['*'], verbs: ['*']}
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
    for grant in world.authority.grants_of_everything() {
        match grant.scope {
            Scope::Cluster => graph.granted(&grant, Node::ClusterAdmin),
            Scope::Namespace(namespace) => graph.granted(&grant, Node::Namespace(namespace)),
        }
    }
    let masters = Node::Group("system:masters");
    graph.arc(masters, Node::ClusterAdmin, Evidence::default(), NO_FIX);
    graph.arc(Node::ControlPlane, Node::ClusterAdmin, Evidence::default(), NO_FIX);
}
