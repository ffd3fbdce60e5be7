//! All capabilities dropped, but not as `ALL`.

use catseye_model::PodView;

use super::capabilities_not_dropped::drops_everything;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Capabilities are dropped in a way that Pod Security does not accept
    ///
    /// The container drops every capability, by single names or as `all`. That works today, but
    /// admission at level `restricted` compares with `ALL` exactly and refuses the pod, and a list of
    /// names misses what a later runtime grants.
    ///
    /// **Fix:** Write it as the standard does:
    /// ```yaml
    /// securityContext:
    ///   capabilities:
    ///     drop: [ALL]
    /// ```
    "POD-312" {
        severity: Info,
        rows: ["A12"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {capabilities: {drop: [all]}}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {capabilities: {drop: [NET_RAW, ALL]}}}
  - {name: nothing-dropped, image: i}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    if pod.is_windows() {
        return;
    }
    for container in &pod.containers {
        let says_all = container
            .security
            .dropped_capabilities()
            .any(|name| name == "ALL");
        if !says_all && drops_everything(container) {
            found.in_container(
                container,
                "securityContext.capabilities.drop",
                "drops all capabilities without saying ALL",
            );
        }
    }
}
