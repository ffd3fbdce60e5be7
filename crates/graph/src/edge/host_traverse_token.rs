//! `HOST_TRAVERSE_TOKEN`: the kubelet's folder holds the tokens of all pods on the node.

use crate::build::{Builder, Effort};
use crate::edge::host_path::{host_mounts, touches};
use crate::node::Node;
use crate::world::World;

edge! {
    /// The kubelet's folder holds the tokens of all pods on the node
    ///
    /// A `hostPath` at, above or below `/var/lib/kubelet/pods`, where the projected volumes of all pods of the node
    /// lie, their service account tokens among them.
    ///
    /// **Fix:** Remove the volume; a log collector needs `/var/log/pods` only, and read-only.
    "HOST_TRAVERSE_TOKEN" {
        attack: "T1552",
        success: 90,
        says: "{from} shows the tokens of all pods on its node, that of {to} among them",
        trace: "nothing: reading files leaves no log",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: v, mountPath: /v, readOnly: true}]}
  volumes: [{name: v, hostPath: {path: /var/lib/kubelet/pods}}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: v, mountPath: /v, readOnly: true}]}
  volumes: [{name: v, hostPath: {path: /var/lib/kubelet/plugins}}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in &world.pods {
        for mount in host_mounts(pods) {
            if !touches(&mount.path, &["/var/lib/kubelet/pods"]) {
                continue;
            }
            let place = graph.at(pods.id, &mount.place);
            let fix = graph.fix(place, "remove this hostPath volume", Effort::Medium);
            for host in &pods.hosts {
                graph.arc(mount.volume, Node::Tokens(host), place, fix);
            }
        }
    }
}
