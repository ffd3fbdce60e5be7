//! `VOLUME_DISCOVER`: a container has a part of its node's file system.

use crate::build::{Builder, Effort};
use crate::edge::host_path::host_mounts;
use crate::world::World;

edge! {
    /// A container has a part of its node's file system
    ///
    /// It mounts a `hostPath` volume. What that is good for, the next step says.
    ///
    /// **Fix:** Use a volume of another kind: `emptyDir`, a claim, `projected`.
    "VOLUME_DISCOVER" {
        attack: "T1613",
        success: 100,
        says: "{from} mounts {to}",
        trace: "nothing: the volume is mounted already",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: v, mountPath: /v}]}
  volumes: [{name: v, hostPath: {path: /srv}}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: v, mountPath: /v}]}
  volumes: [{name: v, emptyDir: {}}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in &world.pods {
        for mount in host_mounts(pods) {
            let place = graph.at(pods.id, &mount.place);
            let fix = graph.fix(place, "remove this hostPath volume", Effort::Medium);
            graph.arc(mount.container, mount.volume, place, fix);
        }
    }
}
