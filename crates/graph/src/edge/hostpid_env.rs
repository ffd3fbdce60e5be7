//! `HOSTPID_ENV`: a container reads the environment of the node's processes.

use crate::build::{Builder, Effort};
use crate::node::Node;
use crate::world::World;

edge! {
    /// A container reads the environment of the node's processes
    ///
    /// `hostPID`: `/proc/PID/environ` and `/proc/PID/root` of every process of the same user, so root in the
    /// container reads those of all pods of the node: passwords and tokens.
    ///
    /// **Fix:** Remove `hostPID: true`.
    "HOSTPID_ENV" {
        attack: "T1057",
        success: 60,
        says: "{from} sees the processes on its node, those of {to} among them",
        trace: "nothing: reading /proc leaves no log",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  hostPID: true
  containers: [{name: app, image: i}]
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i}]
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  hostPID: true
  securityContext: {runAsUser: 1000}
  containers: [{name: app, image: i}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in world.pods.iter().filter(|pods| pods.view.host_pid()) {
        for (node, container) in pods.containers() {
            let view = &pods.view;
            let never_root = view.run_as_non_root(container) == Some(true)
                || view.run_as_user(container).is_some_and(|user| user != 0);
            if never_root || view.own_user_namespace() {
                continue;
            }
            let place = graph.at(pods.id, &view.path("hostPID"));
            let fix = graph.fix(place, "remove `hostPID: true`", Effort::Medium);
            for host in &pods.hosts {
                graph.arc(node, Node::Neighbours(host), place, fix);
            }
        }
    }
}
