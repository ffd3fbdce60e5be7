//! `shareProcessNamespace: true`.

use catseye_model::{Fields, PodView, Role};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Containers of a pod see each other's processes
    ///
    /// With a shared process namespace each container lists the processes of the others, reads their
    /// environment and, through `/proc/PID/root`, their files, and may signal or trace those of the
    /// same user. A flaw in a small helper then gives up the secrets of the application beside it.
    ///
    /// **Fix:** Remove `shareProcessNamespace`. To debug, target one container with
    /// `kubectl debug --target`; to reload on change, let the application watch its files.
    "POD-030" {
        severity: Low,
        rows: ["A30"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  shareProcessNamespace: true
  initContainers:
  - {name: sidecar, image: i, restartPolicy: Always}
  containers:
  - {name: app, image: i}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: alone}
spec:
  shareProcessNamespace: true
  initContainers:
  - {name: setup, image: i}
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: two}
spec:
  shareProcessNamespace: false
  containers:
  - {name: app, image: i}
  - {name: helper, image: i}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    if pod.spec.flag("shareProcessNamespace") != Some(true) {
        return;
    }
    let neighbours = pod
        .containers
        .iter()
        .filter(|container| container.role != Role::Init || container.is_sidecar())
        .count();
    if neighbours > 1 {
        found.at(
            pod.path("shareProcessNamespace"),
            format!("{neighbours} containers share their processes"),
        );
    }
}
