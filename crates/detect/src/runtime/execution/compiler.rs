//! Compiler in a container.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Compiler in a container
    ///
    /// Exploits of the kernel are often compiled where they run, because they depend on it, and because no
    /// scanner knows what has not been built yet.
    ///
    /// **Benign:** CI jobs and images for developers; Python packages that are built at start.
    ///
    /// **Respond:** Look at the source file that was compiled and at what ran afterwards.
    "RUN-008" {
        severity: Medium,
        attack: DefenseEvasion "T1027.004",
        on: ["exec"],
        fires: [
            r#"{exec: "gcc -o /tmp/x /tmp/x.c", by: bash}"#,
        ],
        quiet: [
            r#"{exec: "gcc -o x x.c", by: make, at: host}"#,
            r#"{exec: "ldconfig", by: sh}"#,
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    if scene.in_container() && programs::is_compiler(scene.program()) {
        found.say(format!(
            "{} compiles: {}",
            scene.who(),
            scene.process().command_line()
        ));
        // In the images of builders it belongs there.
        if scene.parent() == "make" || scene.parent() == "cargo" || scene.parent() == "collect2" {
            found.lower_to(Severity::Low);
        }
    }
}
