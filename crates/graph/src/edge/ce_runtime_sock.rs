//! `CE_RUNTIME_SOCK`: the container runtime's socket starts anything on the node.

use crate::build::{Builder, Effort};
use crate::edge::host_path::{host_mounts, is_at_or_below};
use crate::node::Node;
use crate::world::World;

edge! {
    /// The container runtime's socket starts anything on the node
    ///
    /// A `hostPath` that holds the socket of containerd, CRI-O, Docker or Podman, or a folder above it. Reading
    /// only protects nothing: a socket is spoken to.
    ///
    /// **Fix:** Remove the volume. Build images without the node's runtime; read metrics from the kubelet.
    "CE_RUNTIME_SOCK" {
        attack: "T1611",
        success: 90,
        says: "{from} holds the socket of the container runtime, which starts anything on {to}",
        trace: "the container runtime's log: a container that no pod asks for",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: v, mountPath: /v}]}
  volumes: [{name: v, hostPath: {path: /var/run/docker.sock}}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: v, mountPath: /v, readOnly: true}]}
  volumes: [{name: v, hostPath: {path: /run/containerd}}]
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
  volumes: [{name: v, hostPath: {path: /var/run/postgres}}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: v, mountPath: /v}]}
  volumes: [{name: v, hostPath: {path: /var/log}}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in &world.pods {
        for mount in host_mounts(pods) {
            if !(SOCKETS.iter().any(|socket| is_at_or_below(socket, &mount.path))) {
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

/// Where runtimes listen; `/var/run` is a link to `/run` on every current system.
const SOCKETS: &[&str] = &[
    "/run/containerd/containerd.sock",
    "/run/cri-dockerd.sock",
    "/run/crio/crio.sock",
    "/run/docker.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/podman/podman.sock",
    "/var/run/containerd/containerd.sock",
    "/var/run/cri-dockerd.sock",
    "/var/run/crio/crio.sock",
    "/var/run/docker.sock",
    "/var/run/podman/podman.sock",
];
