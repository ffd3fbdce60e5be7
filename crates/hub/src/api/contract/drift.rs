//! Drift: where live state differs from desired state, by whom, what it means, and the way back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::network::Availability;
use super::page::FacetCount;
use super::{ObjectRef, Severity};

/// Filters of drift. A filter given several values, separated by commas, passes any of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DriftFilter {
    /// Namespaces; `-` for what is cluster-wide.
    pub namespace: Option<String>,
    /// Kinds, as `Deployment.apps`.
    pub kind: Option<String>,
    /// Classes: `missing`, `unmanaged`, `changed`, `added`, `removed`, `re-owned`.
    pub class: Option<String>,
    /// Who did it: users, or `-` where nobody is known.
    pub actor: Option<String>,
    /// Severities.
    pub severity: Option<String>,
    /// Words that the object, a field, a value or an author holds, any case.
    pub text: Option<String>,
}

/// Where live state differs from desired state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Drift {
    /// Whether there is a desired state to compare with; if not, why, and what to do.
    pub available: Availability,
    /// Objects that differ, the worst and then the newest first.
    pub items: Vec<DriftRow>,
    /// How many there are in all pages together.
    pub total: u64,
    /// The cursor of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// How many objects are desired.
    pub desired: u64,
    /// Where the desired state comes from.
    pub sources: Vec<DesiredSource>,
    /// How many objects have each class; the filters applied.
    pub classes: Vec<FacetCount>,
    /// How many objects each author drifted; the filters applied.
    pub actors: Vec<FacetCount>,
}

/// Where desired state comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DesiredSource {
    /// `folders`, `helm-releases`, `last-applied` or `inventories`.
    pub name: String,
    /// How many objects it names.
    pub objects: u64,
    /// What cannot be read of it, or what to know about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// An object that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DriftRow {
    /// Names it in addresses; the same for the same object.
    pub id: String,
    /// The object.
    pub object: ObjectRef,
    /// `changed`, `missing` or `unmanaged`.
    pub state: String,
    /// How much it matters: the worst that it breaks.
    pub severity: Severity,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Where it is desired; absent for what nobody desires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The application of the delivery tool that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<DriftApplication>,
    /// The delivery itself wrote it: the desired state at hand is the older one.
    pub delivered: bool,
    /// The worst of what it breaks, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub means: Option<String>,
    /// The incident that it is evidence of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    /// The fields that differ; one with an empty path stands for the object as a whole.
    pub fields: Vec<DriftField>,
}

/// What a delivery tool deploys as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DriftApplication {
    /// `Argo CD`, `Flux` or `Helm`.
    pub tool: String,
    /// `Application`, `Kustomization`, `HelmRelease` or `release`.
    pub kind: String,
    /// Namespace and name.
    pub name: String,
    /// Repository, folder and revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written_at: Option<String>,
}

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DriftField {
    /// Its path.
    pub path: String,
    /// `changed`, `added`, `removed`, `re-owned`, `missing` or `unmanaged`.
    pub class: String,
    /// What is wanted, as YAML; absent when nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desired: Option<String>,
    /// What is; absent when nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live: Option<String>,
    /// By whom: the user, where the audit log tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The author in words, with the tool, an impersonation, the pod and others that it may have been.
    pub author: String,
    /// How that is known: `audit`, `audit-by-time`, `managed-fields` (a client's claim) or `unknown`.
    pub known_by: String,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// From where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The audit event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// What a reader should know beside the values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One object that differs, with all that is known about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DriftDetail {
    /// The row of the list.
    pub drift: DriftRow,
    /// The object as it is desired, as YAML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desired: Option<String>,
    /// The object as it is, as YAML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live: Option<String>,
    /// Checks that fail because of the drift.
    pub breaks: Vec<DriftEffect>,
    /// Checks that would fail without it.
    pub mends: Vec<DriftEffect>,
    /// Connections that are open only because of it.
    pub opened: Vec<String>,
    /// Connections that it closes.
    pub closed: Vec<String>,
    /// How it came to be so, step by step.
    pub story: Vec<DriftStep>,
    /// How to have it as desired again.
    pub way_back: WayBack,
}

/// A check whose answer is another because of the drift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DriftEffect {
    /// How bad.
    pub severity: Severity,
    /// The id of the check.
    pub check: String,
    /// Its title.
    pub title: String,
    /// The object that it is about, where that is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// What is wrong, in a sentence.
    pub message: String,
}

/// A step of the story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DriftStep {
    /// When, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// What happened.
    pub text: String,
    /// The audit event, where one tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
}

/// How to have an object as desired again. The hub itself changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WayBack {
    /// Whether it is safe: false where the desired state itself is worse.
    pub safe: bool,
    /// What it does, or why it should not be done, in a sentence.
    pub says: String,
    /// A JSON patch (RFC 6902) for this version of the object, or the manifest to create.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
    /// The command that does it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The command that makes the delivery tool do it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<String>,
    /// How to keep the change instead.
    pub keep: String,
    /// Checks that would fail afterwards.
    pub breaks: Vec<DriftEffect>,
}
