//! Calls that the store keeps, read once more: who changed which role, what an identity uses, who wrote an
//! object.

use std::collections::BTreeMap;

use catseye_detect::privilege::Usage;
use catseye_detect::trail::{Change, Trail};
use catseye_event::Event;
use catseye_event::audit::Stage;
use catseye_event::intake::Intake;
use catseye_model::{ObjectKey, RedactionKey};
use catseye_rbac::{Grant, Identity as Who, Rbac, Reason, Request};
use catseye_store::{EventFilter, EventRecord};
use jiff::{SignedDuration, Timestamp};

use crate::api::ask::Ask;
use crate::api::contract::problem::Problem;

/// Events read for one answer.
const MOST: usize = 5000;
/// Events of one page of the store.
const PAGE: usize = 500;
/// How long after the call its change is seen at most.
const SEEN: SignedDuration = SignedDuration::from_secs(30);

/// The kinds that roles and bindings are of.
const ROLES: [&str; 4] = [
    "clusterrolebindings",
    "clusterroles",
    "rolebindings",
    "roles",
];

/// Events that pass, newest first, [`MOST`] at most.
pub(super) fn stored(ask: &Ask, filter: &EventFilter) -> Result<Vec<EventRecord>, Problem> {
    let mut stream = ask.store()?.event_stream(filter.clone(), PAGE);
    let mut found = Vec::new();
    while found.len() < MOST {
        let page = ask
            .wait(stream.next())
            .map_err(|err| Problem::internal("search the events", &err))?;
        let Some(page) = page else { break };
        found.extend(page.into_iter().map(|stored| stored.event));
    }
    found.truncate(MOST);
    Ok(found)
}

/// Shows each event, oldest first.
fn replay(mut records: Vec<EventRecord>, each: &mut dyn FnMut(&Event<'_>)) {
    records.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
    // What is kept holds no value of a secret any more, so the key hashes nothing.
    let mut intake = Intake::new(RedactionKey::new([0; 32]));
    for record in records {
        intake.feed(record.raw.as_bytes(), each);
        intake.feed(b"\n", each);
    }
}

/// Every change of roles and bindings that is kept, newest first.
pub(super) fn role_changes(ask: &Ask) -> Result<Vec<Change>, Problem> {
    let mut records = Vec::new();
    for resource in ROLES {
        let filter = EventFilter {
            resource: Some(resource.to_owned()),
            ..EventFilter::default()
        };
        records.extend(stored(ask, &filter)?);
    }
    let mut trail = Trail::new();
    let mut changes = Vec::new();
    replay(records, &mut |event| {
        changes.extend(trail.observe(event));
    });
    changes.reverse();
    Ok(changes)
}

/// What an identity asked for, as far as it is kept.
pub(super) struct Used {
    /// Since when.
    pub(super) since: Option<Timestamp>,
    /// The roles that its calls need.
    pub(super) usage: Usage,
    /// Calls by the rule that allowed them: binding, role, place of the rule.
    pub(super) rules: BTreeMap<(catseye_rbac::BindingId, catseye_rbac::RoleId, usize), u64>,
    /// Calls.
    pub(super) calls: u64,
}

/// Holds the newest calls of a user against what it is granted.
pub(super) fn used(ask: &Ask, rbac: &Rbac, who: &Who, user: &str) -> Result<Used, Problem> {
    let filter = EventFilter {
        actor: Some(user.to_owned()),
        ..EventFilter::default()
    };
    let records = stored(ask, &filter)?;
    let since = records.iter().map(|record| record.time).min();
    let mut usage = Usage::new();
    let mut kinds: BTreeMap<[String; 6], u64> = BTreeMap::new();
    let mut calls = 0;
    replay(records, &mut |event| {
        // As another it used the other's rights.
        if event.effective_user().username != *user {
            return;
        }
        usage.observe(event);
        if event.is_forbidden() || event.stage() == Stage::ResponseStarted {
            return;
        }
        calls += 1;
        let path = event.request_uri();
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        let asked = [
            event.verb(),
            event.api_group(),
            event.resource(),
            event.subresource(),
            event.namespace(),
            if event.resource().is_empty() {
                path
            } else {
                event.name()
            },
        ];
        *kinds.entry(asked.map(str::to_owned)).or_default() += 1;
    });
    let mut rules = BTreeMap::new();
    for ([verb, group, resource, subresource, namespace, name], count) in kinds {
        let mut request = match (resource.as_str(), subresource.as_str()) {
            ("", _) => Request::path(&verb, &name),
            (resource, "") => Request::resource(&verb, &group, resource),
            (resource, sub) => Request::resource(&verb, &group, &format!("{resource}/{sub}")),
        };
        if !resource.is_empty() {
            if !name.is_empty() {
                request = request.named(&name);
            }
            if !namespace.is_empty() {
                request = request.in_namespace(&namespace);
            }
        }
        for reason in rbac.explain(who, &request) {
            if let Reason::Rule(Grant {
                binding,
                role,
                rule,
                ..
            }) = reason
            {
                *rules.entry((binding, role, rule)).or_default() += count;
            }
        }
    }
    Ok(Used {
        since,
        usage,
        rules,
        calls,
    })
}

/// Who wrote an object, by the calls that are kept.
pub(super) struct Writers(Vec<EventRecord>);

/// The calls that wrote an object.
pub(super) fn writers(ask: &Ask, key: &ObjectKey) -> Result<Writers, Problem> {
    let filter = EventFilter {
        resource: Some(crate::inbox::plural(&key.kind)),
        namespace: Some(key.namespace.clone()),
        name: Some(key.name.clone()),
        ..EventFilter::default()
    };
    let mut records = stored(ask, &filter)?;
    records.retain(|it| {
        matches!(
            it.verb.as_str(),
            "create" | "update" | "patch" | "delete" | "deletecollection"
        ) && (200..300).contains(&it.code)
    });
    Ok(Writers(records))
}

impl Writers {
    /// Who made a version that was seen at a time, and how that is known: the answer to the call says the
    /// version, or the call came right before.
    pub(super) fn of(&self, version: &str, seen: Timestamp) -> Option<(&str, &'static str)> {
        let sign = format!("\"resourceVersion\":\"{version}\"");
        if !version.is_empty()
            && let Some(exact) = self.0.iter().find(|it| it.raw.contains(&sign))
        {
            return Some((&exact.actor, "audit"));
        }
        let before = |it: &&EventRecord| {
            let apart = seen.duration_since(it.time);
            apart >= -SignedDuration::from_secs(1) && apart <= SEEN
        };
        let nearest = self.0.iter().filter(before).max_by_key(|it| it.time)?;
        Some((&nearest.actor, "audit-by-time"))
    }
}
