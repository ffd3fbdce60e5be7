//! No `runAsGroup`, at container or pod.

use catseye_model::PodView;

use super::may_run_as_root::root_is_nobody;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container's primary group is left to its image
    ///
    /// Where no group is named, the runtime takes the one of the image's user, and group 0 for a user
    /// id that the image does not know. Files of mounted volumes and of the node often belong to
    /// group 0 and are readable, or writable, for it.
    ///
    /// **Fix:** Name a group, for the pod or the container:
    /// ```yaml
    /// spec:
    ///   securityContext:
    ///     runAsGroup: 10001
    /// ```
    "POD-221" {
        severity: Info,
        rows: ["A25"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {runAsUser: 1000}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  securityContext: {runAsGroup: 1000}
  containers:
  - {name: app, image: i}
",
            // The check of the root group answers this one.
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {runAsGroup: 0}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  os: {name: windows}
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  hostUsers: false
  containers:
  - {name: app, image: i}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    if pod.is_windows() || root_is_nobody(pod, context) {
        return;
    }
    for container in &pod.containers {
        if pod.run_as_group(container).is_none() {
            found.in_container(
                container,
                "securityContext.runAsGroup",
                "does not set runAsGroup",
            );
        }
    }
}
