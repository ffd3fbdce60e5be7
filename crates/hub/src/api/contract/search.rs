//! One box to find anything.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Severity;

/// What to look for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words; every one must be there, any case. At most 200 characters.
    pub q: String,
    /// Kinds of hits, separated by commas; all when it is left out.
    pub kind: Option<String>,
    /// How many of each kind: 8 unless told, 50 at most.
    pub limit: Option<u32>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SearchResult {
    /// The hits, best first.
    pub hits: Vec<Hit>,
    /// Whether there are more.
    pub more: bool,
}

/// Something found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hit {
    /// `incident`, `application`, `workload`, `object`, `identity`, `check`, `namespace`.
    pub kind: String,
    /// Its id, as its own address takes it.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What it is, in a few words.
    pub text: String,
    /// Where the API tells more, below `/api/v1`.
    pub href: String,
    /// How bad, where it can be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
}
