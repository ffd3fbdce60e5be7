//! Package manager in a container.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Package manager in a container
    ///
    /// Packages belong into the image. What is installed into a running container is a tool that somebody
    /// misses there: a scanner, a compiler, a client.
    ///
    /// **Benign:** Entry points that install at start, CI jobs, and people who debug.
    ///
    /// **Respond:** Ask who is in the container; make the root file system read-only.
    "RUN-007" {
        severity: Medium,
        attack: CommandAndControl "T1105",
        on: ["exec"],
        fires: [
            r#"{exec: "apt-get install -y nmap", by: bash}"#,
            r#"{exec: "apk add --no-cache curl", by: sh}"#,
            r#"{exec: "pip3 install requests", by: sh}"#,
        ],
        quiet: [
            r#"{exec: "apt-get install -y nmap", by: bash, at: host}"#,
            r#"{exec: "pip3 list", by: sh}"#,
            r#"{exec: "npm start", by: sh}"#,
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    if scene.in_container() && programs::installs(scene.program(), scene.argv()) {
        found.say(format!(
            "{} installs packages: {}",
            scene.who(),
            scene.process().command_line()
        ));
    }
}
