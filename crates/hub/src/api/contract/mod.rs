//! The words of `/api/v1`: what is asked and what is answered, one file an area.
//!
//! The documentation of these types is the documentation of the API: `docs/openapi.json` is written from
//! them. Field names are `snake_case`, times are RFC 3339 in UTC, an id is opaque unless its type says
//! otherwise. Fields may be added within a version; none is renamed or removed.

pub mod admission;
pub mod application;
pub mod change;
pub mod coverage;
pub mod drift;
pub mod event;
pub mod identity;
pub mod incident;
pub mod network;
pub mod object;
pub mod page;
pub mod path;
pub mod posture;
pub mod problem;
pub mod search;
pub mod session;
pub mod setting;
pub mod stream;
pub mod timeline;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How bad, from advice to "stop and mend now".
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Advice.
    Info,
    /// Hygiene.
    Low,
    /// A layer of defence is missing.
    Medium,
    /// An attacker who is inside gains much.
    High,
    /// The node or the cluster is one step away.
    Critical,
}

impl From<catseye_model::Severity> for Severity {
    fn from(severity: catseye_model::Severity) -> Self {
        match severity {
            catseye_model::Severity::Info => Severity::Info,
            catseye_model::Severity::Low => Severity::Low,
            catseye_model::Severity::Medium => Severity::Medium,
            catseye_model::Severity::High => Severity::High,
            catseye_model::Severity::Critical => Severity::Critical,
        }
    }
}

impl Severity {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

/// How many of each severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct SeverityCounts {
    /// Critical ones.
    pub critical: u64,
    /// High ones.
    pub high: u64,
    /// Medium ones.
    pub medium: u64,
    /// Low ones.
    pub low: u64,
    /// Advice.
    pub info: u64,
}

impl SeverityCounts {
    /// Counts one more.
    pub fn add(&mut self, severity: Severity) {
        match severity {
            Severity::Critical => self.critical += 1,
            Severity::High => self.high += 1,
            Severity::Medium => self.medium += 1,
            Severity::Low => self.low += 1,
            Severity::Info => self.info += 1,
        }
    }
}

/// An object of the cluster, by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
pub struct ObjectRef {
    /// The kind with its API group, `Deployment.apps`; core kinds stand alone, `Pod`.
    #[schema(example = "Deployment.apps")]
    pub kind: String,
    /// The namespace; empty for what is cluster-wide. In addresses `-` stands for the empty one.
    #[schema(example = "shop")]
    pub namespace: String,
    /// The name.
    #[schema(example = "cart")]
    pub name: String,
}

/// At which time an answer is wanted. Every GET takes it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct At {
    /// The answer as it was at this time; now when it is left out. Refused with `time-not-kept` when
    /// the store remembers less far back.
    pub at: Option<jiff::Timestamp>,
}
