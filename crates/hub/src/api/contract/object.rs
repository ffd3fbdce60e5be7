//! Objects of the cluster: as they are, as they were, and the difference.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::posture::FindingRow;
use super::{ObjectRef, SeverityCounts};

/// Filters of objects. A filter given several values, separated by commas, passes any of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ObjectFilter {
    /// Kinds, `Deployment.apps`.
    pub kind: Option<String>,
    /// Namespaces; `-` for what is cluster-wide.
    pub namespace: Option<String>,
    /// Words that the name or a label holds.
    pub text: Option<String>,
    /// Only workloads.
    pub workloads: Option<bool>,
}

/// An object as a row, by kind, namespace and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ObjectRow {
    /// The object.
    pub object: ObjectRef,
    /// The application, as id.
    pub application: String,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// Its findings.
    pub findings: SeverityCounts,
}

/// An object with all that is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ObjectDetail {
    /// The row.
    pub row: ObjectRow,
    /// Who owns it, nearest first.
    pub owners: Vec<ObjectRef>,
    /// The object as YAML, less the values of secrets.
    pub yaml: String,
    /// Its findings.
    pub findings: Vec<FindingRow>,
    /// Incidents about it, by id.
    pub incidents: Vec<String>,
}

/// A version of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ObjectVersion {
    /// From when it was so.
    pub time: Timestamp,
    /// `resourceVersion`, where it is known.
    pub resource_version: String,
    /// `created`, `changed` or `deleted`.
    pub what: String,
    /// Fields that changed, at most 50.
    pub fields: Vec<FieldChange>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// How that is known: `audit`, `audit-by-time`, `managed-fields` (a client's claim) or `unknown`.
    pub known_by: String,
}

/// A field that changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, Eq)]
pub struct FieldChange {
    /// Its path.
    pub path: String,
    /// What stood there; absent when nothing did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub before: Option<Value>,
    /// What stands there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub after: Option<Value>,
}

/// Two times to compare.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DiffQuery {
    /// From.
    pub from: Timestamp,
    /// To; now when it is left out.
    pub to: Option<Timestamp>,
    /// Only this namespace.
    pub namespace: Option<String>,
}

/// What is different between two times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Diff {
    /// From.
    pub from: Timestamp,
    /// To.
    pub to: Timestamp,
    /// Objects that came, went and changed; at most 1,000.
    pub objects: Vec<ObjectDiff>,
    /// Objects beyond those.
    pub more: u64,
    /// Findings that came; at most 500.
    pub findings_new: Vec<FindingRow>,
    /// Findings that went; at most 500.
    pub findings_gone: Vec<FindingRow>,
    /// Incidents that opened between the two, by id.
    pub incidents_opened: Vec<String>,
    /// Incidents that closed between the two, by id.
    pub incidents_closed: Vec<String>,
    /// The mean score at both times.
    pub score: [u8; 2],
    /// The risk at both times; absent when it was not computed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<[u32; 2]>,
}

/// An object that differs between two times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ObjectDiff {
    /// The object.
    pub object: ObjectRef,
    /// `created`, `changed` or `deleted`.
    pub what: String,
    /// Fields that differ, at most 50.
    pub fields: Vec<FieldChange>,
}
