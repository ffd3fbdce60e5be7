//! Drift: the open ones as a list, and one with its story and the way back.

use std::collections::BTreeMap;
use std::sync::Arc;

use catseye_drift::{Application, Attribution, DesiredState, Difference, Effect};
use catseye_model::{Inventory, Value};

use crate::api::ask::{Ask, parsed, passes, values};
use crate::api::contract::drift::{
    DesiredSource, Drift, DriftApplication, DriftDetail, DriftEffect, DriftField, DriftFilter,
    DriftRow, DriftStep, WayBack,
};
use crate::api::contract::network::Availability;
use crate::api::contract::page::FacetCount;
use crate::api::contract::problem::Problem;
use crate::api::contract::{ObjectRef, Severity};
use crate::api::fields::yaml;
use crate::api::routes::Nothing;
use crate::drift::{OpenDrift, connections, way_back};
use crate::inbox::{Filter, Source, StateKind};
use crate::live::find;
use crate::world::World;

/// Incidents looked at.
const MOST_INCIDENTS: usize = 100_000;

/// Calls told of one object.
const MOST_CALLS: usize = 12;

const SEVERITIES: [(&str, Severity); 5] = [
    ("info", Severity::Info),
    ("low", Severity::Low),
    ("medium", Severity::Medium),
    ("high", Severity::High),
    ("critical", Severity::Critical),
];

const CLASSES: [(&str, &str); 6] = [
    ("missing", "missing"),
    ("unmanaged", "unmanaged"),
    ("changed", "changed"),
    ("added", "added"),
    ("removed", "removed"),
    ("re-owned", "re-owned"),
];

/// What is asked about, and the drifts in it.
struct Asked {
    world: Arc<World>,
    rows: Vec<Arc<OpenDrift>>,
    incidents: BTreeMap<String, String>,
}

fn asked(ask: &Ask) -> Result<Asked, Problem> {
    let hub = &ask.edge.hub;
    let world = ask.world()?;
    let rows = match ask.at {
        None => hub.drifts(),
        Some(_) => hub.drifts_of(&world).unwrap_or_default(),
    };
    let filter = Filter {
        states: vec![
            StateKind::Open,
            StateKind::Acknowledged,
            StateKind::Resolved,
            StateKind::Accepted,
            StateKind::FalsePositive,
        ],
        sources: vec![Source::Drift],
        held_back: true,
        limit: MOST_INCIDENTS,
        ..Filter::default()
    };
    let mut incidents = BTreeMap::new();
    for incident in hub.inbox().list(&filter).incidents {
        for moment in &incident.timeline {
            if moment.source == Source::Drift {
                for target in &moment.targets {
                    incidents.insert(target.clone(), incident.id.clone());
                }
            }
        }
    }
    Ok(Asked {
        world,
        rows,
        incidents,
    })
}

pub(in crate::api) fn list(ask: &Ask, filter: DriftFilter) -> Result<Drift, Problem> {
    let hub = &ask.edge.hub;
    let sources: Vec<DesiredSource> = hub
        .desired_sources()
        .into_iter()
        .map(|source| DesiredSource {
            name: source.name,
            objects: source.objects as u64,
            note: source.note,
        })
        .collect();
    let desired = sources.iter().map(|source| source.objects).sum();
    let asked = asked(ask)?;
    let namespaces = values(filter.namespace.as_deref());
    let kinds = values(filter.kind.as_deref());
    let classes = parsed("class", filter.class.as_deref(), &CLASSES)?;
    let actors = values(filter.actor.as_deref());
    let severities = parsed("severity", filter.severity.as_deref(), &SEVERITIES)?;
    let text = filter.text.as_deref().unwrap_or_default().to_lowercase();
    let mut rows = Vec::new();
    let (mut of_class, mut of_actor) = (BTreeMap::new(), BTreeMap::new());
    for drift in &asked.rows {
        let row = row(drift, &asked.incidents);
        let namespace = if row.object.namespace.is_empty() {
            "-"
        } else {
            &row.object.namespace
        };
        let is_by = |field: &DriftField| actors.contains(&field.actor.as_deref().unwrap_or("-"));
        let passes_all = passes(&namespaces, namespace)
            && passes(&kinds, &row.object.kind)
            && (classes.is_empty()
                || row
                    .fields
                    .iter()
                    .any(|it| classes.contains(&it.class.as_str())))
            && (actors.is_empty() || row.fields.iter().any(is_by))
            && (severities.is_empty() || severities.contains(&row.severity))
            && (text.is_empty() || holds(&row, &text));
        if !passes_all {
            continue;
        }
        let mut seen: Vec<(&str, &str)> = Vec::new();
        for field in &row.fields {
            let actor = field.actor.as_deref().unwrap_or("-");
            for (name, value) in [("class", field.class.as_str()), ("actor", actor)] {
                if !seen.contains(&(name, value)) {
                    seen.push((name, value));
                    let counts = if name == "class" {
                        &mut of_class
                    } else {
                        &mut of_actor
                    };
                    *counts.entry(value.to_owned()).or_default() += 1;
                }
            }
        }
        rows.push(row);
    }
    rows.sort_by(|one, other| {
        other
            .severity
            .cmp(&one.severity)
            .then_with(|| other.since.cmp(&one.since))
            .then_with(|| one.object.cmp(&other.object))
    });
    let page = ask.page(&rows, &filter)?;
    Ok(Drift {
        available: availability(hub.watches_drift(), &sources),
        items: page.items,
        total: page.total,
        next: page.next,
        desired,
        sources,
        classes: facets(of_class),
        actors: facets(of_actor),
    })
}

fn availability(is_watched: bool, sources: &[DesiredSource]) -> Availability {
    let reason = if !is_watched {
        "This hub does not look for drift. Start it with `catseye serve --desired FOLDER`, or write \
         `[drift]` into its configuration."
    } else if sources.iter().all(|source| source.objects == 0) {
        "Nothing says what is desired. Name the folders of your manifests: `catseye serve --desired \
         FOLDER`, or `[drift] desired = [\"deploy\"]` in its configuration."
    } else {
        ""
    };
    Availability {
        available: reason.is_empty(),
        reason: reason.to_owned(),
    }
}

fn facets(counts: BTreeMap<String, u64>) -> Vec<FacetCount> {
    let mut facets: Vec<FacetCount> = counts
        .into_iter()
        .map(|(value, count)| FacetCount { value, count })
        .collect();
    facets.sort_by(|one, other| {
        other
            .count
            .cmp(&one.count)
            .then_with(|| one.value.cmp(&other.value))
    });
    facets
}

fn holds(row: &DriftRow, text: &str) -> bool {
    let has = |value: &str| value.to_lowercase().contains(text);
    has(&row.object.to_string())
        || row.fields.iter().any(|field| {
            has(&field.path)
                || has(&field.author)
                || field.desired.as_deref().is_some_and(has)
                || field.live.as_deref().is_some_and(has)
        })
}

fn row(open: &OpenDrift, incidents: &BTreeMap<String, String>) -> DriftRow {
    let key = &open.drift.key;
    let whole = open
        .drift
        .differences
        .iter()
        .find(|it| it.path.steps().is_empty())
        .map(|it| it.class.name())
        .filter(|class| matches!(*class, "missing" | "unmanaged"));
    let worst = open.meaning.worse.get(key).and_then(|all| all.first());
    let unknown = Attribution::unknown();
    DriftRow {
        id: open.id.clone(),
        object: ObjectRef::from(key),
        state: whole.unwrap_or("changed").to_owned(),
        severity: open.severity.into(),
        since: Some(open.since),
        source: open.drift.source.as_ref().map(catseye_drift::Source::told),
        application: open.application.as_ref().map(application),
        delivered: open.is_delivered,
        means: worst.map(|effect| format!("{}: {}", effect.check, effect.message)),
        incident: incidents.get(&key.to_string()).cloned(),
        fields: open
            .drift
            .differences
            .iter()
            .enumerate()
            .map(|(place, difference)| field(difference, open.by.get(place).unwrap_or(&unknown)))
            .collect(),
    }
}

fn application(application: &Application) -> DriftApplication {
    DriftApplication {
        tool: application.tool.to_owned(),
        kind: application.kind.to_owned(),
        name: application.full_name(),
        written_at: application.written_at(),
    }
}

fn field(difference: &Difference, by: &Attribution) -> DriftField {
    let whole = difference.path.steps().is_empty();
    DriftField {
        path: if whole {
            String::new()
        } else {
            difference.path.to_string()
        },
        class: difference.class.name().to_owned(),
        // A whole object stands in the detail.
        desired: difference.desired.as_ref().filter(|_| !whole).map(written),
        live: difference.live.as_ref().filter(|_| !whole).map(written),
        actor: by.user.clone(),
        author: by.told(),
        known_by: by.known_by.name().to_owned(),
        time: by.time,
        address: by.address.clone(),
        event: by.event.clone(),
        note: difference.note.clone(),
    }
}

/// A value as YAML, without the last end of line.
fn written(value: &Value) -> String {
    match value.as_str() {
        Some(text) if catseye_model::redact::is_redacted(text) => "(redacted)".to_owned(),
        Some(text) => text.to_owned(),
        None => yaml(value).trim_end().to_owned(),
    }
}

fn effect(effect: &Effect) -> DriftEffect {
    DriftEffect {
        severity: effect.severity.into(),
        check: effect.check.to_owned(),
        title: effect.title.to_owned(),
        object: effect.object.clone(),
        message: effect.message.clone(),
    }
}

pub(in crate::api) fn get(ask: &Ask, _: Nothing) -> Result<DriftDetail, Problem> {
    let id = ask.id();
    let asked = asked(ask)?;
    let open = asked
        .rows
        .iter()
        .find(|row| row.id == id)
        .ok_or_else(|| Problem::not_found("drift", id))?;
    let hub = &ask.edge.hub;
    let live = asked.world.inventory();
    let desired = hub.desired_state();
    let key = &open.drift.key;
    let network = connections(&asked.world, &open.drift, &desired);
    let way = way_back(open, live, &desired, hub.now());
    let effects = |of: &BTreeMap<_, Vec<Effect>>| -> Vec<DriftEffect> {
        of.get(key).into_iter().flatten().map(effect).collect()
    };
    Ok(DriftDetail {
        drift: row(open, &asked.incidents),
        desired: desired.get(key).map(|wanted| yaml(wanted.object.value())),
        live: find(live, key).map(|id| yaml(live.object(id).value())),
        breaks: effects(&open.meaning.worse),
        mends: effects(&open.meaning.better),
        opened: network.opened,
        closed: network.closed,
        story: story(ask, open, live, &desired),
        way_back: WayBack {
            safe: way.safe,
            says: way.says,
            patch: way.patch,
            command: way.command,
            delivery: way.delivery,
            keep: way.keep,
            breaks: way.breaks.iter().map(effect).collect(),
        },
    })
}

/// What is desired and by whom deployed, every call that wrote, what differs now, and what that does.
fn story(ask: &Ask, open: &OpenDrift, live: &Inventory, desired: &DesiredState) -> Vec<DriftStep> {
    let key = &open.drift.key;
    let said = |text: String| DriftStep {
        time: None,
        text,
        event: None,
    };
    let mut steps = vec![match desired.get(key) {
        Some(wanted) => said(format!("{} wants it", wanted.source.told())),
        None => said("nobody desires it".to_owned()),
    }];
    if let Some(application) = &open.application {
        let place = application
            .written_at()
            .map_or(String::new(), |place| format!(", written in {place}"));
        steps.push(said(format!("{} deploys it{place}", application.told())));
    }
    if let Some(id) = find(live, key)
        && let Some(created) = open.drift.created
        && open.by.iter().all(|by| by.time != Some(created))
    {
        let mut step = said(format!("{} was made", live.object(id).kind_name()));
        step.time = Some(created);
        steps.push(step);
    }
    let calls = ask.edge.hub.changes_of(key);
    let until = ask.at.unwrap_or_else(|| ask.edge.hub.now());
    let calls: Vec<_> = calls.iter().filter(|call| call.time <= until).collect();
    if calls.len() > MOST_CALLS {
        steps.push(said(format!(
            "{} earlier calls are left out",
            calls.len() - MOST_CALLS
        )));
    }
    for call in calls.iter().skip(calls.len().saturating_sub(MOST_CALLS)) {
        steps.push(DriftStep {
            time: Some(call.time),
            text: call_told(call),
            event: Some(call.event.clone()),
        });
    }
    for effect in open.meaning.worse.get(key).into_iter().flatten().take(5) {
        steps.push(said(format!(
            "so {} fails ({}): {}",
            effect.check, effect.severity, effect.message
        )));
    }
    steps
}

fn call_told(call: &catseye_drift::ledger::Call) -> String {
    use std::fmt::Write as _;
    let mut text = match &call.impersonated_by {
        Some(by) => format!("{by} as {}", call.user),
        None => call.user.clone(),
    };
    if let Some(pod) = &call.pod {
        let _ = write!(text, " in pod {pod}");
    }
    let deed = match call.verb.as_str() {
        "create" => "made it",
        "delete" => "deleted it",
        "patch" => "patched it",
        "update" => "updated it",
        other => other,
    };
    text.push(' ');
    text.push_str(deed);
    if !call.subresource.is_empty() {
        let _ = write!(text, " ({})", call.subresource);
    }
    let program = catseye_drift::ledger::program(&call.agent);
    if !program.is_empty() {
        let _ = write!(text, " with {program}");
    }
    if let Some(address) = &call.address {
        let _ = write!(text, " from {address}");
    }
    if let Some(touched) = call.touched.as_ref().filter(|touched| !touched.is_empty()) {
        let paths: Vec<&str> = touched.iter().take(4).map(|it| it.path.as_str()).collect();
        let _ = write!(text, ": {}", paths.join(", "));
        if touched.len() > paths.len() {
            let _ = write!(text, " and {} more", touched.len() - paths.len());
        }
    }
    text
}
