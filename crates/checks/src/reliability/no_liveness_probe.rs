//! Containers without a liveness probe.

use catseye_model::PodView;

use super::probes;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container has no liveness probe
    ///
    /// Kubernetes restarts a container whose process ends. One that hangs, in a deadlock or after
    /// it lost its database, it keeps forever, unless a liveness probe tells. It is a note for a
    /// container that declares no port and stands behind no Service.
    ///
    /// **Fix:** Ask the process something that only a working one answers, and nothing about the
    /// services that it depends on:
    /// ```yaml
    /// livenessProbe:
    ///   httpGet:
    ///     path: /livez
    ///     port: 8080
    ///   failureThreshold: 6
    /// ```
    "REL-005" {
        severity: Low,
        rows: ["H05"],
        fails: [
            r"
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: a}
spec:
  template:
    spec:
      containers:
      - {name: app, image: i, readinessProbe: {tcpSocket: {port: 80}}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  restartPolicy: Always
  containers:
  - {name: app, image: i, ports: [{containerPort: 80}]}
  - {name: serves-nothing, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: undeclared-port, labels: {app: a}}
spec:
  containers:
  - {name: app, image: i}
---
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {selector: {app: a}, ports: [{port: 80}]}
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    spec:
      initContainers:
      - {name: setup, image: i}
      containers:
      - {name: app, image: i, livenessProbe: {tcpSocket: {port: 80}}}
",
            r"
apiVersion: batch/v1
kind: Job
metadata: {name: a}
spec:
  template:
    spec:
      containers:
      - {name: app, image: i}
---
apiVersion: v1
kind: Pod
metadata: {name: once}
spec:
  restartPolicy: Never
  containers:
  - {name: app, image: i}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    for container in probes::without(pod, "livenessProbe") {
        found.in_container_severity(
            probes::weight(pod, container, context),
            container,
            "livenessProbe",
            "has no liveness probe",
        );
    }
}
