//! Calls to an external API multiply.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Calls to an external API multiply
    ///
    /// The number of calls to a name outside the cluster is many times what it was in the intervals before.
    /// A loop that costs money, data that leaves in pieces, or somebody else who uses your key.
    ///
    /// **Benign:** A new release, a batch, the end of a month.
    ///
    /// **Respond:** See which process calls and what changed in it; look at the bill.
    "RUN-069" {
        severity: Low,
        attack: Impact "T1499",
        on: ["flow"],
        fires: [
            r#"{flow: {peer: 203.0.113.9, port: 443, names: [api.example.com], count: 10, since: "2026-01-05T09:59:00Z"}, repeat: 12}
---
{flow: {peer: 203.0.113.9, port: 443, names: [api.example.com], count: 900, since: "2026-01-05T09:59:00Z"}}"#,
        ],
        quiet: [
            r#"{flow: {peer: 203.0.113.9, port: 443, names: [api.example.com], count: 10, since: "2026-01-05T09:59:00Z"}, repeat: 12}
---
{flow: {peer: 203.0.113.9, port: 443, names: [api.example.com], count: 60, since: "2026-01-05T09:59:00Z"}}"#,
            r#"{flow: {peer: 203.0.113.9, port: 443, names: [api.example.com], count: 900, since: "2026-01-05T09:59:00Z"}}"#,
        ],
        run: Sequence(run),
    }
}

/// So many intervals must have been seen before a change is one.
const KNOWN: u64 = 8;
/// So many times the mean, and the mean's spread, is a change.
const TIMES: f64 = 8.0;
/// Fewer calls are no harm.
const LEAST: u64 = 200;
const WITHIN_SECONDS: i64 = 86_400;

fn run(scene: &Scene<'_>, window: &mut Window<'_>, found: &mut Found) {
    let Some(flow) = scene.flow() else {
        return;
    };
    // Sources that tell single connections have no intervals to compare.
    if flow.direction != Direction::Out
        || !is_public(flow.peer)
        || flow.since.is_none()
        || flow.count == 0
    {
        return;
    }
    let key = scene.subject_key();
    let name = flow
        .name()
        .map_or_else(|| flow.peer.to_string(), str::to_owned);
    let before = window.recall(&[&key, &name], WITHIN_SECONDS).and_then(read);
    let (seen, mean) = before.unwrap_or((0, 0.0));
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of calls are far below 2^52"
    )]
    let count = flow.count as f64;
    if seen >= KNOWN && flow.count >= LEAST && count > TIMES * mean {
        found
            .say(format!(
                "{} calls to {name} in an interval that has {mean:.0} on average",
                flow.count
            ))
            .with("flow.count", flow.count.to_string());
        return;
    }
    let mean = if seen == 0 {
        count
    } else {
        mean + (count - mean) * 0.2
    };
    window.keep(&[&key, &name], &format!("{} {mean}", seen + 1));
}

/// What is kept: how many intervals, and their mean.
fn read(text: &str) -> Option<(u64, f64)> {
    let (seen, mean) = text.split_once(' ')?;
    Some((seen.parse().ok()?, mean.parse().ok()?))
}
