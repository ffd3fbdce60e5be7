//! What the event stream sends: hints of what changed, so that the page asks again for just that.
//!
//! `GET /stream` is `text/event-stream`. Every message has a number as its `id`, `event:` is the kind and
//! `data:` is a [`Message`] as JSON. A client that comes back with `Last-Event-ID` gets what it missed, or
//! one `reload` when that is no longer kept. A comment line every 15 seconds keeps proxies awake.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What the stream should tell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// Kinds of messages, separated by commas; all when it is left out. `reload` always comes.
    pub kind: Option<String>,
    /// Like the header `Last-Event-ID`, for clients that cannot set it.
    pub last_event_id: Option<u64>,
}

/// The kinds of messages.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum MessageKind {
    /// The state of the cluster has a new version; at most one a second.
    World,
    /// An incident is new or changed.
    Incident,
    /// A change worth hearing of.
    Change,
    /// Health or coverage changed.
    Health,
    /// Too much was missed: ask for everything again.
    Reload,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Message {
    /// What it is about.
    pub kind: MessageKind,
    /// When.
    pub time: Timestamp,
    /// The version of the state afterwards.
    pub world: u64,
    /// What changed: the incident's or the change's id; empty otherwise.
    pub id: String,
    /// In words, for a notification.
    pub text: String,
}
