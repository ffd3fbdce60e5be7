//! What changed: exposures, new registries, new identities; and what a person has confirmed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::incident::Field;
use super::{ObjectRef, Severity};

/// Filters of changes. A filter given several values, separated by commas, passes any of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChangeFilter {
    /// Kinds of change.
    pub kind: Option<String>,
    /// Namespaces.
    pub namespace: Option<String>,
    /// `waiting`, `confirmed` or `rejected`.
    pub validation: Option<String>,
    /// Words that the text, the actor or the object holds.
    pub text: Option<String>,
    /// From.
    pub from: Option<Timestamp>,
    /// To.
    pub to: Option<Timestamp>,
}

/// The kinds of changes that people want to hear of.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// Something became reachable from outside, or by more.
    ExposureWidened,
    /// Something is reachable by fewer.
    ExposureNarrowed,
    /// An image from a registry that was never used.
    NewRegistry,
    /// An image from a repository that was never used.
    NewRepository,
    /// Somebody deployed who never did.
    NewDeployer,
    /// Something was deployed outside of continuous delivery.
    OutsideDelivery,
    /// A role or binding was changed.
    Access,
    /// Health became worse.
    Unhealthy,
    /// Health is back.
    Healthy,
    /// Any other change of an object.
    Object,
}

/// A change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// Its id, for good.
    pub id: String,
    /// When.
    pub time: Timestamp,
    /// What kind.
    pub kind: ChangeKind,
    /// How much it matters.
    pub severity: Severity,
    /// The object.
    pub object: ObjectRef,
    /// What changed, in words.
    pub text: String,
    /// The fields that show it.
    pub fields: Vec<Field>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// How the actor is known: `audit`, `audit-by-time`, `managed-fields` (a client's claim) or `unknown`.
    pub known_by: String,
    /// The audit event, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// What a person said of it; absent where nobody has to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation: Option<Validation>,
}

/// Whether a person has confirmed a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Validation {
    /// `waiting`, `confirmed` or `rejected`.
    pub state: String,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The body of `POST /changes/{id}/validation`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Validate {
    /// Whether the change is as it should be.
    pub confirmed: bool,
    /// Why; wanted when it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
