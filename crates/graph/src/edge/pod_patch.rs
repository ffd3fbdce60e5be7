//! `POD_PATCH`: a role changes the image of running pods.

use crate::ask::{may, pod_named};
use crate::build::Builder;
use crate::node::Set;
use crate::world::World;

edge! {
    /// A role changes the image of running pods
    ///
    /// `update` or `patch` of `pods`: the image may be changed in place, and the container starts anew with it.
    ///
    /// **Fix:** Take `update` and `patch` of `pods` out of the role.
    "POD_PATCH" {
        attack: "T1610",
        success: 90,
        says: "{from} may change the image of {to}",
        trace: "audit log: update or patch pods; the pod's container restarts",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods], verbs: [patch]}
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
- {apiGroups: [''], resources: [pods/status], verbs: [patch]}
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
    let ask = may(&["update", "patch"], "", &["pods"]);
    graph.permit_on(world, ask, Set::Pods, pod_named);
}
