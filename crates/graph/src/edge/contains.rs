//! `CONTAINS`: a pod consists of its containers.

use crate::build::{Builder, Evidence};
use crate::topology::NO_FIX;
use crate::world::World;

edge! {
    /// A pod consists of its containers
    ///
    /// Whoever holds a pod (by exec, by its node, by a changed template) runs code in each of its containers,
    /// init and ephemeral ones too.
    ///
    /// **Fix:** Nothing: this is what a pod is.
    "CONTAINS" {
        attack: "T1609",
        success: 100,
        says: "{from} consist of {to}",
        trace: "nothing: it is where the attacker is",
        has: [
            r"
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
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in &world.pods {
        for (container, _) in pods.containers() {
            graph.arc(pods.node(), container, Evidence::default(), NO_FIX);
        }
    }
}
