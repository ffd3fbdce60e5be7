//! `POD_EPHEMERAL`: a role adds containers to running pods.

use crate::ask::{may, pod_named};
use crate::build::Builder;
use crate::node::Set;
use crate::world::World;

edge! {
    /// A role adds containers to running pods
    ///
    /// `update` or `patch` of `pods/ephemeralcontainers`: a container of the attacker's image in the pod, with its network and,
    /// by choice, its processes.
    ///
    /// **Fix:** Take `pods/ephemeralcontainers` out of the role.
    "POD_EPHEMERAL" {
        attack: "T1609",
        success: 90,
        says: "{from} may add containers to {to}",
        trace: "audit log: update or patch pods/ephemeralcontainers",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods/ephemeralcontainers], verbs: [patch]}
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
- {apiGroups: [''], resources: [pods], verbs: [get]}
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
    let ask = may(&["update", "patch"], "", &["pods/ephemeralcontainers"]);
    graph.permit_on(world, ask, Set::Pods, pod_named);
}
