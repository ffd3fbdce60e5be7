//! `POD_EXEC`: a role starts programs in pods.

use catseye_model::Version;

use crate::ask::{may, pod_named};
use crate::build::Builder;
use crate::node::Set;
use crate::world::World;

edge! {
    /// A role starts programs in pods
    ///
    /// `create` of `pods/exec`; before Kubernetes 1.35 `get` is enough too, because a WebSocket begins with it.
    /// `resourceNames` limit it.
    ///
    /// **Fix:** Take `pods/exec` out of the role; debug with ephemeral containers under break-glass rules.
    "POD_EXEC" {
        attack: "T1609",
        success: 95,
        says: "{from} may start programs in {to}",
        trace: "audit log: create (or get) pods/exec; the commands typed are in no log",
        has: [
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
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: ['*/exec'], verbs: [create]}
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
- {apiGroups: [''], resources: [pods], verbs: [create]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods/*], verbs: [create]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods/exec], verbs: [get]}
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
    graph.permit_on(world, may(verbs, "", &["pods/exec"]), Set::Pods, pod_named);
}
