//! `HAS_PERMISSION`: an identity holds what its bindings give.

use crate::build::{Builder, Effort};
use crate::node::Node;
use crate::topology::NO_FIX;
use crate::world::World;

edge! {
    /// An identity holds what its bindings give
    ///
    /// A RoleBinding or ClusterRoleBinding names it, or a group of which it is a member.
    ///
    /// **Fix:** Remove the subject from the binding.
    "HAS_PERMISSION" {
        attack: "T1069",
        success: 100,
        says: "{from} holds {to}",
        trace: "nothing: it is a right, not a request",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [pods], verbs: [get]}
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
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods], verbs: [get]}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for holding in world.authority.holdings() {
        let place = graph.at_text(holding.binding, &format!("subjects[{}]", holding.index));
        let fix = if holding.is_default {
            NO_FIX
        } else {
            graph.fix(place, "bind a role with what it really needs, or remove this subject", Effort::Medium)
        };
        graph.arc(holding.subject, Node::Permissions(holding.permissions), place, fix);
    }
}
