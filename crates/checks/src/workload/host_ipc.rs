//! `hostIPC: true`.

use catseye_model::PodView;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A pod shares the node's inter-process communication
    ///
    /// With `hostIPC` the containers read and write the shared memory, semaphores and message queues
    /// of the node's processes and of every other pod that does the same. Databases and browsers keep
    /// data there without encryption, and few check who wrote it.
    ///
    /// **Fix:** Remove `hostIPC: true`. Containers of one pod share their inter-process communication
    /// anyway; for more shared memory mount an `emptyDir` with `medium: Memory` at `/dev/shm`.
    "POD-003" {
        severity: High,
        rows: ["A03"],
        fails: [
            r"
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: a}
spec:
  template:
    spec:
      hostIPC: true
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
  hostIPC: false
  hostPID: true
  containers:
  - {name: app, image: i}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    if pod.host_ipc() {
        found.at(
            pod.path("hostIPC"),
            "shares the node's inter-process communication",
        );
    }
}
