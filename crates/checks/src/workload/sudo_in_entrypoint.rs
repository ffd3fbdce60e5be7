//! `sudo` in command or args.

use catseye_model::PodView;

use super::script::{entrypoint, programs};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container starts its program through sudo
    ///
    /// `sudo` in the entry point means that the image lets its user become root without a password,
    /// and that privilege escalation is left on for it. Whoever runs code as that user becomes root in
    /// the container with one word.
    ///
    /// **Fix:** Do in the image, at build time, what needs root; grant the one capability that is
    /// needed at run time; start the program itself and set `allowPrivilegeEscalation: false`.
    "POD-033" {
        severity: Medium,
        rows: ["A33"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: exec, image: i, command: [/usr/bin/sudo, -E, /app]}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: shell, image: i, command: [sh, -c], args: ['sysctl -a && sudo /app']}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: one-word, image: i, command: ['sudo printenv'], args: [HOME]}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: installs, image: i, command: [sh, -c, 'apk add sudo; /opt/sudoku --level=sudo']}
  - {name: named, image: i, command: [/app], args: [--user, sudo]}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for container in &pod.containers {
        for word in entrypoint(container) {
            if word.text.contains("sudo") && programs(word.text).any(|program| program == "sudo") {
                found.in_container_at(container, word.path(container), "starts through sudo");
            }
        }
    }
}
