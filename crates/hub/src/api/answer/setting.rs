//! How the hub is set up.

use crate::api::ask::Ask;
use crate::api::contract::problem::Problem;
use crate::api::contract::setting::{AlertSink, BaselineRow, ExceptionRow, Settings};
use crate::api::routes::Nothing;
use crate::inbox::{Action, Filter, Incident, State, StateKind};

/// Incidents looked at.
const MOST: usize = 100_000;

pub(in crate::api) fn settings(ask: &Ask, _: Nothing) -> Result<Settings, Problem> {
    let (config, file) = ask.edge.config.clone();
    let hub = &ask.edge.hub;
    let sinks = hub.alerts().map(|alerts| alerts.sinks());
    let alerts = sinks.into_iter().flatten().map(|sink| AlertSink {
        name: sink.name,
        kind: sink.kind.to_owned(),
        target: sink.target,
        minimum: sink.minimum.to_string(),
        sent: sink.counts.delivered,
        dead: sink.counts.dead,
        last_error: sink.last_error,
    });
    let learned = hub.learned();
    Ok(Settings {
        config,
        file,
        exceptions: exceptions(ask),
        alerts: alerts.collect(),
        baselines: vec![BaselineRow {
            name: "audit".to_owned(),
            since: learned.since,
            actors: learned.actors,
            samples: learned.calls,
        }],
    })
}

/// What people accepted or called nothing, what expires first first.
fn exceptions(ask: &Ask) -> Vec<ExceptionRow> {
    let filter = Filter {
        states: vec![StateKind::Accepted, StateKind::FalsePositive],
        held_back: true,
        limit: MOST,
        ..Filter::default()
    };
    let incidents = ask.edge.hub.inbox().list(&filter).incidents;
    let mut rows: Vec<ExceptionRow> = incidents
        .iter()
        .filter_map(|incident| exception(ask, incident))
        .collect();
    rows.sort_by(|a, b| {
        let never = |row: &ExceptionRow| row.expires.is_none();
        (never(a), &a.expires, &a.origin).cmp(&(never(b), &b.expires, &b.origin))
    });
    rows
}

fn exception(ask: &Ask, incident: &Incident) -> Option<ExceptionRow> {
    let (reason, expires, action) = match &incident.state {
        State::Accepted { reason, expires } => (
            reason.clone(),
            Some(expires.to_string()),
            Action::Accept {
                reason: reason.clone(),
                expires: *expires,
            },
        ),
        State::FalsePositive { reason } => (
            reason.clone(),
            None,
            Action::FalsePositive {
                reason: reason.clone(),
            },
        ),
        _ => return None,
    };
    let preview = ask.edge.hub.preview(&incident.id, &action).ok()?;
    let settled = incident.history.last();
    Some(ExceptionRow {
        hides: preview.patterns.join("; "),
        reason,
        author: settled.map(|change| change.by.clone()),
        expires,
        origin: format!("incident {}", incident.id),
        matches: 1 + preview.hides.len() as u64,
        last_matched: settled
            .is_some_and(|change| incident.last > change.time)
            .then_some(incident.last),
    })
}
