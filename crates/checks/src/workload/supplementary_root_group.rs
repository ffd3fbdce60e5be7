//! `supplementalGroups: [0]`.

use catseye_model::Value;
use catseye_model::{Fields, PodView};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A pod's processes are members of the root group
    ///
    /// `supplementalGroups` puts every process of the pod into the groups it lists. With group 0
    /// among them, a process of any user reads and writes what the root group may, in the image and
    /// on mounted volumes.
    ///
    /// **Fix:** Take group 0 out of the list, and give shared volumes a group of their own with
    /// `fsGroup`:
    /// ```yaml
    /// securityContext:
    ///   supplementalGroups: [20001]
    /// ```
    "POD-225" {
        severity: Low,
        rows: ["A25"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  securityContext: {supplementalGroups: [4000, 0]}
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
  securityContext: {supplementalGroups: [10, 4000]}
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: none}
spec:
  securityContext: {supplementalGroups: []}
  containers:
  - {name: app, image: i}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    if pod.runs_on_windows() || pod.own_user_namespace() {
        return;
    }
    let groups = pod.security.value.list("supplementalGroups");
    if groups
        .iter()
        .any(|group| Value::integer(group, "") == Some(0))
    {
        found.at(
            pod.path("securityContext.supplementalGroups"),
            "every process is a member of group 0",
        );
    }
}
