//! `IMPERSONATE`: a role acts as others.

use crate::ask::may;
use crate::build::Builder;
use crate::node::{Ability, Node, Scope, Set};
use crate::topology::NO_FIX;
use crate::world::World;

edge! {
    /// A role acts as others
    ///
    /// The verb `impersonate` on `serviceaccounts` (in a namespace or everywhere), on `users`, or on `groups` together
    /// with users or accounts: with all groups that is `system:masters`, which no role limits. Users and groups have no
    /// namespace, so a RoleBinding gives none of them. `resourceNames` limit it.
    ///
    /// **Fix:** Name who may be impersonated by `resourceNames`.
    "IMPERSONATE" {
        attack: "T1134",
        success: 95,
        says: "{from} may act as {to}",
        trace: "audit log: impersonatedUser beside the user, on every request",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [users], verbs: [impersonate], resourceNames: [alice]}
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
- {apiGroups: [''], resources: [users, groups], verbs: [impersonate]}
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
- {apiGroups: [''], resources: [serviceaccounts], verbs: [impersonate]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
",
        ],
        lacks: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [users, groups], verbs: [impersonate]}
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [groups], verbs: [impersonate]}
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
    let accounts = may(&["impersonate"], "", &["serviceaccounts"]);
    graph.permit_on(world, accounts, Set::Accounts, |_, namespace, name| {
        Some(Node::ServiceAccount(namespace, name))
    });
    let someone = Node::Ability(Ability::ImpersonateUsers, Scope::Cluster);
    for grant in world.authority.grants(accounts) {
        graph.half_granted_to(&grant, someone);
    }
    for grant in world.authority.grants(may(&["impersonate"], "", &["users"])) {
        if grant.scope != Scope::Cluster {
            continue;
        }
        graph.half_granted_to(&grant, someone);
        match &grant.names {
            None => graph.granted(&grant, Node::Set(Set::Users, Scope::Cluster)),
            Some(names) => {
                for name in names {
                    graph.granted(&grant, Node::User(name));
                }
            }
        }
    }
    if !graph.knows(&someone) {
        return;
    }
    for grant in world.authority.grants(may(&["impersonate"], "", &["groups"])) {
        if grant.scope != Scope::Cluster {
            continue;
        }
        let groups = match &grant.names {
            None => vec![Node::Set(Set::Groups, Scope::Cluster), Node::Group("system:masters")],
            Some(names) => names.iter().map(|name| Node::Group(name)).collect(),
        };
        // The header for groups is refused without one for a user.
        let rule = graph.rule(&grant);
        let fix = graph.narrowed(&grant, rule);
        for group in groups {
            let half = Node::Rule(grant.number, grant.rule_place());
            graph.premise(grant.permissions, half, rule, fix);
            let both = graph.both(&[half, someone]);
            graph.arc(both, group, rule, NO_FIX);
        }
    }
}
