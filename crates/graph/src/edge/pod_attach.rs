//! `POD_ATTACH`: a role attaches to running programs.

use catseye_model::Version;

use crate::ask::{may, pod_named};
use crate::build::Builder;
use crate::node::Set;
use crate::world::World;

edge! {
    /// A role attaches to running programs
    ///
    /// `create` of `pods/attach`; before Kubernetes 1.35 `get` is enough too. What the program reads from its
    /// terminal, the attacker writes.
    ///
    /// **Fix:** Take `pods/attach` out of the role.
    "POD_ATTACH" {
        attack: "T1609",
        success: 40,
        says: "{from} may attach to the programs of {to}",
        trace: "audit log: create (or get) pods/attach; what is typed is in no log",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods/attach], verbs: [create]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
        ],
        lacks: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods/exec], verbs: [create]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    let verbs: &[&str] = if world.version < Version::minor(35) { &["create", "get"] } else { &["create"] };
    graph.permit_on(world, may(verbs, "", &["pods/attach"]), Set::Pods, pod_named);
}
