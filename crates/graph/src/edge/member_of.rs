//! `MEMBER_OF`: identities belong to groups.

use std::collections::BTreeSet;

use crate::build::{Builder, Evidence};
use crate::node::Node;
use crate::topology::NO_FIX;
use crate::world::World;

edge! {
    /// Identities belong to groups
    ///
    /// Service accounts belong to `system:serviceaccounts`, to that of their namespace and to `system:authenticated`, and
    /// every user to the last. What roles give to these groups, all of them hold.
    ///
    /// **Fix:** Bind single accounts, not these groups.
    "MEMBER_OF" {
        attack: "T1069",
        success: 100,
        says: "{from} belongs to {to}",
        trace: "nothing: it is so at every request",
        has: [
            r"
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
---
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
- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:serviceaccounts'}
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    let bound: BTreeSet<Node<'a>> = world.authority.subjects().collect();
    let none = Evidence::default();
    let all = Node::Group("system:serviceaccounts");
    let authenticated = Node::Group("system:authenticated");
    for account in world.accounts() {
        let Node::ServiceAccount(namespace, _) = account else { continue };
        for (group, of) in world.authority.account_groups() {
            if of == namespace {
                graph.arc(account, group, none, NO_FIX);
            }
        }
        for group in [all, authenticated] {
            if bound.contains(&group) {
                graph.arc(account, group, none, NO_FIX);
            }
        }
    }
    if bound.contains(&authenticated) {
        for subject in bound.iter().filter(|subject| matches!(subject, Node::User(name) if *name != "system:anonymous")) {
            graph.arc(*subject, authenticated, none, NO_FIX);
        }
        graph.arc(Node::Group("system:nodes"), authenticated, none, NO_FIX);
    }
}
