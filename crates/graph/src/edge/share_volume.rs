//! `SHARE_VOLUME`: what one writes, another runs or believes.

use std::collections::BTreeMap;

use catseye_model::{FieldPath, Fields, ObjectId};

use crate::build::{Builder, Effort};
use crate::node::Node;
use crate::topology::NO_FIX;
use crate::world::World;

edge! {
    /// What one writes, another runs or believes
    ///
    /// Two workloads mount the same claim, one of them writable: a script, a configuration or a web root that the
    /// first changes is run or believed by the second.
    ///
    /// **Fix:** Give each a claim of its own, or mount it `readOnly` where nothing is written.
    "SHARE_VOLUME" {
        attack: "T1080",
        success: 20,
        says: "{from} writes to {to}, which others read",
        trace: "nothing in the cluster: files written to the volume",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: v, mountPath: /v}]}
  volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: shop}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: v, mountPath: /v}]}
  volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]
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
  volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: v, mountPath: /v, readOnly: true}]}
  volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: shop}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: v, mountPath: /v, readOnly: true}]}
  volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    let mut mounts: BTreeMap<(&str, &str), Vec<Mounted<'a>>> = BTreeMap::new();
    for pods in &world.pods {
        for volume in pods.view.volumes() {
            let Some(claim) = volume.value.text("persistentVolumeClaim.claimName") else {
                continue;
            };
            for (node, container) in pods.containers() {
                for mount in container.mounts().filter(|mount| mount.volume == volume.name) {
                    mounts.entry((pods.namespace(), claim)).or_default().push(Mounted {
                        pods: pods.id,
                        node,
                        writable: !mount.read_only,
                        place: container.path("volumeMounts").index(mount.index),
                    });
                }
            }
        }
    }
    for ((namespace, claim), mounts) in mounts {
        let shared = mounts.iter().any(|mount| mount.pods != mounts[0].pods);
        if !shared || !mounts.iter().any(|mount| mount.writable) {
            continue;
        }
        let volume = Node::Claim(namespace, claim);
        for mount in mounts {
            let place = graph.at(mount.pods, &mount.place);
            if mount.writable {
                let fix = graph.fix(place, "mount the claim `readOnly`", Effort::Medium);
                graph.arc(mount.node, volume, place, fix);
            }
            graph.premise(volume, mount.node, place, NO_FIX);
        }
    }
}

/// A claim in a container.
struct Mounted<'a> {
    pods: ObjectId,
    node: Node<'a>,
    writable: bool,
    place: FieldPath,
}
