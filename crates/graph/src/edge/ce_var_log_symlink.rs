//! `CE_VAR_LOG_SYMLINK`: a link among the logs shows any file of the node.

use crate::ask::may;
use crate::build::{Builder, Effort};
use crate::edge::host_path::{host_mounts, is_at_or_below};
use crate::node::{Ability, Node, Scope};
use crate::world::World;

edge! {
    /// A link among the logs shows any file of the node
    ///
    /// A writable `hostPath` at or above `/var/log`, and some identity in hand that reads logs of pods (`pods/log`) or
    /// of nodes (`nodes/log`, `nodes/proxy`): the kubelet follows the link as root and sends the file.
    ///
    /// **Fix:** Mount `/var/log` `readOnly`.
    "CE_VAR_LOG_SYMLINK" {
        attack: "T1552",
        success: 70,
        says: "{from}: the kubelet of {to} follows links among its logs and sends any file",
        trace: "audit log: get pods/log or nodes/log, soon after a link was written",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: v, mountPath: /v}]}
  volumes: [{name: v, hostPath: {path: /var/log}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods/log], verbs: [get]}
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
  volumes: [{name: v, hostPath: {path: /var/log}}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: v, mountPath: /v, readOnly: true}]}
  volumes: [{name: v, hostPath: {path: /var/log}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods/log], verbs: [get]}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    let logs = Node::Ability(Ability::ReadLogs, Scope::Cluster);
    let mut readable = false;
    for grant in world.authority.grants(may(&["get"], "", &["pods/log", "nodes/log", "nodes/proxy"])) {
        let rule = graph.rule(&grant);
        let fix = graph.narrowed(&grant, rule);
        graph.premise(grant.permissions, logs, rule, fix);
        readable = true;
    }
    if !readable {
        return;
    }
    for pods in &world.pods {
        for mount in host_mounts(pods) {
            if !mount.writable || !is_at_or_below("/var/log", &mount.path) {
                continue;
            }
            let place = graph.at(pods.id, &mount.place);
            let fix = graph.fix(place, "remove this hostPath volume", Effort::Medium);
            let both = graph.both(&[mount.volume, logs]);
            for host in &pods.hosts {
                graph.arc(both, Node::Host(host), place, fix);
            }
        }
    }
}
