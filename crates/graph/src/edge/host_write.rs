//! `HOST_WRITE`: writing to a folder of the node is running code on it.

use crate::build::{Builder, Effort};
use crate::edge::host_path::{host_mounts, touches};
use crate::node::Node;
use crate::world::World;

edge! {
    /// Writing to a folder of the node is running code on it
    ///
    /// A writable `hostPath` at, above or below a folder from which the node runs or trusts what it finds: static
    /// pods and the kubelet's files, programs, libraries, jobs, services, keys of `ssh`, plug-ins of the kubelet
    /// and of the network. Data folders are not: a database that writes to `/mnt/data` owns its data, no more.
    ///
    /// **Fix:** Mount the volume `readOnly`, or use a volume of another kind.
    "HOST_WRITE" {
        attack: "T1611",
        success: 85,
        says: "{from} lets code on {to} be replaced",
        trace: "none in the cluster: files written on the node; a static pod shows as a mirror pod in the audit log",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: v, mountPath: /v}]}
  volumes: [{name: v, hostPath: {path: /}}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: v, mountPath: /v}]}
  volumes: [{name: v, hostPath: {path: /etc/cron.d}}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: v, mountPath: /v}]}
  volumes: [{name: v, hostPath: {path: /var/lib/kubelet/device-plugins}}]
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
  volumes: [{name: v, hostPath: {path: /mnt/data}}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: v, mountPath: /v, readOnly: true}]}
  volumes: [{name: v, hostPath: {path: /}}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i}]
  volumes: [{name: v, hostPath: {path: /}}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in &world.pods {
        for mount in host_mounts(pods) {
            if !(mount.writable && touches(&mount.path, TRUSTED)) {
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

/// Folders from which a node runs code or takes its trust.
const TRUSTED: &[&str] = &[
    "/bin",
    "/boot",
    "/dev",
    "/etc/cni",
    "/etc/cron.d",
    "/etc/cron.daily",
    "/etc/cron.hourly",
    "/etc/crontab",
    "/etc/kubernetes",
    "/etc/ld.so.preload",
    "/etc/pam.d",
    "/etc/passwd",
    "/etc/profile.d",
    "/etc/shadow",
    "/etc/ssh",
    "/etc/sudoers",
    "/etc/sudoers.d",
    "/etc/systemd",
    "/home",
    "/lib",
    "/lib64",
    "/opt/cni",
    "/root",
    "/sbin",
    "/sys/kernel",
    "/usr",
    "/var/lib/containerd",
    "/var/lib/docker",
    "/var/lib/etcd",
    "/var/lib/kubelet",
    "/var/lib/rancher",
    "/var/spool/cron",
];
