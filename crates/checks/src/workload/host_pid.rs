//! `hostPID: true`.

use catseye_model::PodView;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A pod sees the node's processes
    ///
    /// With `hostPID` the containers list every process of the node and read what `/proc` tells of
    /// it: command lines, and for a process of the same user also environment and open files, which
    /// hold tokens and keys of other pods. With root or `SYS_PTRACE` it is also the way to write
    /// into those processes.
    ///
    /// **Fix:** Remove `hostPID: true`. Where the containers of one pod must see each other, use:
    /// ```yaml
    /// spec:
    ///   shareProcessNamespace: true
    /// ```
    "POD-002" {
        severity: High,
        rows: ["A02"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  hostPID: true
  containers:
  - {name: app, image: i}
",
        ],
        passes: [
            r"
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          hostPID: false
          hostIPC: true
          shareProcessNamespace: true
          containers:
          - {name: app, image: i}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    if pod.host_pid() {
        found.at(pod.path("hostPID"), "sees the node's processes");
    }
}
