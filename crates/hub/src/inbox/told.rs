//! What of a row the world outside has been told, and what it is to be told next.
//!
//! A new row is not told at once: within seconds its evidence, the way of attack and the fix come together,
//! and one message with all of them is worth more than four. What is told stands in the row itself, so that
//! it is kept with it and a restart tells nothing twice.

use catseye_model::Severity;
use catseye_report::alert::{self, Alert, Evidence, Reason};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::incident::{Incident, Source};

/// A row that did not change for so long is told.
const QUIET: SignedDuration = SignedDuration::from_secs(3);
/// One that keeps changing is told after so long.
const LONGEST: SignedDuration = SignedDuration::from_secs(20);

/// What was told of a row last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The version.
    pub version: u64,
    /// How bad it was.
    pub severity: Severity,
    /// Whether somebody had to look at it.
    pub active: bool,
}

impl Told {
    /// What is told of a row now.
    pub(super) fn of(row: &Incident) -> Self {
        Told {
            version: row.version,
            severity: row.severity,
            active: row.state.is_active(),
        }
    }
}

/// What is to be done about a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// Nothing yet.
    Nothing,
    /// It counts as told, and nobody hears of it.
    Silently,
    /// It is told.
    Tell(Reason),
}

/// What is to be told of a row.
pub(super) fn due(row: &Incident, now: Timestamp) -> Due {
    let is_active = row.state.is_active();
    let Some(told) = &row.told else {
        if !is_active {
            return Due::Silently;
        }
        let waits = row.held_back || !has_settled(row, now);
        return if waits {
            Due::Nothing
        } else {
            Due::Tell(Reason::Opened)
        };
    };
    if told.version == row.version {
        return Due::Nothing;
    }
    match (told.active, is_active) {
        (true, false) => Due::Tell(Reason::Resolved),
        (false, false) => Due::Silently,
        (_, true) if row.held_back || !has_settled(row, now) => Due::Nothing,
        (false, true) => Due::Tell(Reason::Reopened),
        (true, true) if row.severity > told.severity => Due::Tell(Reason::Escalated),
        (true, true) => Due::Tell(Reason::Updated),
    }
}

fn has_settled(row: &Incident, now: Timestamp) -> bool {
    now.duration_since(row.updated) >= QUIET || now.duration_since(row.known_since) >= LONGEST
}

/// A row as it is told. `dashboard` is the address of the page that shows it.
pub(crate) fn alert(
    row: &Incident,
    reason: Reason,
    cluster: &str,
    dashboard: Option<&str>,
    now: Timestamp,
) -> Alert {
    let path = row.path.as_ref().map(|way| {
        let steps: Vec<&str> = way
            .steps
            .iter()
            .map(|step| step.sentence.as_str())
            .collect();
        format!(
            "{} to {} ({:.1} %): {}",
            way.from,
            way.to,
            way.chance,
            steps.join("; ")
        )
    });
    let fix = row.fix.as_ref().map(|fix| {
        format!(
            "{}: {} (risk {} to {}, ways {} to {})",
            fix.object,
            fix.changes.join("; "),
            fix.score_before,
            fix.score_after,
            fix.ways_before,
            fix.ways_after
        )
    });
    Alert {
        form: alert::VERSION,
        id: row.id.clone(),
        version: row.version,
        reason,
        cluster: cluster.to_owned(),
        severity: row.severity,
        title: row.title.clone(),
        summary: row.why_now.clone(),
        sources: row.sources.iter().map(|it| it.name().to_owned()).collect(),
        actor: row.actor.as_ref().map(|actor| actor.name.clone()),
        subjects: row
            .subjects
            .iter()
            .map(|subject| alert::Subject {
                group: subject.object.group.clone(),
                kind: subject.object.kind.clone(),
                namespace: subject.object.namespace.clone(),
                name: subject.object.name.clone(),
            })
            .collect(),
        owner: row.owner.clone(),
        application: row.application.clone(),
        tactics: row.tactics.clone(),
        techniques: row.techniques.clone(),
        evidence: row
            .timeline
            .iter()
            .map(|moment| Evidence {
                time: moment.first,
                count: moment.count,
                id: moment.id.clone(),
                sentence: moment.sentence.clone(),
                severity: moment.severity,
            })
            .collect(),
        path,
        fix,
        advice: row.advice.clone(),
        first: row.first,
        last: row.last,
        time: now,
        link: dashboard.map(|url| format!("{}/incidents/{}", url.trim_end_matches('/'), row.id)),
    }
}

impl Source {
    /// The word used in every output.
    pub fn name(self) -> &'static str {
        match self {
            Source::Audit => "audit",
            Source::Anomaly => "anomaly",
            Source::Posture => "posture",
            Source::Exposure => "exposure",
            Source::Supply => "supply",
            Source::Delivery => "delivery",
            Source::Health => "health",
            Source::Drift => "drift",
            Source::Runtime => "runtime",
        }
    }
}
