//! Containers without a CPU limit.

use catseye_model::PodView;

use super::resources::{Resource, Side, judge};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container has no CPU limit
    ///
    /// A container without a CPU limit may take every idle core of its node. That is fair between
    /// containers with honest requests, but it lets a coin miner in one container, or a runaway
    /// loop, starve neighbours whose requests are too small, and it keeps the pod out of the
    /// Guaranteed class.
    ///
    /// **Fix:** Set a limit, for tenants and untrusted code at least, or a default for the whole
    /// namespace in a LimitRange:
    /// ```yaml
    /// resources:
    ///   limits:
    ///     cpu: "1"
    /// ```
    "REL-101" {
        severity: Info,
        rows: ["H04"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  initContainers:
  - {name: sidecar, image: i, restartPolicy: Always}
  containers:
  - {name: app, image: i, resources: {requests: {cpu: 1}, limits: {memory: 1Gi}}}
",
        ],
        passes: [
            r"
apiVersion: extensions.agents.x-k8s.io/v1beta1
kind: SandboxTemplate
metadata: {name: a}
spec:
  podTemplate:
    spec:
      containers:
      - {name: app, image: i, resources: {limits: {cpu: 500m}}}
",
            r"
apiVersion: v1
kind: LimitRange
metadata: {name: defaults}
spec:
  limits:
  - {type: Container, max: {cpu: 2}}
---
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    judge(pod, context, found, Side::Limits, Resource::Cpu);
}
