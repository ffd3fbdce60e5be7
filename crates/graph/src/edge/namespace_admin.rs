//! `NAMESPACE_ADMIN`: all power over a namespace is power over what is in it.

use crate::build::{Builder, Evidence};
use crate::node::{Ability, Node, Scope, Set};
use crate::topology::NO_FIX;
use crate::world::World;

edge! {
    /// All power over a namespace is power over what is in it
    ///
    /// Its pods (also new ones, as far as its Pod Security level admits them), its secrets, its service accounts.
    ///
    /// **Fix:** Nothing: this is what the power means.
    "NAMESPACE_ADMIN" {
        attack: "T1078",
        success: 95,
        says: "{from} is power over {to}",
        trace: "audit log: whatever is done with it in the namespace",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: ['*'], resources: ['*'], verbs: ['*']}
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
- {apiGroups: [''], resources: [pods], verbs: [get]}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for namespace in world.namespaces() {
        let from = Node::Namespace(namespace);
        if !graph.knows(&from) {
            continue;
        }
        let scope = Scope::Namespace(namespace);
        for set in [Set::Pods, Set::Accounts, Set::Secrets, Set::Listeners] {
            graph.arc(from, Node::Set(set, scope), Evidence::default(), NO_FIX);
        }
        let pods = Node::Ability(Ability::CreatePods, scope);
        graph.premise(from, pods, Evidence::default(), NO_FIX);
    }
}
