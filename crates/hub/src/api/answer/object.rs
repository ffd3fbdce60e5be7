//! Objects as they are, as they were, and the difference.

use catseye_model::{Inventory, ObjectId, ObjectKey};

use super::incident::row as incident_row;
use crate::api::ask::{Ask, passes, values};
use crate::api::contract::object::{
    Diff, DiffQuery, FieldChange, ObjectDetail, ObjectDiff, ObjectFilter, ObjectRow, ObjectVersion,
};
use crate::api::contract::page::Page;
use crate::api::contract::problem::{Code, Problem};
use crate::api::derived::{Derived, application_id, created, kind_word, reference};
use crate::api::fields::differences;
use crate::api::routes::Nothing;
use crate::inbox::{Filter, StateKind};

/// Objects told of a difference.
const MOST_OBJECTS: usize = 1000;
/// Findings told of a difference, each way.
const MOST_FINDINGS: usize = 500;
/// Incidents looked at.
const MOST_INCIDENTS: usize = 100_000;

pub(in crate::api) fn list(ask: &Ask, filter: ObjectFilter) -> Result<Page<ObjectRow>, Problem> {
    let derived = ask.derived()?;
    let inventory = derived.inventory();
    let kinds = values(filter.kind.as_deref());
    let namespaces = values(filter.namespace.as_deref());
    let text = filter.text.as_deref().unwrap_or_default().to_lowercase();
    let mut found: Vec<(ObjectKey, ObjectId)> = Vec::new();
    for (id, object) in inventory.objects() {
        if filter.workloads.unwrap_or_default() && !object.kind().is_workload() {
            continue;
        }
        if !passes(&kinds, &kind_word(object.kind_name(), object.group())) {
            continue;
        }
        let key = ObjectKey::of(object);
        let namespace = if key.namespace.is_empty() {
            "-"
        } else {
            &key.namespace
        };
        if !passes(&namespaces, namespace) {
            continue;
        }
        let is_named = || {
            text.is_empty()
                || key.name.to_lowercase().contains(&text)
                || object.labels().to_string().to_lowercase().contains(&text)
        };
        if is_named() {
            found.push((key, id));
        }
    }
    found.sort();
    let page = ask.page(&found, &filter)?;
    Ok(Page {
        items: page
            .items
            .iter()
            .map(|(_, id)| row(&derived, *id))
            .collect(),
        total: page.total,
        next: page.next,
    })
}

pub(super) fn row(derived: &Derived, id: ObjectId) -> ObjectRow {
    let inventory = derived.inventory();
    let object = inventory.object(id);
    let judged = derived
        .findings()
        .objects
        .get(&inventory.representative(id));
    ObjectRow {
        object: reference(object),
        application: application_id(inventory, id),
        created: created(object),
        findings: judged.map(|judged| judged.counts).unwrap_or_default(),
    }
}

/// The object that the path names.
pub(super) fn named(ask: &Ask, derived: &Derived) -> Result<ObjectId, Problem> {
    let (kind, namespace, name) = (ask.part(0), ask.part(1), ask.part(2));
    derived
        .object(kind, namespace, name)
        .ok_or_else(|| Problem::not_found("object", &format!("{kind}/{namespace}/{name}")))
}

pub(in crate::api) fn get(ask: &Ask, _: Nothing) -> Result<ObjectDetail, Problem> {
    let derived = ask.derived()?;
    let inventory = derived.inventory();
    let id = named(ask, &derived)?;
    let mut owners = Vec::new();
    let mut owner = inventory.owner(id);
    while let Some(next) = owner
        && owners.len() < 10
    {
        owners.push(reference(inventory.object(next)));
        owner = inventory.owner(next);
    }
    let object = inventory.object(id);
    Ok(ObjectDetail {
        row: row(&derived, id),
        owners,
        yaml: crate::api::fields::yaml(object.value()),
        findings: derived.findings_of(inventory.representative(id)),
        incidents: incidents_about(ask, inventory, id),
    })
}

/// The ids of active incidents about an object, its owners or its pods.
pub(super) fn incidents_about(ask: &Ask, inventory: &Inventory, id: ObjectId) -> Vec<String> {
    let own = ObjectKey::of(inventory.object(id));
    let top = ObjectKey::of(inventory.object(inventory.top_owner(id)));
    let filter = Filter {
        held_back: true,
        limit: MOST_INCIDENTS,
        ..Filter::default()
    };
    let page = ask.edge.hub.inbox().list(&filter);
    let about = page.incidents.into_iter().filter(|incident| {
        incident
            .subjects
            .iter()
            .any(|subject| subject.object == own || subject.object == top)
    });
    about.map(|incident| incident_row(&incident).id).collect()
}

pub(in crate::api) fn history(ask: &Ask, _: Nothing) -> Result<Page<ObjectVersion>, Problem> {
    let store = ask.store()?;
    let (kind, group) = ask.part(0).split_once('.').unwrap_or((ask.part(0), ""));
    let namespace = if ask.part(1) == "-" { "" } else { ask.part(1) };
    let key = catseye_store::ObjectKey {
        group: group.to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.to_owned(),
        name: ask.part(2).to_owned(),
    };
    let (offset, limit, cursor) = ask.window(&key)?;
    // One more than shown: what changed in the last one is told beside the one before it.
    let versions = ask
        .wait(store.object_versions(key.clone(), None, offset.saturating_add(limit + 1)))
        .map_err(|err| Problem::internal("read the history of an object", &err))?;
    if versions.is_empty() {
        let name = format!("{}/{}/{}", ask.part(0), ask.part(1), ask.part(2));
        return Err(Problem::not_found("history of object", &name));
    }
    let writers = super::calls::writers(
        ask,
        &ObjectKey {
            group: key.group.clone(),
            kind: key.kind.clone(),
            namespace: key.namespace.clone(),
            name: key.name.clone(),
        },
    )?;
    let mut told: Vec<ObjectVersion> = Vec::new();
    for (place, version) in versions.iter().enumerate().skip(offset).take(limit) {
        let before = versions.get(place + 1).filter(|before| !before.deleted);
        let what = match before {
            _ if version.deleted => "deleted",
            None => "created",
            Some(_) => "changed",
        };
        let bodies = before
            .and_then(|before| before.body.as_ref())
            .zip(version.body.as_ref());
        // A deletion is seen with the version that the object had before it.
        let known = if version.deleted {
            ""
        } else {
            version.resource_version.as_str()
        };
        let author = writers.of(known, version.valid_from);
        told.push(ObjectVersion {
            time: version.valid_from,
            resource_version: version.resource_version.clone(),
            what: what.to_owned(),
            fields: bodies
                .map(|(old, new)| differences(old, new))
                .unwrap_or_default(),
            actor: author.map(|(actor, _)| actor.to_owned()),
            known_by: author.map_or("unknown", |(_, how)| how).to_owned(),
        });
    }
    let end = offset + told.len();
    Ok(Page {
        items: told,
        total: versions.len() as u64,
        next: (versions.len() > end).then(|| cursor(end)),
    })
}

pub(in crate::api) fn diff(ask: &Ask, query: DiffQuery) -> Result<Diff, Problem> {
    let hub = &ask.edge.hub;
    let to = query.to.unwrap_or_else(|| hub.now());
    if query.from >= to {
        return Err(Problem::bad(format!(
            "from={} is not before to={to}",
            query.from
        )));
    }
    let world = |at| {
        hub.world_at(at).map_err(|err| {
            Problem::new(
                Code::TimeNotKept,
                format!("the state at {at} is not kept: {err}"),
                "ask for a later time; /timeline says how far back the store goes",
            )
        })
    };
    let before = ask.edge.derived.of(world(query.from)?, query.from);
    let after = match query.to {
        Some(to) => ask.edge.derived.of(world(to)?, to),
        None => ask.edge.derived.of(hub.world(), hub.now()),
    };
    let mut objects = objects_between(before.inventory(), after.inventory(), &query);
    let more = objects.len().saturating_sub(MOST_OBJECTS) as u64;
    objects.truncate(MOST_OBJECTS);
    let (came, went) = findings_between(&before, &after, &query);
    let (opened, closed) = incidents_between(ask, query.from, to);
    Ok(Diff {
        from: query.from,
        to,
        objects,
        more,
        findings_new: came,
        findings_gone: went,
        incidents_opened: opened,
        incidents_closed: closed,
        score: [mean(&before), mean(&after)],
        risk: None,
    })
}

fn mean(derived: &Derived) -> u8 {
    let judged = derived.findings().objects.iter().filter(|(id, judged)| {
        let counts = judged.counts;
        derived
            .inventory()
            .get(**id)
            .is_some_and(|object| object.kind().is_workload())
            || counts != crate::api::contract::SeverityCounts::default()
    });
    catseye_checks::score::mean(judged.map(|(_, judged)| judged.score.points))
}

fn objects_between(before: &Inventory, after: &Inventory, query: &DiffQuery) -> Vec<ObjectDiff> {
    let wanted = |key: &ObjectKey| {
        query
            .namespace
            .as_ref()
            .is_none_or(|namespace| *namespace == key.namespace)
    };
    let keyed = |inventory: &Inventory| -> std::collections::BTreeMap<ObjectKey, ObjectId> {
        inventory
            .objects()
            .map(|(id, object)| (ObjectKey::of(object), id))
            .filter(|(key, _)| wanted(key))
            .collect()
    };
    let (old, new) = (keyed(before), keyed(after));
    let mut told = Vec::new();
    for (key, id) in &new {
        let object = after.object(*id);
        let entry = |what: &str, fields| ObjectDiff {
            object: reference(object),
            what: what.to_owned(),
            fields,
        };
        match old.get(key) {
            None => told.push(entry("created", Vec::new())),
            Some(known) => {
                let earlier = before.object(*known);
                if earlier.value() != object.value() {
                    let fields = differences(&earlier.value().into(), &object.value().into());
                    // Heartbeats and managed fields are no difference that anybody asks for.
                    if !fields.is_empty() {
                        told.push(entry("changed", fields));
                    }
                }
            }
        }
    }
    for (key, id) in &old {
        if !new.contains_key(key) {
            told.push(ObjectDiff {
                object: reference(before.object(*id)),
                what: "deleted".to_owned(),
                fields: Vec::<FieldChange>::new(),
            });
        }
    }
    told.sort_by(|a, b| a.object.cmp(&b.object));
    told
}

type Rows = Vec<crate::api::contract::posture::FindingRow>;

fn findings_between(before: &Derived, after: &Derived, query: &DiffQuery) -> (Rows, Rows) {
    let prints = |derived: &Derived| -> std::collections::BTreeSet<String> {
        let rows = derived.findings().rows.iter();
        rows.map(|row| row.fingerprint.clone()).collect()
    };
    let (old, new) = (prints(before), prints(after));
    let only = |derived: &Derived, other: &std::collections::BTreeSet<String>| -> Rows {
        let rows = derived.findings().rows.iter();
        rows.filter(|row| !other.contains(&row.fingerprint))
            .filter(|row| {
                query
                    .namespace
                    .as_ref()
                    .is_none_or(|wanted| *wanted == row.object.namespace)
            })
            .take(MOST_FINDINGS)
            .map(|row| (**row).clone())
            .collect()
    };
    (only(after, &old), only(before, &new))
}

fn incidents_between(
    ask: &Ask,
    from: jiff::Timestamp,
    to: jiff::Timestamp,
) -> (Vec<String>, Vec<String>) {
    let filter = Filter {
        states: vec![
            StateKind::Open,
            StateKind::Acknowledged,
            StateKind::Resolved,
            StateKind::Accepted,
            StateKind::FalsePositive,
        ],
        held_back: true,
        limit: MOST_INCIDENTS,
        ..Filter::default()
    };
    let between = |time: jiff::Timestamp| from < time && time <= to;
    let mut opened = Vec::new();
    let mut closed = Vec::new();
    for incident in ask.edge.hub.inbox().list(&filter).incidents {
        if between(incident.known_since) {
            opened.push(incident.id.clone());
        }
        let changes = incident.history.iter();
        if changes
            .clone()
            .any(|change| between(change.time) && !change.to.is_active())
        {
            closed.push(incident.id.clone());
        }
    }
    (opened, closed)
}
