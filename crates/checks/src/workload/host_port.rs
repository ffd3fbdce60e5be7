//! `hostPort` in `ports`.

use catseye_model::PodView;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container takes a port of its node
    ///
    /// A host port is reachable at the node's address, past Services, Ingress and, with many network
    /// plugins, past NetworkPolicies. It also binds the workload to nodes where the port is free, so
    /// that a second replica may stay pending.
    ///
    /// **Fix:** Remove `hostPort` and expose the port by a Service:
    /// ```yaml
    /// ports:
    /// - containerPort: 8080
    /// ```
    "POD-005" {
        severity: Medium,
        rows: ["A05"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, ports: [{containerPort: 80}, {containerPort: 8080, hostPort: 80}]}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  hostNetwork: true
  containers:
  - {name: app, image: i, ports: [{containerPort: 8080, hostPort: 80}]}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, ports: [{containerPort: 80, hostPort: 0}, {containerPort: 81}]}
",
            // The API server writes hostPort into every port of a pod in the node's network.
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  hostNetwork: true
  containers:
  - {name: app, image: i, ports: [{containerPort: 80, hostPort: 80}]}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for container in &pod.containers {
        for port in container.ports() {
            let Some(number) = port.host_port.filter(|number| *number != 0) else {
                continue;
            };
            if pod.host_network() && port.number == Some(number) {
                continue;
            }
            let path = container.path("ports").index(port.index).join("hostPort");
            found.in_container_at(container, path, format!("takes port {number} of the node"));
        }
    }
}
