//! Contact with a listed address.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Contact with a listed address
    ///
    /// The peer stands on a list of addresses that serve malware, command servers or attacks. The message
    /// says which list and how old it is: addresses change hands, so an old list is a weak hint.
    ///
    /// **Benign:** Shared hosting, and addresses that were given to somebody else since.
    ///
    /// **Respond:** Isolate the pod if the list is young; look at the process that talked, and at what came
    /// before.
    "RUN-060" {
        severity: High,
        attack: CommandAndControl "T1071",
        needs: [ListedAddresses],
        on: ["flow"],
        fires: [
            r#"given: {addresses: [203.0.113.9]}
---
{flow: {peer: 203.0.113.9, port: 443}, process: "/app/server"}"#,
            r"given: {addresses: [203.0.113.0/24]}
---
{flow: {peer: 203.0.113.200, port: 8080, direction: in}}",
        ],
        quiet: [
            r"given: {addresses: [203.0.113.9]}
---
{flow: {peer: 203.0.113.10, port: 443}}",
            r"given: {addresses: [203.0.113.9]}
---
{flow: {peer: 203.0.113.9, port: 443, verdict: denied, denied: 1}, second: 1}
---
{exec: ls}",
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    let Some(flow) = scene.flow() else {
        return;
    };
    let Some(list) = scene.config.intel.address(flow.peer) else {
        return;
    };
    let age = list.age_days(scene.event.time);
    let age_words = age.map_or_else(
        || "of unknown age".to_owned(),
        |days| format!("{days} days old"),
    );
    if flow.verdict == Verdict::Denied {
        // The firewall did its work; the list is told by what it denied.
        return;
    }
    let words = match flow.direction {
        Direction::Out => "talked to",
        Direction::In => "was called by",
    };
    found
        .say(format!(
            "{} {words} {}, which is on the list {} ({age_words})",
            scene.who(),
            scene.peer_words(),
            list.name
        ))
        .with("flow.peer", flow.peer.to_string());
    // The internet knocks at every door: what comes in from a bad address is no news.
    if flow.direction == Direction::In || age.is_some_and(|days| days > 90) {
        found.lower_to(Severity::Low);
    }
}
