//! Miner.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Miner
    ///
    /// Somebody mines a currency at your cost. Miners come in by the same way as everything else, so the
    /// harm is seldom the bill alone.
    ///
    /// **Benign:** None known outside of testing.
    ///
    /// **Respond:** Stop the pod, keep its image and logs, and look for how it came in; the same way is
    /// open for the next one.
    "RUN-005" {
        severity: Critical,
        attack: Impact "T1496",
        on: ["exec"],
        fires: [
            r#"{exec: "/tmp/xmrig -o pool.example:3333 --donate-level 1", by: sh}"#,
            r#"{exec: "/tmp/.x -o stratum+tcp://pool.example:3333 -u 4A", by: sh}"#,
            r#"{exec: "/var/tmp/kdevtmpfsi"}"#,
        ],
        quiet: [
            r#"{exec: "grep xmrig /etc/hosts", by: bash}"#,
            r#"{exec: "node server.js"}"#,
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    // Who looks for a miner names it too.
    if programs::is_file_tool(scene.program())
        || matches!(scene.program(), "ps" | "pkill" | "pgrep" | "killall")
    {
        return;
    }
    if let Some(mark) = scene.command().miner() {
        found.say(format!("{} mines ({mark})", scene.who()));
    }
}
