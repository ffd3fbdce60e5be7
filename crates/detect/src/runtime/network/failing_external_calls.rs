//! Calls to an external API begin to fail.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Calls to an external API begin to fail
    ///
    /// Most calls to a name outside the cluster fail within ten minutes: the other side is down, has shut
    /// you out, or something on the way has changed. It is no attack by itself, and often the first that
    /// anybody notices.
    ///
    /// **Benign:** Outages of others.
    ///
    /// **Respond:** Look at the status of the other side, at changed credentials, and at policies for
    /// egress.
    "RUN-068" {
        severity: Low,
        attack: Impact "T1499",
        on: ["flow"],
        fires: [
            r#"{flow: {peer: 203.0.113.9, port: 443, names: [api.example.com], count: 10, failed: 9, client_port: "5{n}"}, repeat: 12}"#,
        ],
        quiet: [
            r#"{flow: {peer: 203.0.113.9, port: 443, names: [api.example.com], count: 10, failed: 1, client_port: "5{n}"}, repeat: 12}"#,
            r"{flow: {peer: 10.0.0.9, port: 443, count: 10, failed: 9}, repeat: 20}",
        ],
        run: Sequence(run),
    }
}

/// So many intervals in which most calls failed.
const MANY: usize = 10;
const WITHIN_SECONDS: i64 = 600;

fn run(scene: &Scene<'_>, window: &mut Window<'_>, found: &mut Found) {
    let Some(flow) = scene.flow() else {
        return;
    };
    let most_fail = flow.failed > 0 && 2 * flow.failed > flow.count;
    if flow.direction != Direction::Out || !is_public(flow.peer) || !most_fail {
        return;
    }
    let key = scene.subject_key();
    let name = flow
        .name()
        .map_or_else(|| flow.peer.to_string(), str::to_owned);
    let time = scene.event.time.to_string();
    if window
        .reaches(MANY, WITHIN_SECONDS, &[&key, &name], &[&time])
        .is_some()
    {
        found
            .say(format!("most calls to {name} fail"))
            .with("flow.failed", format!("{} of {}", flow.failed, flow.count));
    }
}
