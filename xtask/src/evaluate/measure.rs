//! From alerts to numbers.
#![allow(
    clippy::cast_precision_loss,
    reason = "counts of alerts and days are far below 2^52"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::detectors::{Detector, Facts};
use super::{Alert, Scenario};

/// Incidents a day that somebody has time for.
const BUDGETS: [usize; 3] = [1, 5, 20];

/// What a detector has found, in words.
pub(super) fn words(detector: &Detector, scenarios: &[Scenario], facts: &Facts) -> String {
    // Writing to a String does not fail.
    let mut text = String::new();
    let shown: Vec<&Alert> = detector.alerts.iter().filter(|alert| alert.shown).collect();
    let per_day = shown.len() as f64 / facts.days() as f64;
    let _ = writeln!(text, "  alerts {} ({per_day:.1} a day)", shown.len());
    let kinds: BTreeSet<&str> = scenarios.iter().map(|it| it.kind.as_str()).collect();
    for kind in &kinds {
        let of_kind: Vec<&Scenario> = scenarios.iter().filter(|it| it.kind == *kind).collect();
        let mut line = format!("  {kind:<9}");
        for budget in BUDGETS {
            let found = found(&of_kind, &within(&detector.alerts, budget));
            line += "  @";
            line += &budget.to_string();
            line += ": ";
            line += &share(found.len(), of_kind.len());
        }
        let all = found(&of_kind, &shown);
        line += "  all: ";
        line += &share(all.len(), of_kind.len());
        let _ = writeln!(text, "{line}");
        let missed: Vec<&str> = of_kind
            .iter()
            .filter(|scenario| !all.contains(scenario.name.as_str()))
            .map(|scenario| scenario.name.as_str())
            .collect();
        if !missed.is_empty() {
            let _ = writeln!(text, "    missed: {}", missed.join(", "));
        }
        let delays = delays(&of_kind, &shown, facts);
        if let Some((calls, seconds)) = median(&delays) {
            let _ = writeln!(
                text,
                "    time to detection, median: {calls} requests of the scenario before, {seconds} s"
            );
        }
    }
    if !scenarios.is_empty() {
        let labelled: BTreeSet<&String> = scenarios.iter().flat_map(|it| &it.events).collect();
        for budget in BUDGETS {
            let taken = within(&detector.alerts, budget);
            let right = taken
                .iter()
                .filter(|alert| alert.events.keys().any(|id| labelled.contains(id)))
                .count();
            let _ = writeln!(text, "  precision @{budget}: {}", share(right, taken.len()));
        }
    }
    text
}

/// The alerts that are shown when only the first `budget` of every day are.
pub(super) fn within(alerts: &[Alert], budget: usize) -> Vec<&Alert> {
    let mut days: BTreeMap<i64, Vec<&Alert>> = BTreeMap::new();
    for alert in alerts.iter().filter(|alert| alert.shown) {
        let day = alert.time.as_second().div_euclid(86_400);
        days.entry(day).or_default().push(alert);
    }
    for day in days.values_mut() {
        day.sort_by(|a, b| {
            b.rank
                .0
                .cmp(&a.rank.0)
                .then_with(|| b.rank.1.total_cmp(&a.rank.1))
                .then_with(|| a.time.cmp(&b.time))
        });
        day.truncate(budget);
    }
    days.into_values().flatten().collect()
}

/// The scenarios of which an event is evidence of one of the alerts.
pub(super) fn found<'s>(scenarios: &[&'s Scenario], alerts: &[&Alert]) -> BTreeSet<&'s str> {
    scenarios
        .iter()
        .filter(|scenario| {
            alerts.iter().any(|alert| {
                scenario
                    .events
                    .iter()
                    .any(|id| alert.events.contains_key(id))
            })
        })
        .map(|scenario| scenario.name.as_str())
        .collect()
}

/// For each scenario that is found: how many of its requests, and how many seconds, had passed when
/// an alert with evidence of it was first shown.
fn delays(scenarios: &[&Scenario], alerts: &[&Alert], facts: &Facts) -> Vec<(usize, i64)> {
    let mut delays = Vec::new();
    for scenario in scenarios {
        let first = alerts
            .iter()
            .filter_map(|alert| {
                let evidence = scenario.events.iter().filter_map(|id| alert.events.get(id));
                // The evidence alone shows nothing before the alert is severe enough.
                Some(evidence.map(|(time, _)| *time).min()?.max(alert.time))
            })
            .min();
        let times = scenario.events.iter().filter_map(|id| facts.places.get(id));
        let times: Vec<_> = times.map(|(time, _)| *time).collect();
        if let (Some(first), Some(begin)) = (first, times.iter().min()) {
            let before = times.iter().filter(|time| **time < first).count();
            delays.push((before, first.as_second() - begin.as_second()));
        }
    }
    delays
}

fn median(delays: &[(usize, i64)]) -> Option<(usize, i64)> {
    let mut calls: Vec<usize> = delays.iter().map(|(calls, _)| *calls).collect();
    let mut seconds: Vec<i64> = delays.iter().map(|(_, seconds)| *seconds).collect();
    calls.sort_unstable();
    seconds.sort_unstable();
    Some((
        *calls.get(calls.len() / 2)?,
        *seconds.get(seconds.len() / 2)?,
    ))
}

/// `18/20 (90 %, 70–97)`: with the Wilson interval of 95 %, for the numbers are small.
pub(super) fn share(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "0/0".to_owned();
    }
    let (n, p, z) = (whole as f64, part as f64 / whole as f64, 1.96_f64);
    let middle = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let reach = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let percent = |share: f64| (100.0 * share.clamp(0.0, 1.0)).round();
    format!(
        "{part}/{whole} ({} %, {}–{})",
        percent(p),
        percent(middle - reach),
        percent(middle + reach)
    )
}
