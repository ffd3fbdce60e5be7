//! `windowsOptions.hostProcess: true`.

use catseye_model::PodView;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;
use crate::pss::windows_host_process::CONTROL;

check! {
    /// A Windows container runs as a process of its node
    ///
    /// A HostProcess container is no container: it runs on the Windows node itself, in the node's
    /// network, as a service account such as `NT AUTHORITY\SYSTEM`. It reads and changes everything
    /// there, including the credentials of the kubelet and of other pods.
    ///
    /// **Fix:** Remove `hostProcess: true`. Node agents that need it belong in a namespace of their
    /// own.
    "POD-019" {
        severity: Critical,
        rows: ["A19"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  os: {name: windows}
  hostNetwork: true
  securityContext: {windowsOptions: {hostProcess: true, runAsUserName: 'NT AUTHORITY\SYSTEM'}}
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, securityContext: {windowsOptions: {hostProcess: true}}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  os: {name: windows}
  securityContext: {windowsOptions: {runAsUserName: ContainerUser}}
  containers:
  - {name: app, image: i, securityContext: {windowsOptions: {hostProcess: false}}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    for violation in CONTROL.violations(context.version(), pod) {
        found.violation(violation);
    }
}
