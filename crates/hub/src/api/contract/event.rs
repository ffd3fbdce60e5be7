//! The search in what happened.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// An event, by id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventRef {
    /// Its id, for `/events/{id}`; `auditID` for API calls.
    pub id: String,
    /// When.
    pub time: Timestamp,
}

/// Filters of events. A filter given several values, separated by commas, passes any of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventFilter {
    /// From; an hour ago when it is left out.
    pub from: Option<Timestamp>,
    /// To; now when it is left out.
    pub to: Option<Timestamp>,
    /// `audit` or `runtime`.
    pub source: Option<String>,
    /// Who, as user name.
    pub actor: Option<String>,
    /// Verbs.
    pub verb: Option<String>,
    /// Resources, `pods/exec`, `deployments.apps`.
    pub resource: Option<String>,
    /// Namespaces.
    pub namespace: Option<String>,
    /// Names.
    pub name: Option<String>,
    /// Status codes or classes of them: `403`, `4xx`.
    pub code: Option<String>,
    /// Addresses.
    pub address: Option<String>,
    /// Words that any of these fields or the user agent holds.
    pub text: Option<String>,
}

/// Events, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Events {
    /// The events.
    pub items: Vec<EventRow>,
    /// The cursor of the next page; absent when there are no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// How many events were looked at; a search stops after a bounded number and leads on by `next`.
    pub scanned: u64,
    /// The oldest event that is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_since: Option<Timestamp>,
}

/// An event as a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventRow {
    /// Its id.
    pub id: String,
    /// When.
    pub time: Timestamp,
    /// `audit` or `runtime`.
    pub source: String,
    /// Who.
    pub actor: String,
    /// Who authenticated, where they acted as somebody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impersonator: Option<String>,
    /// The verb.
    pub verb: String,
    /// The resource with its subresource and group, `pods/exec`, `deployments.apps`; a path for calls
    /// that name none.
    pub resource: String,
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The status code; 0 when it is not known.
    pub code: u16,
    /// From where.
    pub address: String,
    /// With what.
    pub agent: String,
}

/// An event with all that is kept of it; values of secrets are not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// The row.
    pub row: EventRow,
    /// The event as it came, less the values of secrets.
    #[schema(value_type = Object)]
    pub raw: Value,
    /// Rules that matched it, by id.
    pub rules: Vec<String>,
    /// Incidents that it belongs to.
    pub incidents: Vec<String>,
}
