//! What the hub sees, and what it does not: "no incident" never means "no data".

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

/// What is seen and what is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Each kind of object, as `deployments.apps` or `Deployment.apps`.
    pub kinds: BTreeMap<String, KindCoverage>,
    /// Each source of events, by name.
    pub sources: BTreeMap<String, SourceCoverage>,
    /// Rules that cannot see what they need, with what is missing.
    pub blind_rules: Vec<BlindRule>,
}

/// How one kind of object is seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct KindCoverage {
    /// How many objects are known.
    pub objects: usize,
    /// Since when all of them are known; `None` before the first full list.
    pub synced: Option<Timestamp>,
    /// Why the kind cannot be seen, or no more.
    pub gap: Option<String>,
}

impl KindCoverage {
    /// True before the first full list, unless the kind cannot be seen.
    pub fn is_awaited(&self) -> bool {
        self.synced.is_none() && self.gap.is_none()
    }
}

/// How one source of events is seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SourceCoverage {
    /// Events that were judged.
    pub events: u64,
    /// Records that gave no event, by cause.
    pub unreadable: BTreeMap<String, u64>,
    /// Events that had come before: whoever sends them heard no answer in time. They count once.
    pub resent: u64,
    /// What the hub itself read of the cluster: kept, and not judged.
    pub own: u64,
    /// Batches that were refused because too much was waiting.
    pub shed: u64,
    /// Times that the place where an earlier run stopped was not found again: what came after it may be missing.
    pub gaps: u64,
    /// The time of the first event.
    pub first: Option<Timestamp>,
    /// The time of the last event.
    pub last: Option<Timestamp>,
}

/// A rule that cannot see what it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BlindRule {
    /// Its id.
    pub rule: String,
    /// What it detects.
    pub title: String,
    /// What the source does not show.
    pub missing: Vec<String>,
    /// What would have to be given beside the events.
    pub lacks: Option<String>,
    /// Events that it could not judge.
    pub events: u64,
}
