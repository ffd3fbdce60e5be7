//! A seccomp profile from a file of the node.

use catseye_model::PodView;
use catseye_model::pod::Profile;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A seccomp profile is a file of the node
    ///
    /// A `Localhost` profile is as strict as the file on each node, which the manifest does not show:
    /// it may allow everything, differ between nodes, or be missing, and then the pod does not start.
    ///
    /// **Fix:** Use `RuntimeDefault` unless the profile is stricter, and distribute such a profile
    /// with an operator (Security Profiles Operator) rather than by hand.
    "POD-115" {
        severity: Info,
        rows: ["A15"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: app
    image: i
    securityContext: {seccompProfile: {type: Localhost, localhostProfile: a.json}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  securityContext: {seccompProfile: {type: RuntimeDefault}}
  containers:
  - {name: app, image: i, securityContext: {seccompProfile: {type: Unconfined}}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    const FIELD: &str = "securityContext.seccompProfile.type";
    let is_local = |profile: Profile<'_>| profile.kind == "Localhost";
    if pod.security.seccomp.is_some_and(is_local) {
        found.at(pod.path(FIELD), "uses a seccomp profile of the node");
    }
    for container in &pod.containers {
        if container.security.seccomp.is_some_and(is_local) {
            found.in_container(container, FIELD, "uses a seccomp profile of the node");
        }
    }
}
