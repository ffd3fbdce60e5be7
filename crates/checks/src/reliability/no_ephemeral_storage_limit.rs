//! Containers without a limit of ephemeral storage.

use catseye_model::PodView;

use super::resources::{Resource, Side, judge};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container has no limit of ephemeral storage
    ///
    /// Logs, the writable layer of a container and its emptyDir volumes lie on the disk of the node.
    /// A container that fills it, by a log loop or on purpose, puts the node under disk pressure,
    /// and the kubelet evicts pods that did nothing wrong.
    ///
    /// **Fix:** Set a limit; the pod that passes it is then evicted alone:
    /// ```yaml
    /// resources:
    ///   requests:
    ///     ephemeral-storage: 100Mi
    ///   limits:
    ///     ephemeral-storage: 1Gi
    /// ```
    "REL-105" {
        severity: Info,
        rows: ["H04"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, resources: {limits: {memory: 64Mi}}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, resources: {limits: {ephemeral-storage: 1Gi}}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    judge(
        pod,
        context,
        found,
        Side::Limits,
        Resource::EphemeralStorage,
    );
}
