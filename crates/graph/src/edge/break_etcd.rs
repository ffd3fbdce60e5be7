//! `BREAK_ETCD`: a container holds the keys of etcd or of the cluster's certificate authority.

use std::collections::BTreeSet;

use crate::build::{Builder, Effort};
use crate::edge::host_path::{host_mounts, touches};
use crate::node::Node;
use crate::world::{CONTROL_PLANE, CONTROL_PLANE_ROLES, World};

edge! {
    /// A container holds the keys of etcd or of the cluster's certificate authority
    ///
    /// A `hostPath` at, above or below `/etc/kubernetes/pki`, `/var/lib/etcd` or the like, on a node that has it: one of the
    /// control plane. Pods that are not placed yet count when they ask for the control plane.
    ///
    /// **Fix:** Remove the volume.
    "BREAK_ETCD" {
        attack: "T1552",
        success: 90,
        says: "{from} shows the keys of {to}",
        trace: "nothing until the keys are used; etcd logs no requests",
        has: [
            r"
apiVersion: v1
kind: Node
metadata: {name: n, labels: {node-role.kubernetes.io/control-plane: ''}}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  nodeName: n
  containers:
  - {name: app, image: i, volumeMounts: [{name: v, mountPath: /v, readOnly: true}]}
  volumes: [{name: v, hostPath: {path: /etc/kubernetes/pki}}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  nodeSelector: {node-role.kubernetes.io/control-plane: ''}
  containers:
  - {name: app, image: i, volumeMounts: [{name: v, mountPath: /v}]}
  volumes: [{name: v, hostPath: {path: /var/lib/etcd}}]
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
  volumes: [{name: v, hostPath: {path: /var/lib/etcd}}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    let control_plane: BTreeSet<&str> = world
        .hosts()
        .filter(|(host, id)| {
            let is_labelled = id.is_some_and(|id| {
                CONTROL_PLANE_ROLES
                    .iter()
                    .any(|role| world.object(id).label(role).is_some())
            });
            is_labelled || *host == CONTROL_PLANE
        })
        .map(|(host, _)| host)
        .collect();
    for pods in &world.pods {
        if !pods.hosts.iter().any(|host| control_plane.contains(host)) {
            continue;
        }
        for mount in host_mounts(pods) {
            if !touches(&mount.path, KEYS) {
                continue;
            }
            let place = graph.at(pods.id, &mount.place);
            let fix = graph.fix(place, "remove this hostPath volume", Effort::Medium);
            graph.arc(mount.volume, Node::ControlPlane, place, fix);
        }
    }
}

/// Where the control plane keeps its keys and its data.
const KEYS: &[&str] = &[
    "/etc/kubernetes/admin.conf",
    "/etc/kubernetes/pki",
    "/etc/kubernetes/super-admin.conf",
    "/var/lib/etcd",
    "/var/lib/rancher/k3s/server",
];
