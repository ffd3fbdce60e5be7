//! Program run from a place that anybody may write.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Program run from a place that anybody may write
    ///
    /// Nothing that belongs to an image lies in `/tmp`, `/var/tmp` or `/dev/shm`. `/dev/shm` is in memory
    /// and open to every user even where the root file system is read-only.
    ///
    /// **Benign:** Installers and just-in-time compilers that unpack into `/tmp`.
    ///
    /// **Respond:** Take the file for analysis; mount these places `noexec`.
    "RUN-009" {
        severity: Medium,
        attack: DefenseEvasion "T1036.005",
        on: ["exec"],
        fires: [
            r#"{exec: "/dev/shm/x"}"#,
            r#"{exec: "/tmp/a/run.sh", by: sh}"#,
        ],
        quiet: [
            r#"{exec: "/usr/bin/ls /tmp"}"#,
            r#"{exec: "/tmp/go-build123/b001/exe/main", by: go}"#,
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    let path = scene.process().executable.as_str();
    if !scene.in_container() || !places::is_for_everybody(path) || path.contains("/go-build") {
        return;
    }
    found.say(format!("{} runs {path}", scene.who()));
    if path.starts_with("/dev/shm/") {
        found.at(Severity::High);
    }
}
