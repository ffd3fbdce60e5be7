//! Attack tool.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Attack tool
    ///
    /// A program whose name is that of a scanner, a tunnel or a tool for breaking out of containers.
    ///
    /// **Benign:** Tests that somebody has ordered.
    ///
    /// **Respond:** Ask whether a test is going on; if not, isolate the pod and look at how the tool came
    /// in.
    "RUN-010" {
        severity: High,
        attack: Discovery "T1046",
        on: ["exec"],
        fires: [
            r#"{exec: "nmap -sS 10.0.0.0/16", by: sh}"#,
            r#"{exec: "/tmp/peirates", by: sh}"#,
        ],
        quiet: [
            r#"{exec: "nginx"}"#,
            r#"{exec: "cat /usr/share/doc/nmap", by: sh}"#,
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    if programs::is_attack_tool(scene.program()) {
        found.say(format!(
            "{} runs {}",
            scene.who(),
            scene.process().command_line()
        ));
    }
}
