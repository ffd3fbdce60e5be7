//! `runAsGroup` below 10000.

use catseye_model::PodView;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

/// Ids below are given to groups of the node.
const FIRST_HIGH_ID: i64 = 10_000;

check! {
    /// A container runs with a group id that a node's own group may have
    ///
    /// Without a user namespace, a group id in a container is the same id on the node. Ids below
    /// 10000 belong to groups there (`disk`, `docker`, `adm`), so a process that leaves the container
    /// has what those groups may touch.
    ///
    /// **Fix:** Run in a group with a high id:
    /// ```yaml
    /// securityContext:
    ///   runAsGroup: 10001
    /// ```
    "POD-325" {
        severity: Info,
        rows: ["A25"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  securityContext: {runAsGroup: 3000}
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
  securityContext: {runAsGroup: 3000}
  containers:
  - {name: app, image: i, securityContext: {runAsGroup: 10000}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: unset-or-root}
spec:
  containers:
  - {name: unset, image: i}
  - {name: root-is-another-check, image: i, securityContext: {runAsGroup: 0}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    if pod.runs_on_windows() || pod.own_user_namespace() {
        return;
    }
    for container in &pod.containers {
        if let Some(id) = pod.run_as_group(container)
            && (1..FIRST_HIGH_ID).contains(&id)
        {
            found.in_container(
                container,
                "securityContext.runAsGroup",
                format!("runs in group {id}, below {FIRST_HIGH_ID}"),
            );
        }
    }
}
