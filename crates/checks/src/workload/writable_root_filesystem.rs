//! `readOnlyRootFilesystem` not true.

use catseye_model::PodView;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container can write to its own file system
    ///
    /// With a writable root file system an attacker replaces the application's programs and
    /// libraries, drops tools and leaves a back door that runs until the pod is replaced. Files
    /// written there are also lost on restart and fill the node's disk.
    ///
    /// Containers that run as long as the pod are judged; init containers that end before the
    /// application starts are not, nor are Windows pods, which have no such setting.
    ///
    /// **Fix:** Make it read-only, and mount an `emptyDir` where the application writes:
    /// ```yaml
    /// containers:
    /// - name: app
    ///   securityContext:
    ///     readOnlyRootFilesystem: true
    ///   volumeMounts:
    ///   - {name: tmp, mountPath: /tmp}
    /// volumes:
    /// - name: tmp
    ///   emptyDir: {sizeLimit: 100Mi}
    /// ```
    "POD-026" {
        severity: Low,
        rows: ["A26"],
        fails: [
            r"
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: a}
spec:
  template:
    spec:
      containers:
      - {name: silent, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  initContainers:
  - {name: sidecar, image: i, restartPolicy: Always, securityContext: {readOnlyRootFilesystem: false}}
  containers:
  - {name: app, image: i, securityContext: {readOnlyRootFilesystem: true}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  initContainers:
  - {name: setup, image: i}
  containers:
  - {name: app, image: i, securityContext: {readOnlyRootFilesystem: true}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: windows}
spec:
  nodeSelector: {kubernetes.io/os: windows}
  containers:
  - {name: app, image: i}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    if pod.runs_on_windows() {
        return;
    }
    for container in pod.long_running_containers() {
        if container.security.read_only_root_filesystem != Some(true) {
            found.in_container(
                container,
                "securityContext.readOnlyRootFilesystem",
                "the root file system is writable",
            );
        }
    }
}
