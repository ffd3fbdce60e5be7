//! Root without a user namespace.

use catseye_model::{Fields, PodView, Version};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

/// User namespaces are on by default from this version on.
const SINCE: Version = Version::minor(33);

check! {
    /// Root in a container is root on the node
    ///
    /// The container runs as user 0 and its pod shares the node's user namespace, so that a flaw that
    /// breaks out of the container arrives on the node as root. In a user namespace of its own
    /// (`hostUsers: false`, on by default from Kubernetes 1.33) it would arrive there as nobody.
    ///
    /// **Fix:** Run as another user or, where the application insists on root:
    /// ```yaml
    /// spec:
    ///   hostUsers: false
    /// ```
    /// The node's kernel and file systems must support idmapped mounts; see
    /// <https://kubernetes.io/docs/concepts/workloads/pods/user-namespaces/>.
    "POD-031" {
        severity: Info,
        rows: ["A31"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {runAsUser: 0}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: mapped}
spec:
  hostUsers: false
  containers:
  - {name: app, image: i, securityContext: {runAsUser: 0}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: may-not-have-one}
spec:
  hostNetwork: true
  containers:
  - {name: app, image: i, securityContext: {runAsUser: 0}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: not-root}
spec:
  securityContext: {runAsUser: 0}
  containers:
  - {name: app, image: i, securityContext: {runAsUser: 10001}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    // The API server refuses a user namespace beside the node's other namespaces and block devices.
    let refused = pod.host_network()
        || pod.host_pid()
        || pod.host_ipc()
        || pod
            .containers
            .iter()
            .any(|container| !container.value.list("volumeDevices").is_empty());
    if context.version() < SINCE || pod.own_user_namespace() || pod.runs_on_windows() || refused {
        return;
    }
    let mut roots = pod
        .containers
        .iter()
        .filter(|container| pod.run_as_user(container) == Some(0));
    if let Some(first) = roots.next() {
        let others = roots.count();
        let message = match others {
            0 => format!("container {} runs as root of the node", first.name),
            _ => format!(
                "container {} and {others} more run as root of the node",
                first.name
            ),
        };
        found.at(pod.path("hostUsers"), message);
    }
}
