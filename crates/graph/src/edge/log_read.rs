//! `LOG_READ`: a role reads logs, and logs hold secrets.

use crate::ask::may;
use crate::build::Builder;
use crate::node::{Node, Set};
use crate::world::World;

edge! {
    /// A role reads logs, and logs hold secrets
    ///
    /// `get` of `pods/log`: what programs print, tokens and passwords in addresses included. A likelihood, and a small one.
    ///
    /// **Fix:** Take `pods/log` out of the role, or limit it to a namespace.
    "LOG_READ" {
        attack: "T1552",
        success: 5,
        says: "{from} may read the logs of {to}, and what is printed there by mistake",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods/log], verbs: [get]}
---
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
",
        ],
        lacks: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods], verbs: [get]}
---
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for grant in world.authority.grants(may(&["get"], "", &["pods/log"])) {
        if grant.names.is_none() {
            graph.granted(&grant, Node::Set(Set::Secrets, grant.scope));
        }
    }
}
