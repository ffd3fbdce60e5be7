//! What admission objected to.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::Severity;
use super::network::Availability;
use super::page::FacetCount;

/// Filters of the admission log. A filter given several values, separated by commas, passes any of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AdmissionFilter {
    /// Outcomes: `denied`, `warned`, `audited`, `accepted`, `glass-broken`, `let-through`.
    pub outcome: Option<String>,
    /// Namespaces; `-` for cluster-scoped objects.
    pub namespace: Option<String>,
    /// Words that who asked, what for, or an objection holds.
    pub text: Option<String>,
}

/// The newest requests that admission objected to, since the hub started, newest first. All of them are
/// in the file of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Admissions {
    /// Whether the hub judges requests at all; if not, why.
    pub judging: Availability,
    /// The entries.
    pub items: Vec<AdmissionRow>,
    /// How many pass the filters.
    pub total: u64,
    /// The cursor of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Counts beside the filters: `outcome`, `namespace`, all other filters left aside.
    pub facets: BTreeMap<String, Vec<FacetCount>>,
    /// How often what was answered since the hub started.
    pub answered: AdmissionCounts,
}

/// How often what was answered since the hub started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AdmissionCounts {
    /// Requests that nothing was said against.
    pub allowed: u64,
    /// Requests that were refused.
    pub denied: u64,
    /// Requests that passed with a warning.
    pub warned: u64,
    /// Requests that passed and would be refused if their namespace were enforced.
    pub audited: u64,
    /// Requests that are never judged.
    pub exempt: u64,
    /// Requests that passed because the glass was broken.
    pub glass: u64,
    /// Requests that were not judged because too many came at once.
    pub overloaded: u64,
    /// Objects in enforced namespaces that are there and would be refused now.
    pub standing: u64,
    /// Entries that did not reach the file because the disk was too slow.
    pub lost: u64,
}

/// A request that admission objected to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AdmissionRow {
    /// The request's id, which its refusal names, for `/admission/{id}`; empty for what was let through
    /// while nobody judged.
    pub request: String,
    /// When.
    pub time: Timestamp,
    /// `denied`, `warned`, `audited`, `accepted`, `glass-broken` or `let-through`.
    pub outcome: String,
    /// Who asked.
    pub user: String,
    /// `CREATE`, `UPDATE`, `DELETE` or `CONNECT`.
    pub operation: String,
    /// The resource, such as `pods/exec` or `deployments.apps`.
    pub resource: String,
    /// The namespace; empty for cluster-scoped objects.
    pub namespace: String,
    /// The name; empty where the API server was to make one up.
    pub name: String,
    /// Why the glass was broken, or why it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub glass: Option<String>,
    /// The objections, the gravest first.
    pub objections: Vec<AdmissionObjection>,
}

/// One objection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AdmissionObjection {
    /// Who objects: `check`, `policy`, `rule` or `image`.
    pub by: String,
    /// The check's id, the policy's or the rule's name.
    pub id: String,
    /// What is wrong.
    pub message: String,
    /// The field; empty where there is none.
    pub field: String,
    /// How bad it is.
    pub severity: Severity,
    /// Another object that gets worse by the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The reason of the exception that accepts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
}

/// A request with the object that it was about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Admission {
    /// The row.
    pub row: AdmissionRow,
    /// The object of a refused request, less the values of secrets; null where it is too long or where
    /// the request passed.
    #[schema(value_type = Object)]
    pub object: Value,
}
