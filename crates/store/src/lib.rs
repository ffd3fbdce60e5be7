//! What the hub remembers: history of objects, incidents, findings, documents, and events.
//!
//! ```text
//!            ┌─ apply(Batch) ─► writer, group commit ─┐
//!  Store ────┤                                         ├─► SQLite or PostgreSQL: one schema, one SQL
//!            └─ queries ──────► readers ──────────────┘
//!                                  keeper: blocks ─► segments (Parquet), retention
//! ```
//!
//! One handle, [`Store`], opened by its address. Calls are async and cheap to make: they wait for threads
//! of the store. A call that writes returns when what it wrote is on the disk.
//!
//! - What the engine finds comes as a [`Batch`]: events, objects, incidents, findings, baselines and how far
//!   the input was read, all or nothing. A batch with a [`Position`] may be sent twice and counts once.
//! - What people do are calls of their own: [`Store::set_incident_state`], [`Store::put_document`],
//!   [`Store::record_action`]. They name the version that they have seen; another one is a
//!   [`Error::Conflict`].
//! - Time is an argument everywhere; the store reads no clock. Times are kept to the microsecond.
//! - Any question about objects, incidents and findings can be asked as of a time.
//! - Long answers come in pages or as streams of pages; the place of the next one is a value that an API may
//!   hand out.
//!
//! The store redacts nothing: secrets are gone before anything reaches it. Its `Debug` shows no bodies.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "persistence is what this crate is for"
)]

mod action;
mod alert;
mod backup;
mod batch;
mod body;
mod document;
mod error;
mod event;
mod finding;
mod incident;
mod keeper;
mod object;
mod postgres;
mod schema;
mod seen;
mod sql;
mod sqlite;
mod store;
mod worker;

pub use action::{ActionFilter, StoredAction, UserAction};
pub use alert::{AlertPut, AlertSettled, WaitingAlert};
pub use backup::{Backup, restore};
pub use batch::{Applied, Batch, PackedBatch, Position};
pub use body::LARGEST as LARGEST_BODY;
pub use document::{Collection, Cursor, Document, DocumentPut};
pub use error::{Cause, Error, Result};
pub use event::{
    EventCursor, EventFilter, EventPage, EventRecord, EventStats, EventStream, EventsLost,
    EventsRead, StoredEvent,
};
pub use finding::{
    FindingCursor, FindingFilter, FindingPage, FindingReport, FindingScope, FindingsChanged,
    FindingsUpdate, StoredFinding, TrendPoint,
};
pub use incident::{
    Comment, ENGINE, Fingerprint, Incident, IncidentCursor, IncidentFilter, IncidentId,
    IncidentOrder, IncidentPage, IncidentState, IncidentUpsert, StateChange, StateName, Transition,
    UpsertOutcome, Upserted,
};
pub use keeper::{Maintained, Retention};
pub use object::{
    Depth, Difference, ObjectChange, ObjectDifference, ObjectFilter, ObjectKey, ObjectStream,
    ObjectVersion, VersionStream,
};
pub use seen::Seen;
pub use store::{Options, Store};
