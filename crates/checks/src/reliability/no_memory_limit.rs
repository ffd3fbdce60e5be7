//! Containers without a memory limit.

use catseye_model::PodView;

use super::resources::{Resource, Side, judge};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container has no memory limit
    ///
    /// Memory cannot be taken back from a process: a container without a limit that leaks, or that
    /// an attacker makes allocate, takes its node down with every pod on it. With a limit, that
    /// container alone is killed.
    ///
    /// **Fix:** Set a limit, best equal to the request:
    /// ```yaml
    /// resources:
    ///   requests:
    ///     memory: 128Mi
    ///   limits:
    ///     memory: 128Mi
    /// ```
    "REL-103" {
        severity: Medium,
        rows: ["H04"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, resources: {requests: {memory: 64Mi}, limits: {cpu: 1}}}
  - {name: empty, image: i, resources: {limits: {memory: null}}}
",
            r"
apiVersion: v1
kind: LimitRange
metadata: {name: defaults, namespace: elsewhere}
spec:
  limits:
  - {type: Container, default: {memory: 1Gi}}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  initContainers:
  - {name: setup, image: i}
  containers:
  - {name: app, image: i, resources: {limits: {memory: 64Mi}}}
",
            r"
apiVersion: v1
kind: LimitRange
metadata: {name: defaults, namespace: shop}
spec:
  limits:
  - {type: Container, default: {memory: 1Gi}}
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
    judge(pod, context, found, Side::Limits, Resource::Memory);
}
