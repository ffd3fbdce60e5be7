//! Containers without a CPU request.

use catseye_model::PodView;

use super::resources::{Resource, Side, judge};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container requests no CPU
    ///
    /// The scheduler counts a container without a CPU request as needing nothing, so it packs its
    /// node past what the cores can serve; under pressure the kernel gives such a container the
    /// smallest share. Autoscaling by CPU utilisation does not work without requests either.
    ///
    /// **Fix:** Request what the container uses on an ordinary day:
    /// ```yaml
    /// resources:
    ///   requests:
    ///     cpu: 100m
    /// ```
    "REL-004" {
        severity: Low,
        rows: ["H04"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    spec:
      containers:
      - {name: app, image: i, resources: {requests: {memory: 64Mi}}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: only-a-limit, image: i, resources: {limits: {cpu: 500m}}}
",
        ],
        passes: [
            r"
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          initContainers:
          - {name: setup, image: i}
          containers:
          - {name: app, image: i, resources: {requests: {cpu: 1}}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: for-the-whole-pod}
spec:
  resources: {requests: {cpu: 100m}}
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: LimitRange
metadata: {name: defaults, namespace: shop}
spec:
  limits:
  - {type: Container, defaultRequest: {cpu: 50m}}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    judge(pod, context, found, Side::Requests, Resource::Cpu);
}
