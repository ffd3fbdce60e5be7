//! `HOST_READ`: a folder of the node holds its keys.

use crate::build::{Builder, Effort};
use crate::edge::host_path::{host_mounts, touches};
use crate::node::Node;
use crate::world::World;

edge! {
    /// A folder of the node holds its keys
    ///
    /// A `hostPath`, even read-only, that shows private keys, password hashes or the kubelet's client key:
    /// `/etc/kubernetes`, `/var/lib/kubelet`, `/root`, `/home`, `/etc/shadow`, `/proc` of the node, its disk.
    ///
    /// **Fix:** Mount the one file that is needed, or none.
    "HOST_READ" {
        attack: "T1552.001",
        success: 60,
        says: "{from} shows the keys of {to}",
        trace: "nothing: reading files leaves no log",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: v, mountPath: /v, readOnly: true}]}
  volumes: [{name: v, hostPath: {path: /root/.ssh}}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: v, mountPath: /v, readOnly: true}]}
  volumes: [{name: v, hostPath: {path: /etc}}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: v, mountPath: /v, readOnly: true}]}
  volumes: [{name: v, hostPath: {path: /var/lib/kubelet/pki}}]
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
  volumes: [{name: v, hostPath: {path: /var/log}}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: v, mountPath: /v, readOnly: true}]}
  volumes: [{name: v, hostPath: {path: /etc/localtime}}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in &world.pods {
        for mount in host_mounts(pods) {
            if !(touches(&mount.path, KEYS)) {
                continue;
            }
            let place = graph.at(pods.id, &mount.place);
            let fix = graph.fix(place, "remove this hostPath volume", Effort::Medium);
            for host in &pods.hosts {
                graph.arc(mount.volume, Node::Host(host), place, fix);
            }
        }
    }
}

/// Where a node keeps what it proves itself with.
const KEYS: &[&str] = &[
    "/dev",
    "/etc/kubernetes",
    "/etc/shadow",
    "/etc/ssh",
    "/home",
    "/proc",
    "/root",
    "/var/lib/etcd",
    "/var/lib/kubelet/kubeconfig",
    "/var/lib/kubelet/pki",
    "/var/lib/rancher",
];
