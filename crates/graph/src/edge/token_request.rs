//! `TOKEN_REQUEST`: a role makes tokens of service accounts.

use crate::ask::may;
use crate::build::Builder;
use crate::node::{Node, Set};
use crate::world::World;

edge! {
    /// A role makes tokens of service accounts
    ///
    /// `create` of `serviceaccounts/token`; `resourceNames` limit it.
    ///
    /// **Fix:** Name the accounts by `resourceNames`, or take the rule out.
    "TOKEN_REQUEST" {
        attack: "T1528",
        success: 95,
        says: "{from} may ask for a token of {to}",
        trace: "audit log: create serviceaccounts/token",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [serviceaccounts/token], verbs: [create]}
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
- {apiGroups: [''], resources: [serviceaccounts/token], verbs: [create], resourceNames: [robot]}
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
- {apiGroups: [''], resources: [serviceaccounts], verbs: [create]}
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
- {apiGroups: [''], resources: [serviceaccounts/*], verbs: [create]}
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
    let ask = may(&["create"], "", &["serviceaccounts/token"]);
    graph.permit_on(world, ask, Set::Accounts, |_, namespace, name| {
        Some(Node::ServiceAccount(namespace, name))
    });
}
