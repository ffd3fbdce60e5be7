//! No `securityContext` at all.

use catseye_model::Value;
use catseye_model::{PodView, Role};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Nobody decided what a container may do
    ///
    /// Neither the container nor its pod has a security context, so that everything is left to the
    /// defaults: the image's user (often root), the runtime's capabilities, privilege escalation, a
    /// writable file system and, on most clusters, no seccomp filter.
    ///
    /// **Fix:** Start from the strictest context and loosen what the application needs:
    /// ```yaml
    /// securityContext:
    ///   runAsNonRoot: true
    ///   allowPrivilegeEscalation: false
    ///   readOnlyRootFilesystem: true
    ///   capabilities: {drop: [ALL]}
    ///   seccompProfile: {type: RuntimeDefault}
    /// ```
    "POD-027" {
        severity: Info,
        rows: ["A27"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: silent, image: i}
  - {name: decided, image: i, securityContext: {runAsNonRoot: true}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: empty}
spec:
  securityContext: {}
  containers:
  - {name: app, image: i, securityContext: {}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: by-pod}
spec:
  securityContext: {runAsUser: 10001}
  initContainers:
  - {name: setup, image: i}
  containers:
  - {name: app, image: i}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    if decides(pod.security.value) {
        return;
    }
    for container in &pod.containers {
        if container.role != Role::Ephemeral && !decides(container.security.value) {
            found.in_container(
                container,
                "securityContext",
                "neither the container nor the pod has a security context",
            );
        }
    }
}

fn decides(context: &Value) -> bool {
    context
        .as_object()
        .is_some_and(|fields| fields.values().any(|field| !field.is_null()))
}
