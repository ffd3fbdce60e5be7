//! What the time control shows: how much happened when.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Severity;

/// Which stretch of time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TimelineQuery {
    /// From; the oldest time that is kept when it is left out.
    pub from: Option<Timestamp>,
    /// To; now when it is left out.
    pub to: Option<Timestamp>,
    /// How many buckets: 120 unless told, 500 at most.
    pub buckets: Option<u32>,
}

/// How much happened when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Timeline {
    /// From.
    pub from: Timestamp,
    /// To.
    pub to: Timestamp,
    /// The oldest time that `at` can go to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_since: Option<Timestamp>,
    /// What happened in each stretch, oldest first.
    pub buckets: Vec<Bucket>,
    /// What stands out, oldest first; at most 200.
    pub marks: Vec<Mark>,
}

/// A stretch of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Bucket {
    /// Its begin.
    pub from: Timestamp,
    /// Events in it that are evidence of an incident.
    pub events: u64,
    /// Changes of objects in it.
    pub changes: u64,
    /// Incidents that began in it.
    pub incidents: u64,
    /// How bad the worst of those is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worst: Option<Severity>,
}

/// Something that stands out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Mark {
    /// When.
    pub time: Timestamp,
    /// `incident`, `exposure`, `access`, `restart`, …
    pub kind: String,
    /// What, in words.
    pub text: String,
    /// Where the API tells more.
    pub href: String,
    /// How bad.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
}
