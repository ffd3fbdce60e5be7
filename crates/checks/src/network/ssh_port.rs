//! A port of SSH.

use catseye_model::Value;
use catseye_model::{Fields, Object, PodView};

use super::topology::Topology;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Pods offer SSH
    ///
    /// A shell over SSH bypasses the API server: no RBAC, no audit log, credentials of its own that
    /// nobody rotates. A guessed password or a leaked key is a shell in the pod.
    ///
    /// **Fix:** Take the SSH server out of the image and the port out of pod and Service; use
    /// `kubectl exec` or `kubectl debug`, which are authorised and logged.
    "NET-024" {
        severity: Medium,
        rows: ["D24"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: i, ports: [{containerPort: 22}]}]}
",
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec: {template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: i}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: shell}
spec: {selector: {app: a}, ports: [{port: 8022, targetPort: 2222}]}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: a}}
spec:
  containers:
  - {name: a, image: i, ports: [{containerPort: 22, protocol: UDP}, {containerPort: 8022}]}
---
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {selector: {app: a}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: others}
spec: {selector: {app: b}, ports: [{port: 22}]}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    for container in pod.long_running_containers() {
        for port in container.ports() {
            let Some(number) = port.number.filter(|number| is_ssh(*number)) else {
                continue;
            };
            if port.protocol == "TCP" {
                let path = container.path("ports").index(port.index);
                found.in_container_at(
                    container,
                    path.join("containerPort"),
                    format!("offers SSH on port {number}"),
                );
            }
        }
    }
    let Some(id) = context.inventory.id_of(pod.object) else {
        return;
    };
    let topology = context.index::<Topology>();
    for service in topology.services.services_of(id) {
        let service = context.inventory.object(*service);
        if let Some(number) = ssh_port(service) {
            found.at(
                pod.metadata_path("labels"),
                format!("{service} offers SSH on port {number}"),
            );
        }
    }
}

fn ssh_port(service: &Object) -> Option<i64> {
    let ports = service.value().list("spec.ports").iter();
    ports
        .filter(|port| port.text("protocol").unwrap_or("TCP") == "TCP")
        .flat_map(|port: &Value| [port.integer("targetPort"), port.integer("port")])
        .flatten()
        .find(|number| is_ssh(*number))
}

fn is_ssh(port: i64) -> bool {
    matches!(port, 22 | 222 | 2222)
}
