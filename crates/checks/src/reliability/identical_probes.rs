//! Liveness probes that restart what readiness would have rested.

use catseye_model::PodView;
use catseye_model::Value;

use super::probes::{patience, question};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Liveness and readiness probes are the same
    ///
    /// A readiness probe takes a busy container out of its Services until it recovers; a liveness
    /// probe restarts it. Where both ask the same and the liveness probe is no more patient, every
    /// slow moment ends in a restart, and under load the restarts go round all replicas: the
    /// outage feeds itself.
    ///
    /// **Fix:** Let the liveness probe ask less, or wait longer than the readiness probe:
    /// ```yaml
    /// livenessProbe:
    ///   httpGet: {path: /livez, port: 8080}
    ///   failureThreshold: 6
    /// readinessProbe:
    ///   httpGet: {path: /readyz, port: 8080}
    /// ```
    "REL-107" {
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
      - name: app
        image: i
        livenessProbe: {httpGet: {path: /healthz, port: 80}, initialDelaySeconds: 30}
        readinessProbe: {httpGet: {path: /healthz, port: 80}}
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
      containers:
      - name: patient
        image: i
        livenessProbe: {httpGet: {path: /healthz, port: 80}, failureThreshold: 6}
        readinessProbe: {httpGet: {path: /healthz, port: 80}}
      - name: different
        image: i
        livenessProbe: {httpGet: {path: /livez, port: 80}}
        readinessProbe: {httpGet: {path: /readyz, port: 80}}
      - {name: none, image: i}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for container in pod.long_running_containers() {
        let probe = |field: &str| container.value.get(field).filter(|p| p.is_object());
        let Some((liveness, readiness)) = probe("livenessProbe").zip(probe("readinessProbe"))
        else {
            continue;
        };
        if same_question(liveness, readiness) && patience(liveness) <= patience(readiness) {
            found.in_container(
                container,
                "livenessProbe",
                "asks what the readiness probe asks and is no more patient",
            );
        }
    }
}

fn same_question(liveness: &Value, readiness: &Value) -> bool {
    question(liveness).is_some() && question(liveness) == question(readiness)
}
