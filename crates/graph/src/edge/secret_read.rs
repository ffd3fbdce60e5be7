//! `SECRET_READ`: a role reads secrets.

use catseye_model::Kind;

use crate::ask::may;
use crate::build::Builder;
use crate::node::{Node, Set};
use crate::world::World;

edge! {
    /// A role reads secrets
    ///
    /// `get` of secrets (their names are seldom a mystery), `list` or `watch` (which send the contents too);
    /// `resourceNames` limit it.
    ///
    /// **Fix:** Name the secrets that are needed by `resourceNames`, and drop `list` and `watch`.
    "SECRET_READ" {
        attack: "T1552.007",
        success: 90,
        says: "{from} may read {to}",
        trace: "audit log: get, list or watch secrets",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [secrets], verbs: [list]}
---
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [secrets], verbs: [get], resourceNames: [db]}
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
- {apiGroups: [''], resources: [secrets], verbs: [create]}
---
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [secrets], verbs: [get], resourceNames: [other]}
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
    let ask = may(&["get", "list", "watch"], "", &["secrets"]);
    graph.permit_on(world, ask, Set::Secrets, |world, namespace, name| {
        let secret = world.inventory.find(Kind::Secret, namespace, name)?;
        Some(Node::Secret(secret.namespace(), secret.name()))
    });
}
