//! The inbox as rows and as wholes, and what people do with it.

use std::collections::BTreeMap;

use catseye_model::Severity as Level;

use crate::api::ask::{Ask, parsed, passes, values};
use crate::api::contract::ObjectRef;
use crate::api::contract::incident::{
    Action, ActionKind, ActionMode, ActionResult, ActorRef, Comment, Evidence, Field, Fix,
    HistoryLine, Inbox, Incident, IncidentFilter, IncidentRow, NoiseBudget, Receipt, ReceiptPart,
    Scene, SceneConnection, SceneName, SceneProcess, ScoreLine, Session, Source, State, Subject,
};
use crate::api::contract::page::FacetCount;
use crate::api::contract::path::{FixRef, Path, PathChange, PathEdge, PathFix, PathNode, Place};
use crate::api::contract::problem::{Code, Problem};
use crate::api::refusal::quoted;
use crate::api::routes::Nothing;
use crate::inbox::{self, ActionError, Filter, Order, StateKind};
use crate::paths::Way;

/// The longest reason or comment.
const LONGEST_REASON: usize = 4000;
/// Values of a facet that are counted; the rest is seldom.
const FACET_VALUES: usize = 50;
/// Incidents that a list looks at.
const MOST: usize = 100_000;

const STATES: [(&str, StateKind); 5] = [
    ("open", StateKind::Open),
    ("acknowledged", StateKind::Acknowledged),
    ("resolved", StateKind::Resolved),
    ("accepted", StateKind::Accepted),
    ("false-positive", StateKind::FalsePositive),
];

const SOURCES: [(&str, inbox::Source); 9] = [
    ("audit", inbox::Source::Audit),
    ("anomaly", inbox::Source::Anomaly),
    ("posture", inbox::Source::Posture),
    ("exposure", inbox::Source::Exposure),
    ("supply", inbox::Source::Supply),
    ("delivery", inbox::Source::Delivery),
    ("health", inbox::Source::Health),
    ("drift", inbox::Source::Drift),
    ("runtime", inbox::Source::Runtime),
];

const SEVERITIES: [(&str, Level); 5] = [
    ("critical", Level::Critical),
    ("high", Level::High),
    ("medium", Level::Medium),
    ("low", Level::Low),
    ("info", Level::Info),
];

pub(in crate::api) fn list(ask: &Ask, filter: IncidentFilter) -> Result<Inbox, Problem> {
    let (offset, limit, cursor) = ask.window(&filter)?;
    let states = match filter.state.as_deref() {
        Some("all") => STATES.iter().map(|(_, state)| *state).collect(),
        state => parsed("state", state, &STATES)?,
    };
    let order = match filter.sort.as_deref() {
        None | Some("rank") => Order::Rank,
        Some("newest") => Order::Newest,
        Some(other) => {
            return Err(Problem::bad(format!(
                "sort={:?}: write rank or newest",
                quoted(other)
            )));
        }
    };
    let severities = parsed("severity", filter.severity.as_deref(), &SEVERITIES)?;
    let wide = Filter {
        states,
        sources: parsed("source", filter.source.as_deref(), &SOURCES)?,
        application: filter.application.clone(),
        text: filter.text.clone(),
        since: filter.since,
        until: ask.at,
        to_validate: filter.to_validate.unwrap_or_default(),
        held_back: filter.held_back.unwrap_or_default(),
        order,
        limit: MOST,
        ..Filter::default()
    };
    let page = ask.edge.hub.inbox().list(&wide);
    let namespaces = values(filter.namespace.as_deref());
    let owners = values(filter.owner.as_deref());
    let held_back = page.held_back as u64;
    let rows: Vec<_> = page
        .incidents
        .into_iter()
        .filter(|row| severities.is_empty() || severities.contains(&row.severity))
        .filter(|row| {
            namespaces.is_empty()
                || row
                    .subjects
                    .iter()
                    .any(|subject| passes(&namespaces, &subject.object.namespace))
        })
        .filter(|row| passes(&owners, row.owner.as_deref().unwrap_or("-")))
        .collect();
    let end = offset.saturating_add(limit).min(rows.len());
    let shown = rows.get(offset..end).unwrap_or_default();
    let budget = ask.edge.hub.inbox().budget();
    Ok(Inbox {
        items: shown.iter().map(|incident| row(incident)).collect(),
        total: rows.len() as u64,
        next: (end < rows.len()).then(|| cursor(end)),
        facets: facets(rows.iter().map(|row| &**row)),
        budget: NoiseBudget {
            per_day: (budget.per_day > 0).then_some(budget.per_day),
            held_back: held_back.max(budget.held_back.len() as u64),
            what: budget.held_back.into_iter().take(20).collect(),
            says: budget.says,
        },
    })
}

fn facets<'a>(
    rows: impl Iterator<Item = &'a inbox::Incident>,
) -> BTreeMap<String, Vec<FacetCount>> {
    let mut counted: BTreeMap<&str, BTreeMap<String, u64>> = BTreeMap::new();
    for row in rows {
        let mut add = |facet, value: &str| {
            let counts: &mut BTreeMap<String, u64> = counted.entry(facet).or_default();
            *counts.entry(value.to_owned()).or_default() += 1;
        };
        add("state", word(&STATES, row.state.kind()));
        add("severity", row.severity.as_str());
        add("owner", row.owner.as_deref().unwrap_or("-"));
        for source in &row.sources {
            add("source", word(&SOURCES, *source));
        }
        for namespace in namespaces(row) {
            add("namespace", &namespace);
        }
    }
    counted
        .into_iter()
        .map(|(facet, counts)| (facet.to_owned(), most_frequent(counts)))
        .collect()
}

/// The most frequent values first, names in order among equals.
pub(super) fn most_frequent(counts: BTreeMap<String, u64>) -> Vec<FacetCount> {
    let mut counts: Vec<FacetCount> = counts
        .into_iter()
        .map(|(value, count)| FacetCount { value, count })
        .collect();
    counts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
    counts.truncate(FACET_VALUES);
    counts
}

fn word<T: PartialEq + Copy>(words: &[(&'static str, T)], value: T) -> &'static str {
    words
        .iter()
        .find(|(_, known)| *known == value)
        .map_or("", |(word, _)| word)
}

fn namespaces(incident: &inbox::Incident) -> Vec<String> {
    let mut namespaces: Vec<String> = incident
        .subjects
        .iter()
        .map(|subject| subject.object.namespace.clone())
        .filter(|namespace| !namespace.is_empty())
        .collect();
    namespaces.sort();
    namespaces.dedup();
    namespaces
}

fn state(kind: StateKind) -> State {
    match kind {
        StateKind::Open => State::Open,
        StateKind::Acknowledged => State::Acknowledged,
        StateKind::Resolved => State::Resolved,
        StateKind::Accepted => State::Accepted,
        StateKind::FalsePositive => State::FalsePositive,
    }
}

fn source(source: inbox::Source) -> Source {
    match source {
        inbox::Source::Audit => Source::Audit,
        inbox::Source::Anomaly => Source::Anomaly,
        inbox::Source::Posture => Source::Posture,
        inbox::Source::Exposure => Source::Exposure,
        inbox::Source::Supply => Source::Supply,
        inbox::Source::Delivery => Source::Delivery,
        inbox::Source::Health => Source::Health,
        inbox::Source::Drift => Source::Drift,
        inbox::Source::Runtime => Source::Runtime,
    }
}

pub(super) fn row(incident: &inbox::Incident) -> IncidentRow {
    let returned = incident
        .history
        .windows(2)
        .any(|pair| !pair[0].to.is_active() && pair[1].to.is_active());
    IncidentRow {
        id: incident.id.clone(),
        version: incident.version,
        title: incident.title.clone(),
        why_now: incident.why_now.clone(),
        severity: incident.severity.into(),
        score: incident.rank.points,
        state: state(incident.state.kind()),
        reopened: returned,
        held_back: incident.held_back,
        to_validate: incident.to_validate,
        actor: incident.actor.as_ref().map(|actor| ActorRef {
            id: format!("user:{}", actor.name),
            name: actor.name.clone(),
            kind: actor.kind.clone(),
        }),
        subjects: incident.subjects.iter().map(subject).collect(),
        namespaces: namespaces(incident),
        owner: incident.owner.clone(),
        sources: incident.sources.iter().map(|it| source(*it)).collect(),
        tactics: incident.tactics.clone(),
        evidence: incident.timeline.len() as u64,
        first: incident.first,
        last: incident.last,
        known_since: incident.known_since,
    }
}

fn subject(subject: &inbox::Subject) -> Subject {
    Subject {
        object: ObjectRef::from(&subject.object),
        role: subject.role.clone(),
        application: subject.application.clone(),
        exists: subject.exists,
        findings: subject.findings.clone(),
    }
}

pub(in crate::api) fn get(ask: &Ask, _: Nothing) -> Result<Incident, Problem> {
    let id = ask.id();
    let incident = ask.edge.hub.inbox().get(id);
    let incident = incident.ok_or_else(|| Problem::not_found("incident", id))?;
    ask.tag(tag(&incident));
    let fix = incident.fix.as_ref();
    Ok(Incident {
        summary: summary(&incident),
        score: incident
            .rank
            .terms
            .iter()
            .map(|term| ScoreLine {
                points: term.points,
                reason: term.because.clone(),
            })
            .collect(),
        evidence: incident
            .timeline
            .iter()
            .enumerate()
            .map(|(place, moment)| evidence(place, moment))
            .collect(),
        sessions: incident
            .sessions
            .iter()
            .map(|session| Session {
                source: session.source.clone(),
                agent: session.agent.clone(),
                first: session.first,
                last: session.last,
                events: session.events,
            })
            .collect(),
        scene: incident.scene.as_ref().map(scene),
        path: incident.path.as_ref().map(path_in_words),
        advice: incident.advice.clone(),
        fixes: fix.map(mending).into_iter().collect(),
        comments: incident
            .comments
            .iter()
            .map(|comment| Comment {
                time: comment.time,
                author: comment.by.clone(),
                text: comment.text.clone(),
            })
            .collect(),
        history: incident
            .history
            .iter()
            .map(|change| HistoryLine {
                time: change.time,
                author: change.by.clone(),
                text: change.because.clone(),
                state: Some(state(change.to.kind())),
            })
            .collect(),
        row: row(&incident),
    })
}

fn scene(scene: &catseye_detect::incident::Scene) -> Scene {
    Scene {
        processes: scene
            .processes
            .iter()
            .map(|process| SceneProcess {
                id: process.id.clone(),
                parent: process.parent.clone(),
                depth: u32::try_from(process.depth).unwrap_or(u32::MAX),
                time: process.time,
                command: process.command.clone(),
                user: process.user,
                origin: word_of(&process.origin),
                rules: process.rules.clone(),
            })
            .collect(),
        connections: scene
            .connections
            .iter()
            .map(|connection| SceneConnection {
                direction: word_of(&connection.direction),
                protocol: connection.transport.to_string(),
                address: connection.peer.ip().to_string(),
                port: connection.peer.port(),
                name: connection.name.clone(),
                program: connection.program.clone(),
                first: connection.first,
                count: connection.count,
                sent: connection.sent,
                received: connection.received,
                denied: connection.denied,
            })
            .collect(),
        names: scene
            .names
            .iter()
            .map(|name| SceneName {
                name: name.name.clone(),
                program: name.program.clone(),
                first: name.first,
                addresses: name.addresses.iter().map(ToString::to_string).collect(),
            })
            .collect(),
        left_out: scene.left_out as u64,
    }
}

/// The word that stands for a value in JSON.
fn word_of(value: &impl serde::Serialize) -> String {
    let word = serde_json::to_value(value).unwrap_or_default();
    word.as_str().unwrap_or_default().to_owned()
}

fn tag(incident: &inbox::Incident) -> String {
    format!("\"{}\"", incident.version)
}

/// The evidence in sentences, the worst of it first.
fn summary(incident: &inbox::Incident) -> String {
    let mut moments: Vec<&inbox::Moment> = incident.timeline.iter().collect();
    moments.sort_by_key(|moment| std::cmp::Reverse(moment.severity));
    let mut sentences: Vec<String> = Vec::new();
    for moment in moments.into_iter().take(3) {
        if !moment.sentence.is_empty() && !sentences.contains(&moment.sentence) {
            sentences.push(moment.sentence.clone());
        }
    }
    let sentences = sentences.iter().filter(|sentence| !sentence.is_empty());
    sentences
        .map(|sentence| {
            let mut letters = sentence.chars();
            let first = letters.next().into_iter().flat_map(char::to_uppercase);
            let mut sentence: String = first.chain(letters).collect();
            if !sentence.ends_with(['.', '!', '?']) {
                sentence.push('.');
            }
            sentence
        })
        .collect::<Vec<_>>()
        .join(" ")
}

fn evidence(place: usize, moment: &inbox::Moment) -> Evidence {
    Evidence {
        id: format!("e{place}"),
        source: source(moment.source),
        rule: moment.id.clone(),
        title: moment.title.clone(),
        text: moment.sentence.clone(),
        severity: moment.severity.into(),
        weighed_by: moment.weighed_by.clone(),
        technique: moment.technique.clone(),
        first: moment.first,
        last: moment.last,
        count: moment.count,
        targets: moment.targets.clone(),
        fields: moment
            .fields
            .iter()
            .map(|(field, value)| Field {
                field: field.clone(),
                value: value.clone(),
            })
            .collect(),
        events: moment.events.clone(),
        receipt: moment.receipt.as_ref().map(|receipt| Receipt {
            past: receipt.past.clone(),
            parts: receipt
                .parts
                .iter()
                .map(|part| ReceiptPart {
                    what: part.what.clone(),
                    value: part.value.clone(),
                    points: part.points,
                    because: part.because.clone(),
                })
                .collect(),
        }),
    }
}

/// A way that is kept in words, as a picture of one lane.
fn path_in_words(way: &Way) -> Path {
    let mut nodes: Vec<PathNode> = Vec::new();
    let mut add = |name: &str| {
        if let Some(known) = nodes.iter().find(|node| node.name == name) {
            return known.id.clone();
        }
        let node = PathNode {
            id: name.to_owned(),
            label: name.split(' ').next().unwrap_or_default().to_owned(),
            name: name.to_owned(),
            object: None,
            layer: u32::try_from(nodes.len()).unwrap_or(u32::MAX),
            lane: 0,
        };
        nodes.push(node);
        name.to_owned()
    };
    let mut edges = Vec::new();
    for (place, step) in way.steps.iter().enumerate() {
        edges.push(PathEdge {
            id: format!("s{place}"),
            from: add(&step.from),
            to: add(&step.to),
            kind: (!step.kind.is_empty()).then(|| step.kind.clone()),
            technique: None,
            says: step.sentence.clone(),
            also: Vec::new(),
            chance: None,
            reasons: Vec::new(),
            because: step.because.clone(),
            fix: None,
            seen_used: None,
        });
    }
    Path {
        id: crate::api::ask::fingerprint(&format!("{way:?}")),
        title: format!("{} to {}", way.from, way.to),
        jewel: (!way.jewel.is_empty()).then(|| way.jewel.clone()),
        chance: way.chance / 100.0,
        alike: way.alike as u64,
        nodes,
        edges,
        closed_by: Vec::<FixRef>::new(),
    }
}

fn mending(fix: &crate::paths::Fix) -> Fix {
    let object = ObjectRef::from(&fix.object);
    Fix {
        text: fix.changes.join("; "),
        object: Some(object.clone()),
        patch: None,
        command: None,
        effect: Some(PathFix {
            ids: Vec::new(),
            object: Some(object.clone()),
            changes: fix
                .changes
                .iter()
                .map(|change| PathChange {
                    text: change.clone(),
                    place: Some(Place {
                        object: object.clone(),
                        path: String::new(),
                    }),
                    effort: String::new(),
                })
                .collect(),
            score_before: fix.score_before,
            score_after: fix.score_after,
            ways_before: fix.ways_before as u64,
            ways_after: fix.ways_after as u64,
            saved: fix.saved.clone(),
        }),
        proof: Some(format!(
            "computed on the attack graph: risk {} becomes {}, {} of {} ways remain",
            fix.score_before, fix.score_after, fix.ways_after, fix.ways_before
        )),
    }
}

pub(in crate::api) fn act(
    ask: &Ask,
    mode: ActionMode,
    action: Action,
) -> Result<ActionResult, Problem> {
    let id = ask.id();
    let hub = &ask.edge.hub;
    let before = hub.inbox().get(id);
    let before = before.ok_or_else(|| Problem::not_found("incident", id))?;
    let kind = action.action;
    let because = action.reason.clone();
    let wanted = wanted(action)?;
    if mode.preview.unwrap_or_default() {
        let preview = hub.preview(id, &wanted).map_err(refused)?;
        let mut hides = vec![preview.says];
        hides.extend(preview.patterns);
        return Ok(ActionResult {
            done: false,
            state: after(kind, before.state.kind()),
            version: before.version,
            hides: hides.into_iter().filter(|line| !line.is_empty()).collect(),
            incidents: preview.hides,
        });
    }
    let expected = expected_version(ask)?;
    let preview = hub.preview(id, &wanted).unwrap_or_default();
    let by = ask.user.username.clone();
    let answer = hub.act_because(id, wanted, because.as_deref(), &by, Some(expected));
    let outcome = if answer.is_ok() { "done" } else { "refused" };
    ask.record(verb(kind), &format!("incident {id}"), outcome);
    let incident = answer.map_err(refused)?;
    ask.tag(tag(&incident));
    Ok(ActionResult {
        done: true,
        state: state(incident.state.kind()),
        version: incident.version,
        hides: preview.patterns,
        incidents: preview.hides,
    })
}

fn verb(kind: ActionKind) -> &'static str {
    match kind {
        ActionKind::Acknowledge => "incident.acknowledge",
        ActionKind::Resolve => "incident.resolve",
        ActionKind::Accept => "incident.accept",
        ActionKind::FalsePositive => "incident.false-positive",
        ActionKind::Validate => "incident.validate",
        ActionKind::Reopen => "incident.reopen",
        ActionKind::Comment => "incident.comment",
    }
}

fn after(kind: ActionKind, before: StateKind) -> State {
    match kind {
        ActionKind::Acknowledge => State::Acknowledged,
        ActionKind::Resolve | ActionKind::Validate => State::Resolved,
        ActionKind::Accept => State::Accepted,
        ActionKind::FalsePositive => State::FalsePositive,
        ActionKind::Reopen => State::Open,
        ActionKind::Comment => state(before),
    }
}

/// The version that the user saw: `If-Match` holds the `ETag`.
fn expected_version(ask: &Ask) -> Result<u64, Problem> {
    let Some(sent) = &ask.if_match else {
        return Err(Problem::new(
            Code::VersionNeeded,
            "an action needs the version that you saw",
            "send If-Match with the ETag of GET /incidents/{id}",
        ));
    };
    let text = sent.trim().trim_start_matches("W/").trim_matches('"');
    text.parse().map_err(|_| {
        Problem::bad(format!(
            "If-Match: {:?} is no ETag of an incident",
            quoted(sent)
        ))
    })
}

fn wanted(action: Action) -> Result<inbox::Action, Problem> {
    let Action {
        action,
        reason,
        expires,
    } = action;
    let reason = reason.map(|reason| reason.trim().to_owned());
    if let Some(reason) = &reason
        && reason.chars().count() > LONGEST_REASON
    {
        return Err(Problem::bad(format!(
            "reason: at most {LONGEST_REASON} characters"
        )));
    }
    let needed = |what: &str| {
        reason
            .clone()
            .filter(|reason| !reason.is_empty())
            .ok_or_else(|| {
                Problem::new(
                    Code::NotPossible,
                    format!("{what} needs a reason"),
                    "say why in `reason`: it stays with the incident",
                )
            })
    };
    Ok(match action {
        ActionKind::Acknowledge => inbox::Action::Acknowledge,
        ActionKind::Resolve => inbox::Action::Resolve,
        ActionKind::Validate => inbox::Action::Validate,
        ActionKind::Reopen => inbox::Action::Reopen,
        ActionKind::Comment => inbox::Action::Comment {
            text: needed("a comment")?,
        },
        ActionKind::FalsePositive => inbox::Action::FalsePositive {
            reason: needed("calling it false")?,
        },
        ActionKind::Accept => inbox::Action::Accept {
            reason: needed("accepting a risk")?,
            expires: expires.ok_or_else(|| {
                Problem::new(
                    Code::NotPossible,
                    "accepting a risk needs a day until which",
                    "set `expires` to a time within a year",
                )
            })?,
        },
    })
}

fn refused(err: ActionError) -> Problem {
    match err {
        ActionError::NoSuchIncident(id) => Problem::not_found("incident", &id),
        err @ ActionError::Changed { .. } => Problem::new(
            Code::Changed,
            err.to_string(),
            "read it again, then decide again",
        ),
        err @ (ActionError::NoReason | ActionError::Expired(_)) => Problem::new(
            Code::NotPossible,
            err.to_string(),
            "mend the body and send it again",
        ),
        err @ ActionError::Store(_) => Problem::internal("keep the decision", &err),
    }
}
