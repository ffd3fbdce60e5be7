//! Replicas that may all land on one node.

use catseye_model::{Fields, PodView};

use super::scaling::Replicas;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Replicas are not spread over nodes
    ///
    /// Without a topology spread constraint or pod anti-affinity only the scheduler's mild default
    /// keeps replicas apart, and it gives way to image locality and free space. Replicas that share
    /// a node or a zone fail together.
    ///
    /// **Fix:** Spread them, best over zones as well:
    /// ```yaml
    /// topologySpreadConstraints:
    /// - maxSkew: 1
    ///   topologyKey: kubernetes.io/hostname
    ///   whenUnsatisfiable: ScheduleAnyway
    ///   labelSelector:
    ///     matchLabels:
    ///       app: cart
    /// ```
    "REL-112" {
        severity: Info,
        rows: ["H06"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  replicas: 2
  template:
    spec:
      affinity: {nodeAffinity: {}, podAntiAffinity: {}}
      containers: [{name: app, image: i}]
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  replicas: 2
  template:
    spec:
      topologySpreadConstraints:
      - {maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule}
      containers: [{name: app, image: i}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: a}
spec:
  replicas: 2
  template:
    spec:
      affinity:
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
          - {weight: 1, podAffinityTerm: {topologyKey: kubernetes.io/hostname}}
      containers: [{name: app, image: i}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: one}
spec:
  replicas: 1
  template: {spec: {containers: [{name: app, image: i}]}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    let several = Replicas::of(pod.object, context).is_some_and(|replicas| replicas.least() > 1);
    if !several || !pod.spec.list("topologySpreadConstraints").is_empty() {
        return;
    }
    let anti_affinity = pod.spec.at("affinity.podAntiAffinity");
    let apart = [
        "requiredDuringSchedulingIgnoredDuringExecution",
        "preferredDuringSchedulingIgnoredDuringExecution",
    ]
    .into_iter()
    .any(|strength| !anti_affinity.list(strength).is_empty());
    if !apart {
        found.at(
            pod.path("topologySpreadConstraints"),
            "nothing keeps the replicas on different nodes",
        );
    }
}
