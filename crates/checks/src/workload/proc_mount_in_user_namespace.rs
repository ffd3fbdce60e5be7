//! `procMount: Unmasked` in a user namespace of its own.

use catseye_model::PodView;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;
use crate::pss::{proc_mount_baseline, proc_mount_restricted};

check! {
    /// A container in a user namespace sees /proc without its masks
    ///
    /// The user namespace keeps the worst away, since root in the pod is nobody on the node. What
    /// the kernel shows to anyone under `/proc` still tells of the node, and more of the kernel is in
    /// reach. A namespace at level `restricted` refuses the pod.
    ///
    /// **Fix:** Remove `procMount: Unmasked` unless the pod runs containers itself.
    "POD-113" {
        severity: Low,
        rows: ["A13"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  hostUsers: false
  containers:
  - {name: app, image: i, securityContext: {procMount: Unmasked}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  hostUsers: false
  containers:
  - {name: app, image: i, securityContext: {procMount: Default}}
",
            // The check of pods in the node's user namespace answers this one.
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {procMount: Unmasked}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    let version = context.version();
    let forbidden = proc_mount_restricted::CONTROL.violations(version, pod);
    if forbidden.is_empty()
        || !proc_mount_baseline::CONTROL
            .violations(version, pod)
            .is_empty()
    {
        return;
    }
    for violation in forbidden {
        found.violation(violation);
    }
}
