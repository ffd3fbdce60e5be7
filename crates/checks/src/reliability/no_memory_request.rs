//! Containers without a memory request.

use catseye_model::PodView;

use super::resources::{Resource, Side, judge};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container requests no memory
    ///
    /// The scheduler counts a container without a memory request as needing none and fills its node
    /// past what it holds. When the node then runs out of memory, such a container is the first
    /// to be evicted or killed. A container without a memory limit either is weighed by REL-103, since a
    /// limit would be its request as well, and only noted here.
    ///
    /// **Fix:** Request the memory that the container uses on an ordinary day:
    /// ```yaml
    /// resources:
    ///   requests:
    ///     memory: 128Mi
    /// ```
    "REL-102" {
        severity: Low,
        rows: ["H04"],
        fails: [
            r"
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: a}
spec:
  template:
    spec:
      containers:
      - {name: app, image: i, resources: {requests: {cpu: 100m}}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: limited-as-a-whole}
spec:
  resources: {limits: {memory: 1Gi}}
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
  containers:
  - {name: app, image: i, resources: {requests: {memory: 64Mi}}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    judge(pod, context, found, Side::Requests, Resource::Memory);
}
