//! Program that is in no file.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Program that is in no file
    ///
    /// The program runs from memory (`memfd_create`) or from a file that was removed at once. Nothing lies
    /// on a disk for a scanner to find; loaders of miners and rootkits do it for that reason.
    ///
    /// **Benign:** Container runtimes run themselves from memory before a container begins, which is told
    /// apart. A few packers of desktop programs do it too.
    ///
    /// **Respond:** Copy `/proc/PID/exe` before the process ends, then stop the pod and look for how the
    /// loader came in.
    "RUN-004" {
        severity: Critical,
        attack: DefenseEvasion "T1620",
        on: ["exec"],
        fires: [
            r#"{exec: "memfd:kworker", origin: memfd, by: python3}"#,
            r#"{exec: "/dev/shm/.x", origin: deleted, by: sh}"#,
            r#"{exec: "memfd:runc_cloned:/proc/self/exe init", origin: memfd, by: python3}"#,
        ],
        quiet: [
            r#"{exec: "memfd:runc_cloned:/proc/self/exe init", origin: memfd, by: runc}"#,
            r#"{exec: "/proc/self/exe init", origin: memfd, comm: exe}"#,
            r#"{exec: "/usr/sbin/nginx", origin: image}"#,
            r#"{exec: "/usr/bin/old", origin: deleted, by: systemd, at: host}"#,
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    if scene.is_container_runtime() {
        return;
    }
    let how = match scene.process().origin {
        FileOrigin::Memfd => "from memory",
        // An update of the node leaves running programs without a file; that is no container's.
        FileOrigin::Deleted if scene.in_container() => "from a file that was removed",
        _ => return,
    };
    found.say(format!(
        "{} runs {} {how}",
        scene.who(),
        scene.process().executable
    ));
}
