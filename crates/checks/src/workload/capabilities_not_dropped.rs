//! No `capabilities.drop: [ALL]`.

use catseye_model::{Container, PodView, Severity};

use super::dangerous_capability::same;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container keeps the runtime's default capabilities
    ///
    /// Without `drop: [ALL]` a process that becomes root holds some fourteen capabilities, among them
    /// to read any file of the container, to change owners, to forge packets and to create devices.
    /// Most container escapes of the last years needed one of them; hardly any application does. A
    /// privileged container holds every capability whatever it drops, so there it is a note.
    ///
    /// **Fix:** Drop all of them and add back what the application proves to need:
    /// ```yaml
    /// securityContext:
    ///   capabilities:
    ///     drop: [ALL]
    /// ```
    "POD-012" {
        severity: Low,
        rows: ["A12"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  securityContext: {capabilities: {drop: [ALL]}}
  containers:
  - {name: app, image: i, securityContext: {capabilities: {drop: [NET_RAW, MKNOD]}}}
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
  initContainers:
  - {name: spelled, image: i, securityContext: {capabilities: {drop: [all]}}}
  containers:
  - {name: app, image: i, securityContext: {capabilities: {drop: [ALL], add: [CHOWN]}}}
  - name: one-by-one
    image: i
    securityContext:
      capabilities:
        drop: [AUDIT_WRITE, CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, MKNOD, NET_BIND_SERVICE,
          NET_RAW, SETFCAP, SETGID, SETPCAP, SETUID, SYS_CHROOT]
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
        ],
        run: Pods(run),
    }
}

/// What containerd, CRI-O and Docker grant together when nothing is said.
const DEFAULT: [&str; 14] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    if pod.is_windows() {
        return;
    }
    for container in &pod.containers {
        if !drops_everything(container) {
            found.in_container_severity(
                weight(container),
                container,
                "securityContext.capabilities.drop",
                "does not drop all capabilities",
            );
        }
    }
}

/// What a confinement is worth that the container lacks: nothing where it runs privileged, since the
/// runtime then grants all capabilities and applies no seccomp profile.
pub(super) fn weight(container: &Container<'_>) -> Severity {
    match container.security.privileged {
        Some(true) => Severity::Info,
        _ => Severity::Low,
    }
}

/// True when no capability is left that is not added on purpose.
pub(super) fn drops_everything(container: &Container<'_>) -> bool {
    drops(container, "ALL") || DEFAULT.iter().all(|granted| drops(container, granted))
}

/// True when `drop` names the capability, in any spelling that a runtime understands.
pub(super) fn drops(container: &Container<'_>, capability: &str) -> bool {
    container
        .security
        .dropped_capabilities()
        .any(|dropped| same(dropped, capability))
}
