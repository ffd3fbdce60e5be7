//! Executable that is not of the image.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Executable that is not of the image
    ///
    /// The file that runs was written after the container started. An image brings all that it needs, so
    /// this is something that was fetched, compiled or dropped. It needs no learning: the upper layer of
    /// the file system says so.
    ///
    /// **Benign:** Images that unpack or update themselves at start, and CI jobs that build what they run.
    ///
    /// **Respond:** Take the file for analysis (`/proc/PID/exe` while it runs), find out who wrote it, and
    /// make the root file system read-only.
    "RUN-003" {
        severity: High,
        attack: Execution "T1105",
        on: ["exec"],
        fires: [
            r#"{exec: "/tmp/x", origin: upper, by: sh}"#,
            r#"{exec: "/usr/local/bin/tool --run", origin: upper}"#,
            r#"{exec: "/tmp/runc -c x", origin: upper, by: sh}"#,
        ],
        quiet: [
            r#"{exec: "/usr/bin/curl -V", origin: image}"#,
            r#"{exec: "/tmp/x", origin: upper, at: host}"#,
            r#"{exec: "/usr/bin/runc init", origin: host, by: containerd-shim-runc-v2}"#,
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    if scene.in_container() && scene.process().origin == FileOrigin::Upper {
        found
            .say(format!(
                "{} runs {}, which the image does not hold",
                scene.who(),
                scene.process().executable
            ))
            .with("process.origin", "upper");
    }
}
