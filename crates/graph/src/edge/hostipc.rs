//! `HOSTIPC`: a container shares memory with the processes of its node.

use std::collections::BTreeMap;

use crate::build::{Builder, Effort};
use crate::world::{Pods, World};

edge! {
    /// A container shares memory with the processes of its node
    ///
    /// `hostIPC`: segments of shared memory and message queues of every process that uses them: a database's
    /// buffers, a queue's messages.
    ///
    /// **Fix:** Remove `hostIPC: true`.
    "HOSTIPC" {
        attack: "T1552",
        success: 10,
        says: "{from} shares memory with the processes on its node, those of {to} among them",
        trace: "nothing: reading shared memory leaves no log",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  hostIPC: true
  containers: [{name: app, image: i}]
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: shop}
spec:
  hostIPC: true
  containers: [{name: app, image: i}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  hostIPC: true
  containers: [{name: app, image: i}]
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    // Pods have a memory of their own unless they ask for the node's, so only those share.
    let mut sharing: BTreeMap<&str, Vec<&Pods<'a>>> = BTreeMap::new();
    for pods in world.pods.iter().filter(|pods| pods.view.host_ipc()) {
        for host in &pods.hosts {
            sharing.entry(host).or_default().push(pods);
        }
    }
    for group in sharing.values() {
        for pods in group {
            let place = graph.at(pods.id, &pods.view.path("hostIPC"));
            let fix = graph.fix(place, "remove `hostIPC: true`", Effort::Medium);
            for (node, _) in pods.containers() {
                for other in group.iter().filter(|other| other.id != pods.id) {
                    graph.arc(node, other.node(), place, fix);
                }
            }
        }
    }
}
