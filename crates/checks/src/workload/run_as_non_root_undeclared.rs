//! A user id without `runAsNonRoot: true`.

use catseye_model::PodView;

use super::may_run_as_root::root_is_nobody;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container names its user but does not refuse root
    ///
    /// The container runs as the user id that it names, today. Without `runAsNonRoot: true` nothing
    /// notices when that line is lost in an overlay or a chart value, and a namespace at level
    /// `restricted` refuses the pod.
    ///
    /// **Fix:** Say both:
    /// ```yaml
    /// securityContext:
    ///   runAsNonRoot: true
    ///   runAsUser: 10001
    /// ```
    "POD-121" {
        severity: Info,
        rows: ["A21"],
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
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  securityContext: {runAsNonRoot: false}
  containers:
  - {name: app, image: i, securityContext: {runAsNonRoot: true}}
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
  - {name: app, image: i, securityContext: {runAsUser: 1000}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: no-user, image: i}
  - {name: root, image: i, securityContext: {runAsUser: 0}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    if root_is_nobody(pod, context) {
        return;
    }
    let all_refuse_root = |pod: &PodView<'_>| {
        pod.containers
            .iter()
            .all(|container| container.security.run_as_non_root == Some(true))
    };
    if pod.security.run_as_non_root == Some(false) && all_refuse_root(pod) {
        found.at(
            pod.path("securityContext.runAsNonRoot"),
            "sets runAsNonRoot to false, against all its containers",
        );
    }
    for container in &pod.containers {
        let names_user = pod.run_as_user(container).is_some_and(|user| user != 0);
        if names_user && pod.run_as_non_root(container) != Some(true) {
            found.in_container(
                container,
                "securityContext.runAsNonRoot",
                "does not set runAsNonRoot",
            );
        }
    }
}
