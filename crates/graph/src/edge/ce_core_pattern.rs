//! `CE_CORE_PATTERN`: a crash starts a program of the attacker's on the node.

use crate::build::{Builder, Effort};
use crate::edge::host_path::{host_mounts, is_at_or_below};
use crate::node::Node;
use crate::world::World;

edge! {
    /// A crash starts a program of the attacker's on the node
    ///
    /// Root in the container (user 0, or none said) and a writable `/proc/sys/kernel` of the node, or `procMount:
    /// Unmasked`: `core_pattern` names a program that the kernel starts on the node when a process dies.
    ///
    /// **Fix:** Remove the volume, and set `runAsNonRoot: true`.
    "CE_CORE_PATTERN" {
        attack: "T1611",
        success: 85,
        says: "{from} may tell the kernel of {to} which program to start after a crash",
        trace: "none in the cluster: a write to /proc/sys/kernel/core_pattern, and a crash",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i, securityContext: {runAsUser: 0}, volumeMounts: [{name: v, mountPath: /v}]}
  volumes: [{name: v, hostPath: {path: /proc/sys/kernel}}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i, securityContext: {runAsUser: 1000}, volumeMounts: [{name: v, mountPath: /v}]}
  volumes: [{name: v, hostPath: {path: /proc/sys/kernel}}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i, securityContext: {runAsUser: 0}, volumeMounts: [{name: v, mountPath: /v}]}
  volumes: [{name: v, hostPath: {path: /proc/net}}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in world.pods.iter().filter(|pods| !pods.view.own_user_namespace()) {
        let mounts = host_mounts(pods);
        for (node, container) in pods.containers() {
            let view = &pods.view;
            let never_root = view.run_as_non_root(container) == Some(true)
                || view.run_as_user(container).is_some_and(|user| user != 0);
            if never_root {
                continue;
            }
            let volume = mounts.iter().find(|mount| {
                mount.container == node
                    && mount.writable
                    && is_at_or_below("/proc/sys/kernel/core_pattern", &mount.path)
            });
            let unmasked = container.security.proc_mount == Some("Unmasked");
            let (place, change) = match volume {
                Some(mount) => (
                    graph.at(pods.id, &mount.place),
                    "remove this hostPath volume",
                ),
                None if unmasked => (
                    graph.at(pods.id, &container.path("securityContext.procMount")),
                    "remove `procMount: Unmasked`",
                ),
                None => continue,
            };
            let fix = graph.fix(place, change, Effort::Medium);
            for host in &pods.hosts {
                graph.arc(node, Node::Host(host), place, fix);
            }
        }
    }
}
