//! `sysctls` outside the safe set.

use catseye_model::PodView;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;
use crate::pss::sysctls::CONTROL;

check! {
    /// A pod sets unsafe kernel parameters
    ///
    /// The kernel does not keep these parameters apart for pods, or does not limit what they cost, so
    /// one pod changes memory, queues or network of the whole node. Kubelets refuse them unless an
    /// administrator allows each one, and then the pod also ties itself to such nodes.
    ///
    /// **Fix:** Remove the parameter, or set it on the nodes. Which ones are safe grows with the
    /// Kubernetes version; see <https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/>.
    "POD-018" {
        severity: Medium,
        rows: ["A18"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  securityContext:
    sysctls:
    - {name: net.ipv4.tcp_syncookies, value: '1'}
    - {name: kernel.msgmax, value: '65536'}
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
  securityContext:
    sysctls:
    - {name: kernel.shm_rmid_forced, value: '1'}
    - {name: net.ipv4.ip_unprivileged_port_start, value: '0'}
    - {name: net.ipv4.tcp_keepalive_time, value: '60'}
  containers:
  - {name: app, image: i}
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
