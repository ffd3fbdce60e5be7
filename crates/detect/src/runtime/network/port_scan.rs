//! Port scan.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Port scan
    ///
    /// Connections to many different addresses or ports within a minute, most of which come to nothing.
    /// That is how one finds out what there is.
    ///
    /// **Benign:** Monitoring that probes everything, and clients of a service whose many pods are gone.
    ///
    /// **Respond:** See which process scans; a NetworkPolicy with default deny leaves it nothing to find.
    "RUN-067" {
        severity: High,
        attack: Discovery "T1046",
        on: ["flow"],
        fires: [
            r#"{flow: {peer: 10.0.0.9, port: "1{n}", failed: 1}, repeat: 40, process: "/tmp/x"}"#,
            r#"{flow: {peer: "10.0.{n}.9", port: 22, denied: 1}, repeat: 40, process: "/tmp/x"}"#,
        ],
        quiet: [
            r"{flow: {peer: 10.0.0.9, port: 5432, failed: 1}, repeat: 60}",
            r#"{flow: {peer: "10.0.{n}.9", port: 9090}, repeat: 60, process: prometheus}"#,
        ],
        run: Sequence(run),
    }
}

/// So many different doors that stayed shut within the window.
const MANY: usize = 30;
const WITHIN_SECONDS: i64 = 120;

fn run(scene: &Scene<'_>, window: &mut Window<'_>, found: &mut Found) {
    let Some(flow) = scene.flow() else {
        return;
    };
    let shut = flow.failed > 0 || flow.denied > 0 || flow.resets > 0;
    if flow.direction != Direction::Out || !shut || flow.port == 53 {
        return;
    }
    let key = scene.subject_key();
    let (peer, port) = (flow.peer.to_string(), flow.port.to_string());
    if let Some(count) = window.reaches(MANY, WITHIN_SECONDS, &[&key], &[&peer, &port]) {
        found
            .say(format!(
                "{} knocked at {count} doors that stayed shut within two minutes",
                scene.who()
            ))
            .with("flow.peer", format!("{peer}:{port}"));
    }
}
