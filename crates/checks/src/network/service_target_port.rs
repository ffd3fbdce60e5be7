//! A Service's `targetPort` that the pods do not have.

use catseye_model::Value;
use catseye_model::{Container, FieldPath, Fields, Kind, Object, PodView, Severity};

use super::services;
use super::topology::Topology;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A Service sends traffic to a port that its pods do not have
    ///
    /// A `targetPort` given by name is looked up among the ports of the pod's containers; where no
    /// container has it, the Service has no endpoint for that port and connections fail. A number
    /// that no container declares is suspicious: either the Service is dead, or the pods listen on a
    /// port that their manifest keeps from reviewers and policies.
    ///
    /// **Fix:** Name the port in the container and in the Service alike:
    /// ```yaml
    /// # container
    /// ports: [{name: http, containerPort: 8080}]
    /// # Service
    /// ports: [{port: 80, targetPort: http}]
    /// ```
    "NET-109" {
        severity: Medium,
        rows: ["D09"],
        fails: [
            r"
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {selector: {app: a}, ports: [{port: 80, targetPort: web}, {port: 81, targetPort: 9000}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: a}}
spec: {containers: [{name: a, image: i, ports: [{name: http, containerPort: 8080}]}]}
",
            r"
apiVersion: v1
kind: Service
metadata: {name: wrong-protocol}
spec: {selector: {app: a}, ports: [{port: 53, targetPort: dns, protocol: UDP}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: a}}
spec: {containers: [{name: a, image: i, ports: [{name: dns, containerPort: 53}]}]}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {selector: {app: a}, ports: [{port: 80, targetPort: http}, {port: 8080}, {port: 8080, name: zero, targetPort: 0}]}
---
apiVersion: v1
kind: Service
metadata: {name: headless}
spec: {clusterIP: None, selector: {app: a}, ports: [{port: 5432}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: a}}
spec:
  initContainers: [{name: s, image: i, restartPolicy: Always, ports: [{name: http, containerPort: 1}]}]
  containers: [{name: a, image: i, ports: [{containerPort: 8080}]}]
",
            r"
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {selector: {app: a}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: declares-nothing, labels: {app: a}}
spec: {containers: [{name: a, image: i}]}
",
            r"
apiVersion: v1
kind: Service
metadata: {name: nothing-behind}
spec: {selector: {app: a}, ports: [{port: 80, targetPort: http}]}
",
        ],
        run: Objects(&[Kind::Service], run),
    }
}

fn run(service: &Object, context: &Context<'_>, found: &mut Findings) {
    let inventory = context.inventory;
    let Some(id) = inventory.id_of(service) else {
        return;
    };
    let topology = context.index::<Topology>();
    let workloads = topology.services.workloads_of(id);
    if workloads.is_empty() || services::selector(service).is_none() {
        return;
    }
    let views: Vec<PodView<'_>> = workloads
        .iter()
        .filter_map(|workload| PodView::of(inventory.object(*workload)))
        .collect();
    for (index, port) in service.value().list("spec.ports").iter().enumerate() {
        let protocol = port.text("protocol").unwrap_or("TCP");
        let path = || {
            FieldPath::root()
                .join("spec.ports")
                .index(index)
                .join("targetPort")
        };
        match port.at("targetPort") {
            Value::String(name) if name.parse::<u16>().is_err() => {
                let has = |pod: &PodView<'_>| {
                    ports(pod).any(|(known, _, p)| known == Some(name.as_str()) && p == protocol)
                };
                if !views.is_empty() && !views.iter().any(has) {
                    found.at(
                        path(),
                        format!("no container behind it has a {protocol} port named {name}"),
                    );
                }
            }
            // A headless Service leaves the port to its clients.
            _ if services::is_headless(service) => {}
            target => {
                let Some(number) = number(target).or_else(|| port.integer("port")) else {
                    continue;
                };
                if !views.is_empty() && views.iter().all(|pod| lacks(pod, number, protocol)) {
                    found.at_severity(
                        Severity::Low,
                        path(),
                        format!("no container behind it declares {protocol} port {number}"),
                    );
                }
            }
        }
    }
}

/// A target port of 0 reads as none.
fn number(target: &Value) -> Option<i64> {
    let number = target
        .integer("")
        .or_else(|| target.as_str()?.parse().ok())?;
    (number != 0).then_some(number)
}

type Port<'a> = (Option<&'a str>, Option<i64>, &'a str);

fn ports<'a>(pod: &'a PodView<'_>) -> impl Iterator<Item = Port<'a>> {
    pod.long_running_containers()
        .flat_map(Container::ports)
        .map(|port| (port.name, port.number, port.protocol))
}

/// True when all containers declare ports, and this is not among them; declaring is voluntary, so a
/// container that declares none may well listen.
fn lacks(pod: &PodView<'_>, number: i64, protocol: &str) -> bool {
    !pod.host_network()
        && pod
            .main_containers()
            .all(|container| container.ports().next().is_some())
        && ports(pod).all(|(_, known, p)| known != Some(number) || p != protocol)
}
