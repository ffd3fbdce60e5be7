//! The search in the store's events.

use catseye_store::{EventCursor, EventFilter as Wanted, EventRecord};

use crate::api::ask::Ask;
use crate::api::contract::event::{Event, EventFilter, EventRow, Events};
use crate::api::contract::problem::{Code, Problem};
use crate::api::refusal::quoted;
use crate::api::routes::Nothing;
use crate::inbox::{Filter, StateKind};

/// Pages of the store that one search reads.
const MOST_PAGES: usize = 40;
/// Events of one such page.
const PAGE: usize = 500;

pub(in crate::api) fn search(ask: &Ask, filter: EventFilter) -> Result<Events, Problem> {
    let store = ask.store()?;
    let limit = ask.limit()?;
    let codes = Codes::read(filter.code.as_deref())?;
    let (resource, subresource) = match filter.resource.as_deref() {
        None => (None, None),
        Some(resource) => {
            let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
            // The group is not kept beside the plural.
            let plural = resource.split('.').next().unwrap_or_default();
            let subresource = (!subresource.is_empty()).then(|| subresource.to_owned());
            (Some(plural.to_owned()), subresource)
        }
    };
    let text = filter.text.as_deref().unwrap_or_default().to_lowercase();
    let wanted = Wanted {
        since: filter.from,
        before: filter.to,
        source: filter.source.clone(),
        actor: filter.actor.clone(),
        verb: filter.verb.clone(),
        resource,
        subresource,
        namespace: filter.namespace.clone(),
        name: filter.name.clone(),
        code: codes.one(),
        source_ip: filter.address.clone(),
        id: None,
        text: None,
    };
    let mut after = ask.paging.cursor.as_deref().map(read_cursor).transpose()?;
    let mut rows = Vec::new();
    let mut scanned = 0;
    let mut next = None;
    for _ in 0..MOST_PAGES {
        let size = if text.is_empty() && codes.is_exact() {
            limit
        } else {
            PAGE
        };
        let page = ask
            .wait(store.events(wanted.clone(), after, size))
            .map_err(|err| Problem::internal("search the events", &err))?;
        scanned += page.events.len() as u64;
        // A page of the store is taken whole, so that its cursor leads on without a gap.
        for stored in page.events {
            if codes.pass(stored.event.code) && holds(&stored.event, &text) {
                rows.push(row(&stored.event));
            }
        }
        next = page.next;
        after = next;
        if next.is_none() || rows.len() >= limit {
            break;
        }
    }
    let stats = ask
        .wait(store.event_stats())
        .map_err(|err| Problem::internal("count the events", &err))?;
    Ok(Events {
        items: rows,
        next: next.map(|cursor| write_cursor(&cursor)),
        scanned,
        kept_since: stats.oldest,
    })
}

/// The codes asked for.
#[derive(Debug, Default)]
struct Codes {
    exact: Vec<i32>,
    /// `4` for `4xx`.
    classes: Vec<i32>,
}

impl Codes {
    fn read(filter: Option<&str>) -> Result<Self, Problem> {
        let mut codes = Codes::default();
        for word in crate::api::ask::values(filter) {
            let class = word.strip_suffix("xx").and_then(|class| class.parse().ok());
            match (class, word.parse()) {
                (Some(class @ 1..=5), _) => codes.classes.push(class),
                (None, Ok(code)) => codes.exact.push(code),
                _ => {
                    return Err(Problem::bad(format!(
                        "code={:?}: write 403 or 4xx",
                        quoted(word)
                    )));
                }
            }
        }
        Ok(codes)
    }

    fn one(&self) -> Option<i32> {
        match (self.exact.as_slice(), self.classes.is_empty()) {
            ([code], true) => Some(*code),
            _ => None,
        }
    }

    /// True when the store's own filter says it all.
    fn is_exact(&self) -> bool {
        self.classes.is_empty() && self.exact.len() < 2
    }

    fn pass(&self, code: i32) -> bool {
        (self.exact.is_empty() && self.classes.is_empty())
            || self.exact.contains(&code)
            || self.classes.contains(&(code / 100))
    }
}

fn holds(event: &EventRecord, text: &str) -> bool {
    text.is_empty()
        || [
            &event.actor,
            &event.verb,
            &event.resource,
            &event.subresource,
            &event.namespace,
            &event.name,
            &event.source_ip,
            &event.user_agent,
            &event.id,
        ]
        .iter()
        .any(|field| field.to_lowercase().contains(text))
}

fn row(event: &EventRecord) -> EventRow {
    let resource = match event.subresource.as_str() {
        "" => event.resource.clone(),
        subresource => format!("{}/{subresource}", event.resource),
    };
    EventRow {
        id: event.id.clone(),
        time: event.time,
        source: event.source.clone(),
        actor: event.actor.clone(),
        impersonator: None,
        verb: event.verb.clone(),
        resource,
        namespace: event.namespace.clone(),
        name: event.name.clone(),
        code: u16::try_from(event.code).unwrap_or_default(),
        address: event.source_ip.clone(),
        agent: event.user_agent.clone(),
    }
}

pub(in crate::api) fn get(ask: &Ask, _: Nothing) -> Result<Event, Problem> {
    let store = ask.store()?;
    let id = ask.id();
    let wanted = Wanted {
        id: Some(id.to_owned()),
        ..Wanted::default()
    };
    let page = ask
        .wait(store.events(wanted, None, 1))
        .map_err(|err| Problem::internal("search the events", &err))?;
    let stored = page.events.first();
    let stored = stored.ok_or_else(|| Problem::not_found("event", id))?;
    let filter = Filter {
        states: vec![
            StateKind::Open,
            StateKind::Acknowledged,
            StateKind::Resolved,
            StateKind::Accepted,
            StateKind::FalsePositive,
        ],
        held_back: true,
        limit: 100_000,
        ..Filter::default()
    };
    let mut rules = Vec::new();
    let mut incidents = Vec::new();
    for incident in ask.edge.hub.inbox().list(&filter).incidents {
        for moment in &incident.timeline {
            if moment.events.iter().any(|event| event == id) {
                rules.push(moment.id.clone());
                incidents.push(incident.id.clone());
            }
        }
    }
    rules.sort();
    rules.dedup();
    incidents.sort();
    incidents.dedup();
    Ok(Event {
        row: row(&stored.event),
        raw: serde_json::from_str(&stored.event.raw).unwrap_or(serde_json::Value::Null),
        rules,
        incidents,
    })
}

/// Cursors of the store are its own; they pass as text.
fn write_cursor(cursor: &EventCursor) -> String {
    use base64::Engine as _;
    let json = serde_json::to_vec(cursor).unwrap_or_default();
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json)
}

fn read_cursor(text: &str) -> Result<EventCursor, Problem> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text);
    let cursor = bytes
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    cursor.ok_or_else(|| {
        Problem::new(
            Code::BadCursor,
            format!("cursor={:?} is none of this list", quoted(text)),
            "take `next` of the page before; or begin without a cursor",
        )
    })
}
