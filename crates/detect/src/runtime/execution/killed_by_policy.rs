//! Process killed by a policy.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Process killed by a policy
    ///
    /// A policy that was set to enforce has stopped a process. That the attempt failed does not mean that
    /// whoever made it has gone.
    ///
    /// **Benign:** A profile that was enforced too early; the receipt says what it had learned.
    ///
    /// **Respond:** Look at the process and its parents; if it is legitimate, take the profile back to
    /// alert.
    "RUN-011" {
        severity: High,
        attack: Execution "T1609",
        on: ["killed"],
        fires: [
            r#"{killed: {by: profile, signal: 9}, process: "/tmp/x"}"#,
        ],
        quiet: [
            r#"{exit: {signal: 9}, process: "/tmp/x"}"#,
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    if let Activity::Killed(killed) = &scene.event.what {
        found
            .say(format!("{} was killed by {}", scene.who(), killed.by))
            .with("killed.signal", killed.signal.to_string());
    }
}
