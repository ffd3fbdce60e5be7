//! `runAsGroup: 0`, `fsGroup: 0`.

use catseye_model::{Fields, PodView};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container runs in the root group
    ///
    /// Group 0 owns much of an image's file system and of what is mounted from the node, often with
    /// write permission for the group. An attacker who runs as an ordinary user but in group 0
    /// rewrites those files and so changes what root runs next.
    ///
    /// **Fix:** Give the container and its volumes a group of their own:
    /// ```yaml
    /// securityContext:
    ///   runAsGroup: 10001
    ///   fsGroup: 10001
    /// ```
    "POD-125" {
        severity: Low,
        rows: ["A25"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {runAsUser: 10001, runAsGroup: 0}}
",
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    spec:
      securityContext: {fsGroup: 0}
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
  securityContext: {runAsGroup: 0, fsGroup: 3000}
  containers:
  - {name: app, image: i, securityContext: {runAsGroup: 3000}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: mapped}
spec:
  hostUsers: false
  containers:
  - {name: app, image: i, securityContext: {runAsGroup: 0}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    if pod.runs_on_windows() || pod.own_user_namespace() {
        return;
    }
    if pod.security.value.integer("fsGroup") == Some(0) {
        found.at(
            pod.path("securityContext.fsGroup"),
            "volumes are owned by group 0",
        );
    }
    for container in &pod.containers {
        if pod.run_as_group(container) == Some(0) {
            found.in_container(container, "securityContext.runAsGroup", "runs in group 0");
        }
    }
}
