//! Changes that wait for a person, or that people want to hear of.

use crate::api::ask::{Ask, passes, values};
use crate::api::contract::ObjectRef;
use crate::api::contract::change::{Change, ChangeFilter, ChangeKind, Validate, Validation};
use crate::api::contract::incident::Field;
use crate::api::contract::page::Page;
use crate::api::contract::problem::{Code, Problem};
use crate::api::routes::Nothing;
use crate::inbox::{Action, Filter, Incident, Moment, Source, State, StateKind};

/// Incidents looked at.
const MOST: usize = 100_000;

pub(in crate::api) fn list(ask: &Ask, filter: ChangeFilter) -> Result<Page<Change>, Problem> {
    let kinds = values(filter.kind.as_deref());
    let namespaces = values(filter.namespace.as_deref());
    let validations = values(filter.validation.as_deref());
    let wide = Filter {
        states: vec![
            StateKind::Open,
            StateKind::Acknowledged,
            StateKind::Resolved,
            StateKind::Accepted,
            StateKind::FalsePositive,
        ],
        sources: vec![
            Source::Exposure,
            Source::Supply,
            Source::Delivery,
            Source::Health,
        ],
        text: filter.text.clone(),
        since: filter.from,
        until: filter.to,
        held_back: true,
        limit: MOST,
        ..Filter::default()
    };
    let mut changes = Vec::new();
    for incident in ask.edge.hub.inbox().list(&wide).incidents {
        for (place, moment) in incident.timeline.iter().enumerate() {
            if let Some(change) = change(&incident, place, moment)
                && passes(&kinds, word(change.kind))
                && passes(&namespaces, &change.object.namespace)
                && passes(
                    &validations,
                    change
                        .validation
                        .as_ref()
                        .map_or("", |it| it.state.as_str()),
                )
            {
                changes.push(change);
            }
        }
    }
    changes.sort_by(|a, b| b.time.cmp(&a.time).then_with(|| a.id.cmp(&b.id)));
    ask.page(&changes, &filter)
}

fn word(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::ExposureWidened => "exposure-widened",
        ChangeKind::ExposureNarrowed => "exposure-narrowed",
        ChangeKind::NewRegistry => "new-registry",
        ChangeKind::NewRepository => "new-repository",
        ChangeKind::NewDeployer => "new-deployer",
        ChangeKind::OutsideDelivery => "outside-delivery",
        ChangeKind::Access => "access",
        ChangeKind::Unhealthy => "unhealthy",
        ChangeKind::Healthy => "healthy",
        ChangeKind::Object => "object",
    }
}

fn change(incident: &Incident, place: usize, moment: &Moment) -> Option<Change> {
    let kind = match moment.source {
        Source::Exposure => ChangeKind::ExposureWidened,
        Source::Supply if moment.id.contains("registry") => ChangeKind::NewRegistry,
        Source::Supply if moment.id.contains("repository") => ChangeKind::NewRepository,
        Source::Supply => ChangeKind::NewDeployer,
        Source::Delivery => ChangeKind::OutsideDelivery,
        Source::Health => ChangeKind::Unhealthy,
        _ => return None,
    };
    let subject = incident.subjects.first();
    Some(Change {
        id: format!("{}.{place}", incident.id),
        time: moment.last,
        kind,
        severity: moment.severity.into(),
        object: subject.map_or(
            ObjectRef {
                kind: String::new(),
                namespace: String::new(),
                name: String::new(),
            },
            |subject| ObjectRef::from(&subject.object),
        ),
        text: moment.sentence.clone(),
        fields: moment
            .fields
            .iter()
            .map(|(field, value)| Field {
                field: field.clone(),
                value: value.clone(),
            })
            .collect(),
        actor: incident.actor.as_ref().map(|actor| actor.name.clone()),
        known_by: if incident.actor.is_some() {
            "audit"
        } else {
            "unknown"
        }
        .to_owned(),
        event: moment.events.first().cloned(),
        validation: validation(incident),
    })
}

fn validation(incident: &Incident) -> Option<Validation> {
    let last = incident.history.last();
    let state = match &incident.state {
        _ if incident.to_validate && incident.state.is_active() => "waiting",
        State::Open | State::Acknowledged => return None,
        State::Resolved => "confirmed",
        State::Accepted { .. } | State::FalsePositive { .. } => "rejected",
    };
    Some(Validation {
        state: state.to_owned(),
        author: last.map(|change| change.by.clone()),
        time: last.map(|change| change.time),
        reason: last.map(|change| change.because.clone()),
    })
}

pub(in crate::api) fn validate(ask: &Ask, _: Nothing, body: Validate) -> Result<Change, Problem> {
    let id = ask.id();
    let missing = || Problem::not_found("change", id);
    let (incident_id, place) = id.rsplit_once('.').ok_or_else(missing)?;
    let place: usize = place.parse().map_err(|_| missing())?;
    let hub = &ask.edge.hub;
    let before = hub.inbox().get(incident_id).ok_or_else(missing)?;
    before.timeline.get(place).ok_or_else(missing)?;
    let reason = body.reason.unwrap_or_default();
    let action = if body.confirmed {
        Action::Validate
    } else if reason.trim().is_empty() {
        return Err(Problem::new(
            Code::NotPossible,
            "rejecting a change needs a reason",
            "say what is wrong with it in `reason`",
        ));
    } else {
        Action::Comment {
            text: format!("rejected: {reason}"),
        }
    };
    let verb = if body.confirmed {
        "change.confirm"
    } else {
        "change.reject"
    };
    let answer = hub.act_because(
        incident_id,
        action,
        Some(&reason),
        &ask.user.username,
        Some(before.version),
    );
    ask.record(
        verb,
        &format!("change {id}"),
        if answer.is_ok() { "done" } else { "refused" },
    );
    let incident = answer
        .map_err(|err| Problem::new(Code::NotPossible, err.to_string(), "read the change again"))?;
    let moment = incident.timeline.get(place).ok_or_else(missing)?;
    change(&incident, place, moment).ok_or_else(missing)
}
