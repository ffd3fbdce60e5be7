//! Connections refused by a policy.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Connections refused by a policy
    ///
    /// A workload keeps trying what a policy refuses. Either the policy is wrong, or somebody looks for a
    /// way.
    ///
    /// **Benign:** A policy that forgot something; the application will complain too.
    ///
    /// **Respond:** Compare with what the workload did before: `catseye network map` shows what is observed
    /// and not allowed.
    "RUN-070" {
        severity: Low,
        attack: Discovery "T1046",
        on: ["flow"],
        fires: [
            r#"{flow: {peer: "10.0.{n}.9", port: 443, verdict: denied, denied: 1}, repeat: 6}"#,
        ],
        quiet: [
            r"{flow: {peer: 10.0.0.9, port: 443, verdict: denied, denied: 1}, repeat: 30}",
            r"{flow: {peer: 10.0.0.9, port: 443}}",
        ],
        run: Sequence(run),
    }
}

/// So many different peers that were refused.
const MANY: usize = 5;
const WITHIN_SECONDS: i64 = 3600;

fn run(scene: &Scene<'_>, window: &mut Window<'_>, found: &mut Found) {
    let Some(flow) = scene.flow() else {
        return;
    };
    if flow.verdict != Verdict::Denied || flow.direction != Direction::Out {
        return;
    }
    let key = scene.subject_key();
    let (peer, port) = (flow.peer.to_string(), flow.port.to_string());
    if let Some(count) = window.reaches(MANY, WITHIN_SECONDS, &[&key], &[&peer, &port]) {
        found
            .say(format!(
                "{} was refused {count} different peers within an hour",
                scene.who()
            ))
            .with("flow.peer", peer);
    }
}
