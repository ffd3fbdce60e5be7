//! `SECRET_CREATE_TOKEN`: whoever makes and reads secrets makes tokens.

use crate::ask::may;
use crate::build::Builder;
use crate::node::{Ability, Node, Set};
use crate::world::World;

edge! {
    /// Whoever makes and reads secrets makes tokens
    ///
    /// `create` of secrets and reading them in the same namespace: a secret of the type
    /// `kubernetes.io/service-account-token` is filled with a token of any account that it names.
    ///
    /// **Fix:** Take `create` of secrets out of the role, or reading them.
    "SECRET_CREATE_TOKEN" {
        attack: "T1528",
        success: 90,
        says: "{from} makes a token of {to} as a secret, and reads it",
        trace: "audit log: create secrets, then get or list secrets",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [secrets], verbs: [create, get]}
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
- {apiGroups: [''], resources: [secrets], verbs: [create]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [secrets], verbs: [get, list]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    graph.permit_half(world, may(&["create"], "", &["secrets"]), Ability::CreateSecrets);
    graph.permit_half(world, may(&["get", "list", "watch"], "", &["secrets"]), Ability::ReadSecrets);
    let both = [Ability::CreateSecrets, Ability::ReadSecrets];
    graph.in_each_scope(world, &both, |scope| Some(Node::Set(Set::Accounts, scope)));
}
