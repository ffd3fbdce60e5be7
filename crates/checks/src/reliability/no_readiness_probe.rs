//! Containers without a readiness probe.

use catseye_model::PodView;

use super::probes;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container has no readiness probe
    ///
    /// Without a readiness probe a pod counts as ready as soon as its process starts: Services send
    /// it requests that it cannot answer yet, and a rolling update replaces every old pod although
    /// none of the new ones works. It is a note for a container that declares no port and stands behind
    /// no Service.
    ///
    /// **Fix:** Ask whether the container can serve a request now:
    /// ```yaml
    /// readinessProbe:
    ///   httpGet:
    ///     path: /readyz
    ///     port: 8080
    /// ```
    "REL-106" {
        severity: Low,
        rows: ["H05"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    spec:
      containers:
      - {name: app, image: i, livenessProbe: {tcpSocket: {port: 80}}}
      - {name: second, image: i}
      - {name: serves, image: i, ports: [{containerPort: 80}]}
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: a}
spec:
  template:
    spec:
      initContainers:
      - {name: sidecar, image: i, restartPolicy: Always}
      containers:
      - {name: app, image: i, readinessProbe: {exec: {command: [/ready]}}}
",
            r"
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers:
          - {name: app, image: i}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    for container in probes::without(pod, "readinessProbe") {
        found.in_container_severity(
            probes::weight(pod, container, context),
            container,
            "readinessProbe",
            "has no readiness probe",
        );
    }
}
