//! `ROLE_ESCALATE`: a role gives its own role more.

use crate::ask::may;
use crate::build::{Builder, Evidence};
use crate::node::{Ability, Node, Scope};
use crate::topology::NO_FIX;
use crate::world::World;

edge! {
    /// A role gives its own role more
    ///
    /// `update` or `patch` of roles and the verb `escalate`, which lifts the check that nobody gives more than they hold:
    /// the attacker writes more rules into a role to which it is bound.
    ///
    /// **Fix:** Take `escalate` out of the role; it is for the controllers of Kubernetes alone.
    "ROLE_ESCALATE" {
        attack: "T1098.006",
        success: 95,
        says: "{from} may write itself all rights: {to}",
        trace: "audit log: create, update or patch roles or clusterroles",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: ['rbac.authorization.k8s.io'], resources: [clusterroles], verbs: [escalate, update]}
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
- {apiGroups: ['rbac.authorization.k8s.io'], resources: [roles], verbs: [escalate, patch]}
",
        ],
        lacks: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: ['rbac.authorization.k8s.io'], resources: [clusterroles], verbs: [escalate]}
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
- {apiGroups: ['rbac.authorization.k8s.io'], resources: [clusterroles], verbs: [create, update]}
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
    let asks = [
        (may(&["update", "patch"], GROUP, &["clusterroles"]), Ability::ChangeClusterRoles),
        (may(&["escalate"], GROUP, &["clusterroles"]), Ability::EscalateClusterRoles),
    ];
    for (ask, ability) in asks {
        for grant in world.authority.grants(ask) {
            if grant.scope == Scope::Cluster && grant.names.is_none() {
                graph.half_granted(&grant, ability);
            }
        }
    }
    graph.permit_half(world, may(&["update", "patch"], GROUP, &["roles"]), Ability::ChangeRoles);
    graph.permit_half(world, may(&["escalate"], GROUP, &["roles"]), Ability::EscalateRoles);

    let cluster = |ability| Node::Ability(ability, Scope::Cluster);
    let whole = [cluster(Ability::ChangeClusterRoles), cluster(Ability::EscalateClusterRoles)];
    if whole.iter().all(|half| graph.knows(half)) {
        let both = graph.both(&whole);
        graph.arc(both, Node::ClusterAdmin, Evidence::default(), NO_FIX);
    }
    let local = [Ability::ChangeRoles, Ability::EscalateRoles];
    for (scope, both) in graph.both_in_each_scope(world, &local) {
        let namespaces: Vec<&str> = match scope {
            Scope::Cluster => world.namespaces().collect(),
            Scope::Namespace(namespace) => vec![namespace],
        };
        for namespace in namespaces {
            graph.arc(both, Node::Namespace(namespace), Evidence::default(), NO_FIX);
        }
    }
}

const GROUP: &str = "rbac.authorization.k8s.io";
