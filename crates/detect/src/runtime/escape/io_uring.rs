//! io_uring used in a container.

use crate::runtime::prelude::*;

runtime_rule! {
    /// io_uring used in a container
    ///
    /// What a process does by io_uring, sensors that look at system calls do not see, and its code has had
    /// many holes. Common seccomp profiles refuse it.
    ///
    /// **Benign:** Some databases and proxies use it for speed.
    ///
    /// **Respond:** Refuse it by a seccomp profile (`RuntimeDefault`) where it is not needed.
    "RUN-028" {
        severity: Low,
        attack: DefenseEvasion "T1106",
        on: ["call"],
        fires: [
            r#"{call: {function: io_uring_setup}, process: "/tmp/x"}"#,
        ],
        quiet: [
            r"{call: {function: io_uring_setup}, process: qemu, at: host}",
            r#"{call: {function: keyctl}, process: "/tmp/x"}"#,
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    if let Activity::Call(call) = &scene.event.what
        && scene.in_container()
        && call.function.starts_with("io_uring")
    {
        found.say(format!("{} uses io_uring", scene.who()));
    }
}
