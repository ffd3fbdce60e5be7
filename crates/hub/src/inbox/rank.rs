//! The place of a row in the list: a sum that says what it is made of.

use std::collections::BTreeSet;

use catseye_model::Severity;

use super::incident::{Incident, Moment, Rank, Source, Term};

/// So many tactics make a chain.
const CHAIN: usize = 3;

/// How severe evidence is together, and the number of tactics where they make a chain.
pub(super) fn severity(moments: &[Moment]) -> (Severity, Option<usize>) {
    let worst = moments
        .iter()
        .map(|it| it.severity)
        .max()
        .unwrap_or_default();
    let tactics: BTreeSet<&str> = moments
        .iter()
        .filter(|moment| moment.severity >= Severity::Medium)
        .filter_map(|moment| moment.tactic.as_deref())
        .collect();
    if tactics.len() < CHAIN || worst < Severity::Medium {
        return (worst, None);
    }
    let raised = match worst {
        Severity::Medium => Severity::High,
        _ => Severity::Critical,
    };
    (raised, Some(tactics.len()))
}

/// The sum.
pub(super) fn rank(row: &Incident, chain: Option<usize>) -> Rank {
    let mut terms = Vec::new();
    let mut add = |points: f64, because: String| {
        let points = (points * 10.0).round() / 10.0;
        if points != 0.0 {
            terms.push(Term { points, because });
        }
    };
    let mut worst: Vec<&Moment> = row.timeline.iter().collect();
    worst.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.first.cmp(&b.first)));
    if let Some(moment) = worst.first() {
        let because = format!("{}: {} [{}]", moment.severity, moment.title, moment.id);
        add(points(moment.severity), because);
    }
    // Each further piece counts half: a hundred small things never outrank one grave one.
    let (mut more, mut share) = (0.0, 0.5);
    for moment in worst.iter().skip(1) {
        more += share * points(moment.severity);
        share /= 2.0;
    }
    let others = worst.len().saturating_sub(1);
    if others > 0 {
        add(more, format!("{others} more pieces of evidence"));
    }
    if let Some(tactics) = chain {
        add(15.0, format!("a chain of {tactics} tactics"));
    }
    let surprise: f64 = row
        .timeline
        .iter()
        .filter_map(|moment| moment.receipt.as_ref())
        .map(|receipt| receipt.parts.iter().map(|part| part.points).sum::<f64>())
        .fold(0.0, f64::max);
    add(
        (surprise / 2.0).min(10.0),
        "unlike this actor's past".to_owned(),
    );
    if let Some(path) = &row.path {
        let worth = match path.jewel.as_str() {
            "the whole cluster" => 20.0,
            "a node" => 12.0,
            _ => 6.0,
        };
        let because = format!("leads on to {} ({} %)", path.to, path.chance);
        add(worth * (path.chance / 100.0).sqrt(), because);
    }
    let faults: usize = row.subjects.iter().map(|it| it.findings.len()).sum();
    if faults > 0 && row.subjects.iter().any(|it| it.exists) {
        #[expect(clippy::cast_precision_loss, reason = "a handful")]
        let points = (faults as f64).min(5.0);
        add(points, "grave findings on what it is about".to_owned());
    }
    if row.to_validate {
        add(4.0, "a person has to say whether it is meant".to_owned());
    }
    let by_delivery = row.sources.iter().all(|source| *source == Source::Health);
    if by_delivery && !row.sources.is_empty() {
        add(-2.0, "about operation, not about an attack".to_owned());
    }
    Rank {
        points: terms.iter().map(|term| term.points).sum(),
        terms,
    }
}

fn points(severity: Severity) -> f64 {
    match severity {
        Severity::Info => 1.0,
        Severity::Low => 8.0,
        Severity::Medium => 24.0,
        Severity::High => 50.0,
        Severity::Critical => 90.0,
    }
}
