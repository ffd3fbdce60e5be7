//! Events: what happened, as it was reported, for as long as the disk allows.
//!
//! ```text
//!  batch ─► blocks in the database (acknowledged) ─► segments: Parquet files, an hour a folder
//!                         └──────────── a query reads both, newest first ───────┘
//! ```
//!
//! A block is part of the transaction that acknowledges it. When enough blocks have come together, or
//! their hour has passed, they become a segment: the file is complete and on the disk before the
//! database names it, and in the same transaction forgets the blocks. So an event is always in exactly one place, and
//! a file that no row names (a kill came in between) is never read and removed at the next start.

pub(crate) mod block;
pub(crate) mod query;
pub(crate) mod segment;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::store::Store;

/// An event. Fields that a source does not have are empty.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRecord {
    /// When it happened; kept to the microsecond.
    pub time: Timestamp,
    /// Who told: such as `audit` or `sensor`.
    pub source: String,
    /// Who did it: a user name, a service account, a pod.
    pub actor: String,
    /// What: `create`, `exec`, `connect`.
    pub verb: String,
    /// To which resource, in the plural: `pods`.
    pub resource: String,
    /// To which subresource: `exec`.
    pub subresource: String,
    /// In which namespace.
    pub namespace: String,
    /// To which object.
    pub name: String,
    /// The status code; 0 when there is none.
    pub code: i32,
    /// From which address.
    pub source_ip: String,
    /// With which program.
    pub user_agent: String,
    /// The id of the request or event at its source.
    pub id: String,
    /// The whole event as JSON, secrets redacted.
    pub raw: String,
}

impl EventRecord {
    /// Its texts, in the order in which they are stored.
    pub(crate) fn texts(&self) -> [&str; 11] {
        [
            &self.source,
            &self.actor,
            &self.verb,
            &self.resource,
            &self.subresource,
            &self.namespace,
            &self.name,
            &self.source_ip,
            &self.user_agent,
            &self.id,
            &self.raw,
        ]
    }
}

impl std::fmt::Debug for EventRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventRecord")
            .field("time", &self.time)
            .field("source", &self.source)
            .field("actor", &self.actor)
            .field("verb", &self.verb)
            .field("resource", &self.resource)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// An event with its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredEvent {
    /// Its number: given out in the order of arrival.
    pub sequence: u64,
    /// The event.
    pub event: EventRecord,
}

/// Which events; the default is all. Words are compared whole, upper and lower case differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Only at or after this.
    pub since: Option<Timestamp>,
    /// Only before this.
    pub before: Option<Timestamp>,
    /// Only from this source.
    pub source: Option<String>,
    /// Only of this actor.
    pub actor: Option<String>,
    /// Only this verb.
    pub verb: Option<String>,
    /// Only to this resource.
    pub resource: Option<String>,
    /// Only to this subresource.
    pub subresource: Option<String>,
    /// Only in this namespace.
    pub namespace: Option<String>,
    /// Only to the object of this name.
    pub name: Option<String>,
    /// Only with this status code.
    pub code: Option<i32>,
    /// Only from this address.
    pub source_ip: Option<String>,
    /// Only with this id.
    pub id: Option<String>,
    /// Only with this text in the raw event.
    pub text: Option<String>,
}

/// Where the next page of events begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EventCursor {
    pub(crate) time: i64,
    pub(crate) sequence: u64,
}

/// A page of events, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    /// The events.
    pub events: Vec<StoredEvent>,
    /// Where the next page begins; `None` when this was the last.
    pub next: Option<EventCursor>,
    /// What it took: how much was read and how much could be passed over.
    pub read: EventsRead,
}

/// What a query of events read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct EventsRead {
    /// Blocks and row groups that were read.
    pub parts: u64,
    /// Row groups and segments that statistics and filters ruled out.
    pub ruled_out: u64,
    /// Events of the page's time that were in segments whose files are gone; some may not have passed the filter.
    pub missing: u64,
}

/// Segments that are named and are not there: somebody removed the files, or another disk was mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct EventsLost {
    /// How many files are gone.
    pub segments: u64,
    /// How many events were in them.
    pub events: u64,
}

/// How many events there are, and how large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct EventStats {
    /// Events kept.
    pub events: u64,
    /// Those of them that are in no segment yet.
    pub in_blocks: u64,
    /// Segments.
    pub segments: u64,
    /// Bytes of all segments.
    pub segment_bytes: u64,
    /// The time of the oldest, when there is one.
    pub oldest: Option<Timestamp>,
    /// The time of the newest.
    pub newest: Option<Timestamp>,
}

/// Events page by page; see [`Store::event_stream`].
#[derive(Debug)]
pub struct EventStream {
    store: Store,
    filter: EventFilter,
    page: usize,
    after: Option<EventCursor>,
    ended: bool,
}

impl EventStream {
    /// The next events; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<StoredEvent>>> {
        if self.ended {
            return Ok(None);
        }
        let page = self
            .store
            .events(self.filter.clone(), self.after, self.page)
            .await?;
        self.after = page.next;
        self.ended = page.next.is_none();
        Ok(if page.events.is_empty() {
            None
        } else {
            Some(page.events)
        })
    }
}

impl Store {
    /// A page of events, newest first; of events of one time, the one that arrived last first.
    pub async fn events(
        &self,
        filter: EventFilter,
        after: Option<EventCursor>,
        limit: usize,
    ) -> Result<EventPage> {
        let folder = self.events_folder();
        self.read(move |sql| query::page(sql, &folder, &filter, after, limit))
            .await
    }

    /// All events that pass, newest first, `page` at once.
    pub fn event_stream(&self, filter: EventFilter, page: usize) -> EventStream {
        EventStream {
            store: self.clone(),
            filter,
            page: page.max(1),
            after: None,
            ended: false,
        }
    }

    /// What is named and gone. Looks at every segment's file.
    pub async fn events_lost(&self) -> Result<EventsLost> {
        let folder = self.events_folder();
        self.read(move |sql| query::lost(sql, &folder)).await
    }

    /// How many events there are.
    pub async fn event_stats(&self) -> Result<EventStats> {
        self.read(query::stats).await
    }
}
