//! No seccomp profile, at container or pod.

use catseye_model::PodView;

use super::capabilities_not_dropped::weight;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container has no seccomp profile
    ///
    /// Unless the kubelet is told otherwise (`seccompDefault`), a container without a profile may
    /// make every system call of the kernel. The runtime's profile takes away those that containers
    /// do not need and kernel exploits do. A privileged container runs without one whatever it says, so
    /// there it is a note.
    ///
    /// **Fix:** Set it once for the pod:
    /// ```yaml
    /// spec:
    ///   securityContext:
    ///     seccompProfile:
    ///       type: RuntimeDefault
    /// ```
    "POD-015" {
        severity: Low,
        rows: ["A15"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {seccompProfile: {type: RuntimeDefault}}}
  - {name: sidecar, image: i}
",
            // Privileged, it gains nothing from the field.
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {privileged: true}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  securityContext: {seccompProfile: {type: RuntimeDefault}}
  containers:
  - {name: app, image: i}
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
            // The check of unconfined pods answers this one.
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  securityContext: {seccompProfile: {type: Unconfined}}
  containers:
  - {name: app, image: i}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    if pod.is_windows() {
        return;
    }
    for container in &pod.containers {
        if pod.seccomp(container).is_none() {
            found.in_container_severity(
                weight(container),
                container,
                "securityContext.seccompProfile",
                "has no seccomp profile",
            );
        }
    }
}
