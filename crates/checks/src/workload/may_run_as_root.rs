//! Neither `runAsNonRoot` nor a user id keeps the container from running as root.

use catseye_model::{Container, PodView, Version};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container may run as root
    ///
    /// Nothing in the manifest keeps the container from running as user 0, so the image decides, and
    /// most images say root. Root in a container is root on the node as soon as one wall is missing:
    /// a mounted folder, a kernel flaw, a runtime flaw such as CVE-2019-5736 or CVE-2024-21626.
    ///
    /// **Fix:** Refuse root for the pod, and name the user where the image does not:
    /// ```yaml
    /// spec:
    ///   securityContext:
    ///     runAsNonRoot: true
    ///     runAsUser: 10001
    /// ```
    "POD-021" {
        severity: Medium,
        rows: ["A21"],
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
  securityContext: {runAsNonRoot: true}
  containers:
  - {name: app, image: i, securityContext: {runAsNonRoot: false}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  securityContext: {runAsNonRoot: true}
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {runAsUser: 1000}}
",
            // Root in a user namespace is nobody on the node.
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  hostUsers: false
  containers:
  - {name: app, image: i}
",
            // The check of user id 0 answers this one.
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {runAsUser: 0}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    if root_is_nobody(pod, context) {
        return;
    }
    for container in &pod.containers {
        // With a user id the image has no say.
        if pod.run_as_non_root(container) != Some(true) && pod.run_as_user(container).is_none() {
            found.in_container(
                container,
                "securityContext.runAsNonRoot",
                message(container),
            );
        }
    }
}

/// True when the container starts as root, or nothing keeps it from it.
pub(super) fn may_be_root(pod: &PodView<'_>, container: &Container<'_>) -> bool {
    match pod.run_as_user(container) {
        Some(user) => user == 0,
        None => pod.run_as_non_root(container) != Some(true),
    }
}

fn message(container: &Container<'_>) -> &'static str {
    match container.security.run_as_non_root {
        Some(false) => "sets runAsNonRoot to false",
        _ => "does not set runAsNonRoot or a user id",
    }
}

/// From 1.35 on the standard lets pods with a user namespace run as any user.
pub(super) fn root_is_nobody(pod: &PodView<'_>, context: &Context<'_>) -> bool {
    pod.own_user_namespace() && context.version() >= Version::minor(35)
}
