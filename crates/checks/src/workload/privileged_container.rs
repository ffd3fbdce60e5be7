//! `privileged: true`.

use catseye_model::PodView;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container runs privileged
    ///
    /// A privileged container holds every capability and every device of its node, and neither
    /// seccomp nor AppArmor confines it. Whoever gets code to run in it mounts the node's disk and
    /// owns the node, every pod on it and every token in those pods.
    ///
    /// **Fix:** Remove `privileged: true`. Where one device or one capability is needed, grant that
    /// alone:
    /// ```yaml
    /// securityContext:
    ///   privileged: false
    ///   capabilities:
    ///     drop: [ALL]
    ///     add: [NET_BIND_SERVICE]
    /// ```
    "POD-001" {
        severity: Critical,
        rows: ["A01"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  initContainers:
  - {name: setup, image: i, securityContext: {privileged: true}}
  containers:
  - {name: app, image: i}
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    spec:
      containers:
      - {name: app, image: i, securityContext: {privileged: false}}
      - {name: silent, image: i}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for container in &pod.containers {
        if container.security.privileged == Some(true) {
            found.in_container(container, "securityContext.privileged", "runs privileged");
        }
    }
}
