//! `runAsUser` below 10000.

use catseye_model::PodView;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

/// Ids below are given to people and services of the node.
const FIRST_HIGH_ID: i64 = 10_000;

check! {
    /// A container runs with a user id that a node's own user may have
    ///
    /// Without a user namespace, a user id in a container is the same id on the node. Ids below
    /// 10000 belong to accounts and services there, so whoever leaves the container through a mount
    /// or a kernel flaw owns the files and may signal the processes of that account.
    ///
    /// **Fix:** Build the image for a high user id and say so:
    /// ```yaml
    /// securityContext:
    ///   runAsUser: 10001
    ///   runAsGroup: 10001
    ///   runAsNonRoot: true
    /// ```
    "POD-025" {
        severity: Low,
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
            r"
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          securityContext: {runAsUser: 9999}
          containers:
          - {name: inherits, image: i}
          - {name: high, image: i, securityContext: {runAsUser: 10000}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  securityContext: {runAsUser: 1000}
  containers:
  - {name: app, image: i, securityContext: {runAsUser: 65532}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: root-is-another-check}
spec:
  containers:
  - {name: app, image: i, securityContext: {runAsUser: 0}}
  - {name: image-decides, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: mapped}
spec:
  hostUsers: false
  securityContext: {runAsUser: 1000}
  containers:
  - {name: app, image: i}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    // In its own user namespace the pod's ids are nobody's on the node.
    if pod.runs_on_windows() || pod.own_user_namespace() {
        return;
    }
    for container in &pod.containers {
        match pod.run_as_user(container) {
            Some(id) if (1..FIRST_HIGH_ID).contains(&id) => found.in_container(
                container,
                "securityContext.runAsUser",
                format!("runs as user {id}, below {FIRST_HIGH_ID}"),
            ),
            Some(_) => {}
            None => found.unknown("the image decides the user id of a container"),
        }
    }
}
