//! `ROLE_BIND`: a role gives itself any role.

use catseye_rbac::RoleKind;

use crate::ask::may;
use crate::build::{Builder, Evidence};
use crate::node::{Ability, Node, Scope, Set};
use crate::topology::NO_FIX;
use crate::world::World;

edge! {
    /// A role gives itself any role
    ///
    /// `create` of role bindings and the verb `bind` on roles, perhaps from two bindings: cluster role bindings with
    /// cluster roles give the whole cluster; role bindings with cluster roles give a namespace (with `admin` or `cluster-admin`);
    /// role bindings with roles give the roles that are there. A cluster role binding cannot name a role. `resourceNames`
    /// limit which roles. Updating a binding demands the same of the role that it names already.
    ///
    /// **Fix:** Name the roles that may be bound by `resourceNames`, or take `bind` out.
    "ROLE_BIND" {
        attack: "T1098.006",
        success: 95,
        says: "{from} may bind itself to {to}",
        trace: "audit log: create or patch rolebindings or clusterrolebindings",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: ['rbac.authorization.k8s.io'], resources: [clusterrolebindings], verbs: [create]}
- {apiGroups: ['rbac.authorization.k8s.io'], resources: [clusterroles], verbs: [bind]}
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
- {apiGroups: ['rbac.authorization.k8s.io'], resources: [rolebindings], verbs: [create]}
- {apiGroups: ['rbac.authorization.k8s.io'], resources: [roles], verbs: [bind]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: other, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods], verbs: [get]}
",
        ],
        lacks: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: ['rbac.authorization.k8s.io'], resources: [clusterrolebindings], verbs: [create]}
- {apiGroups: ['rbac.authorization.k8s.io'], resources: [clusterroles], verbs: [bind]}
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: ['rbac.authorization.k8s.io'], resources: [clusterrolebindings], verbs: [create]}
- {apiGroups: ['rbac.authorization.k8s.io'], resources: [roles], verbs: [bind]}
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
- {apiGroups: ['rbac.authorization.k8s.io'], resources: [rolebindings], verbs: [create]}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for grant in world.authority.grants(may(&["create"], GROUP, &["clusterrolebindings"])) {
        if grant.scope == Scope::Cluster && grant.names.is_none() {
            graph.half_granted(&grant, Ability::CreateClusterBindings);
        }
    }
    graph.permit_half(world, may(&["create"], GROUP, &["rolebindings"]), Ability::CreateBindings);
    graph.permit_half(world, may(&["bind"], GROUP, &["clusterroles"]), Ability::BindClusterRoles);
    graph.permit_half(world, may(&["bind"], GROUP, &["roles"]), Ability::BindRoles);
    bind_named(world, graph);

    let cluster = |ability| Node::Ability(ability, Scope::Cluster);
    let whole = [cluster(Ability::CreateClusterBindings), cluster(Ability::BindClusterRoles)];
    if whole.iter().all(|half| graph.knows(half)) {
        let both = graph.both(&whole);
        graph.arc(both, Node::Set(Set::Roles, Scope::Cluster), Evidence::default(), NO_FIX);
        graph.arc(both, Node::ClusterAdmin, Evidence::default(), NO_FIX);
    }
    let any = [Ability::CreateBindings, Ability::BindClusterRoles];
    for (scope, both) in graph.both_in_each_scope(world, &any) {
        for namespace in namespaces(world, scope) {
            graph.arc(both, Node::Namespace(namespace), Evidence::default(), NO_FIX);
        }
    }
    let local = [Ability::CreateBindings, Ability::BindRoles];
    for (scope, both) in graph.both_in_each_scope(world, &local) {
        for namespace in namespaces(world, scope) {
            let roles = Node::Set(Set::Roles, Scope::Namespace(namespace));
            graph.arc(both, roles, Evidence::default(), NO_FIX);
        }
    }
}

const GROUP: &str = "rbac.authorization.k8s.io";

/// Rules that name the roles that may be bound: each role by itself.
fn bind_named<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for (resource, kind) in [("clusterroles", RoleKind::ClusterRole), ("roles", RoleKind::Role)] {
        let ask = match kind {
            RoleKind::ClusterRole => may(&["bind"], GROUP, &["clusterroles"]),
            RoleKind::Role => may(&["bind"], GROUP, &["roles"]),
        };
        for grant in world.authority.grants(ask) {
            let Some(names) = grant.names.clone() else { continue };
            let rule = graph.rule(&grant);
            let fix = graph.narrowed(&grant, rule);
            let half = Node::Rule(grant.number, grant.rule_place());
            graph.premise(grant.permissions, half, rule, fix);
            for (number, target) in (0_u32..).zip(world.authority.permissions()) {
                if target.role.kind != kind || !names.contains(&target.role.name.as_str()) {
                    continue;
                }
                let create = match target.scope {
                    Scope::Cluster if resource == "clusterroles" && grant.scope == Scope::Cluster => {
                        Node::Ability(Ability::CreateClusterBindings, Scope::Cluster)
                    }
                    Scope::Namespace(_)
                        if grant.scope == Scope::Cluster || grant.scope == target.scope =>
                    {
                        Node::Ability(Ability::CreateBindings, target.scope)
                    }
                    _ => continue,
                };
                let everywhere = Node::Ability(Ability::CreateBindings, Scope::Cluster);
                if target.scope != Scope::Cluster && graph.knows(&everywhere) {
                    graph.join(everywhere, create);
                }
                if graph.knows(&create) {
                    let both = graph.both(&[half, create]);
                    graph.arc(both, Node::Permissions(number), rule, NO_FIX);
                }
            }
        }
    }
}

/// The namespaces of a scope.
fn namespaces<'a>(world: &World<'a>, scope: Scope<'a>) -> Vec<&'a str> {
    match scope {
        Scope::Cluster => world.namespaces().collect(),
        Scope::Namespace(namespace) => vec![namespace],
    }
}
