//! Who can do what, what of it they use, and what is normal for them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::network::Availability;
use super::{ObjectRef, Severity};

/// Filters of identities.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct IdentityFilter {
    /// `user`, `group` or `serviceaccount`; any of several, separated by commas.
    pub kind: Option<String>,
    /// Namespaces of service accounts, separated by commas.
    pub namespace: Option<String>,
    /// Words that the name holds.
    pub text: Option<String>,
    /// Also those of Kubernetes itself.
    pub system: Option<bool>,
}

/// An identity in the list, most powerful first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IdentityRow {
    /// Its id: `user:NAME` (service accounts are `user:system:serviceaccount:NAMESPACE:NAME`) or
    /// `group:NAME`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// `user`, `group` or `serviceaccount`.
    pub kind: String,
    /// The namespace of a service account.
    pub namespace: String,
    /// Whether it belongs to Kubernetes itself.
    pub system: bool,
    /// What it may do that matters, in words, worst first.
    pub powers: Vec<String>,
    /// How bad losing it would be.
    pub severity: Severity,
    /// Rules that it is granted.
    pub granted: u64,
    /// Of these, rules of which a use was seen; absent where nothing could show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used: Option<u64>,
    /// Calls seen.
    pub calls: u64,
    /// The last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
    /// Incidents of it that are open.
    pub incidents: u64,
}

/// An identity with all that is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Identity {
    /// The row.
    pub row: IdentityRow,
    /// What it can do, and through which binding.
    pub can: Vec<Grant>,
    /// Granted against used.
    pub usage: UsageReport,
    /// What is normal for it, as learned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub normal: Option<Profile>,
    /// Workloads that run as it.
    pub runs: Vec<ObjectRef>,
    /// Changes of its roles and bindings, newest first; at most 100.
    pub trail: Vec<RoleChange>,
}

/// A rule that an identity holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Grant {
    /// Where: a namespace, or empty for the whole cluster.
    pub scope: String,
    /// API groups.
    pub api_groups: Vec<String>,
    /// Resources, with subresources as `pods/exec`.
    pub resources: Vec<String>,
    /// Names; empty for all.
    pub names: Vec<String>,
    /// Paths, for rules about none of the resources.
    pub paths: Vec<String>,
    /// Verbs.
    pub verbs: Vec<String>,
    /// The role that says so.
    pub role: ObjectRef,
    /// The binding that gives it.
    pub binding: ObjectRef,
    /// Through which group, where it is not bound itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
    /// Calls that this rule allowed; absent where nothing could show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used: Option<u64>,
}

/// Granted against used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UsageReport {
    /// Whether calls are seen at all; if not, why.
    pub observed: Availability,
    /// Since when calls are seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Calls seen.
    pub calls: u64,
    /// Roles of least privilege, as YAML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    /// Of the calls seen, those that the suggestion still allows: the proof.
    pub still_allowed: u64,
}

/// What is normal for an identity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Profile {
    /// Calls learned.
    pub samples: u64,
    /// On so many days.
    pub days: u32,
    /// Since.
    pub since: Timestamp,
    /// Whether that is enough to judge by.
    pub mature: bool,
    /// Each side of behaviour with its usual values.
    pub sides: Vec<ProfileSide>,
    /// Calls in each hour of the day, UTC, from midnight; as shares of one.
    pub hours: Vec<f64>,
}

/// A side of behaviour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProfileSide {
    /// `action`, `object`, `program`, `network`, …
    pub what: String,
    /// Its values with their shares, most usual first.
    pub values: Vec<ProfileValue>,
}

/// A usual value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProfileValue {
    /// The value.
    pub value: String,
    /// How much of the behaviour it is, from 0 to 1.
    pub share: f64,
}

/// A change of a role or binding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoleChange {
    /// When.
    pub time: Timestamp,
    /// Who: whoever authenticated.
    pub actor: String,
    /// The role or binding.
    pub object: ObjectRef,
    /// What was done: completes "ACTOR …".
    pub text: String,
    /// What it said before, a line a rule or subject; absent when that is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Vec<String>>,
    /// What it says now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Vec<String>>,
    /// Why it did not take place, where it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// The event.
    pub event: String,
}

/// Who can do something.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhoCanQuery {
    /// The verb.
    pub verb: String,
    /// The resource, `pods/exec`, `deployments.apps`; or a path that begins with `/`.
    pub resource: String,
    /// The namespace; the whole cluster when it is left out.
    pub namespace: Option<String>,
    /// The name of one object.
    pub name: Option<String>,
}

/// Who can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WhoCan {
    /// The question in one line.
    pub question: String,
    /// Who, and why.
    pub holders: Vec<Holder>,
}

/// Somebody who can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Holder {
    /// The identity's id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// `user`, `group` or `serviceaccount`.
    pub kind: String,
    /// Why, in words: roles and bindings.
    pub because: Vec<String>,
}
