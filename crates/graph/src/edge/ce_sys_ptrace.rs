//! `CE_SYS_PTRACE`: a container writes into the processes of its node.

use catseye_model::Version;
use catseye_model::pod::AppArmor;

use crate::build::{Builder, Effort};
use crate::edge::capability::adds;
use crate::node::Node;
use crate::world::World;

edge! {
    /// A container writes into the processes of its node
    ///
    /// `hostPID`, the capabilities `SYS_PTRACE` and `SYS_ADMIN`, and no AppArmor profile that forbids tracing: the
    /// profile is `Unconfined`, or Kubernetes is older than 1.31 and sets none by field.
    ///
    /// **Fix:** Take `SYS_PTRACE` out, or `hostPID`.
    "CE_SYS_PTRACE" {
        attack: "T1611",
        success: 70,
        says: "{from} sees the processes of {to} and may write into them",
        trace: "none in the cluster: ptrace calls on the node",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  hostPID: true
  containers:
  - name: app
    image: i
    securityContext:
      appArmorProfile: {type: Unconfined}
      capabilities: {add: [SYS_PTRACE, SYS_ADMIN]}
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - name: app
    image: i
    securityContext:
      appArmorProfile: {type: Unconfined}
      capabilities: {add: [SYS_PTRACE, SYS_ADMIN]}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  hostPID: true
  containers:
  - name: app
    image: i
    securityContext:
      appArmorProfile: {type: RuntimeDefault}
      capabilities: {add: [SYS_PTRACE, SYS_ADMIN]}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in world.pods.iter().filter(|pods| pods.view.host_pid()) {
        for (node, container) in pods.containers() {
            let confined = match pods.view.app_armor(container) {
                Some(AppArmor::Field(profile)) => profile.kind != "Unconfined",
                Some(AppArmor::Annotation(profile)) => profile != "unconfined",
                // Runtimes set their own profile where none is asked for.
                None => world.version >= Version::minor(31),
            };
            let Some(place) = adds(pods, container, &["SYS_PTRACE", "SYS_ADMIN"]) else {
                continue;
            };
            if confined && container.security.privileged != Some(true) {
                continue;
            }
            let place = graph.at(pods.id, &place);
            let fix = graph.fix(place, "take the capability SYS_PTRACE out", Effort::Low);
            for host in &pods.hosts {
                graph.arc(node, Node::Host(host), place, fix);
            }
        }
    }
}
