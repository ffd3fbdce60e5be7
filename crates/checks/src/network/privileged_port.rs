//! A container port below 1024.

use catseye_model::PodView;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container listens on a privileged port
    ///
    /// Ports below 1024 need root or `NET_BIND_SERVICE` on many container runtimes, so such a
    /// container tends to run with more rights than its work needs.
    ///
    /// **Fix:** Listen on a port above 1023; a Service can still offer the well-known one:
    /// ```yaml
    /// # container
    /// ports: [{name: http, containerPort: 8080}]
    /// # Service
    /// ports: [{port: 80, targetPort: http}]
    /// ```
    "NET-025" {
        severity: Info,
        rows: ["D25"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: i, ports: [{containerPort: 8080}, {containerPort: 443}]}]}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: i, ports: [{containerPort: 1024}, {name: unset}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: windows}
spec: {os: {name: windows}, containers: [{name: a, image: i, ports: [{containerPort: 80}]}]}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    // Windows knows no privileged ports.
    if pod.is_windows() {
        return;
    }
    for container in &pod.containers {
        for port in container.ports() {
            if let Some(number) = port.number.filter(|number| (1..1024).contains(number)) {
                let path = container.path("ports").index(port.index);
                found.in_container_at(
                    container,
                    path.join("containerPort"),
                    format!("listens on privileged port {number}"),
                );
            }
        }
    }
}
