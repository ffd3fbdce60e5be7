//! The map: applications, what they consist of and what they depend on.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::network::Ports;
use super::posture::FindingRow;
use super::{ObjectRef, Severity, SeverityCounts};

/// Filters of the map.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MapQuery {
    /// Namespaces, separated by commas.
    pub namespace: Option<String>,
    /// Words that a name holds.
    pub text: Option<String>,
    /// How many nodes at most: 200 unless told, and never more. The least connected ones are left out.
    pub limit: Option<u32>,
}

/// Applications and what flows between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ApplicationMap {
    /// The applications, by name.
    pub applications: Vec<ApplicationRow>,
    /// What depends on what.
    pub dependencies: Vec<Dependency>,
    /// Applications left out because of the limit.
    pub left_out: u64,
}

/// An application on the map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ApplicationRow {
    /// Its id, for `/applications/{id}`: `NAMESPACE:NAME`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its namespace; an application that spans several has one row in each.
    pub namespace: String,
    /// The label or annotation that names it; absent when a workload stands for itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub named_by: Option<String>,
    /// Who answers for it, by labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Its place on the map, from 0 to 1, left to right; the same while the state is.
    pub x: f64,
    /// Its place on the map, from 0 to 1, top to bottom.
    pub y: f64,
    /// Workloads in it.
    pub workloads: u64,
    /// Pods in it.
    pub pods: u64,
    /// The mean score of its workloads, 0 to 100.
    pub score: u8,
    /// Its findings.
    pub findings: SeverityCounts,
    /// Incidents about it that are open.
    pub incidents: u64,
    /// How bad the worst of those is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worst_incident: Option<Severity>,
    /// Whether the outside reaches it.
    pub exposed: bool,
    /// Whether as many pods are ready as are wanted; absent when the state does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthy: Option<bool>,
}

/// One application uses another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Dependency {
    /// Who uses, as application id.
    pub from: String,
    /// Who is used, as application id.
    pub to: String,
    /// Whether it was seen, or only follows from configuration (a name in an environment variable).
    pub observed: bool,
    /// Whether network policies allow it.
    pub allowed: bool,
    /// What shows it, in words, a few of many.
    pub because: Vec<String>,
}

/// An application with all that is behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Application {
    /// The row.
    pub row: ApplicationRow,
    /// Its workloads.
    pub workloads: Vec<WorkloadRow>,
    /// Its other objects: services, config maps, …
    pub objects: Vec<ObjectRef>,
    /// Ways in from outside.
    pub exposures: Vec<Exposure>,
    /// The service accounts that it runs as.
    pub identities: Vec<IdentityUse>,
    /// Its dependencies, both directions.
    pub dependencies: Vec<Dependency>,
    /// Its findings, worst first; at most 100. `/findings?application=` lists all.
    pub findings: Vec<FindingRow>,
}

/// A workload in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WorkloadRow {
    /// The workload, the top owner of its pods.
    pub object: ObjectRef,
    /// The application it belongs to, as id.
    pub application: String,
    /// Its score, 0 to 100.
    pub score: u8,
    /// How the score came about.
    pub score_explained: String,
    /// Its findings.
    pub findings: SeverityCounts,
    /// Pods that are wanted; absent when the state does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desired: Option<u64>,
    /// Pods that are ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready: Option<u64>,
    /// Images of its containers.
    pub images: Vec<String>,
    /// The service account that it runs as.
    pub service_account: String,
    /// Whether the outside reaches it.
    pub exposed: bool,
}

/// A workload with all that is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Workload {
    /// The row.
    pub row: WorkloadRow,
    /// Its pods.
    pub pods: Vec<ObjectRef>,
    /// Ways in from outside.
    pub exposures: Vec<Exposure>,
    /// The identity that it runs as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<IdentityUse>,
    /// What it mounts and reads: secrets, config maps, claims.
    pub uses: Vec<ObjectRef>,
    /// Its findings, worst first.
    pub findings: Vec<FindingRow>,
    /// Incidents about it, by id.
    pub incidents: Vec<String>,
}

/// A way in from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Exposure {
    /// The object that opens it: an Ingress, a Service, a route.
    pub object: ObjectRef,
    /// `LoadBalancer`, `NodePort`, `Ingress`, `Gateway`, …
    pub door: String,
    /// Who may use it: `open`, `restricted`, `internal` or `elsewhere`.
    pub origin: String,
    /// The workload behind it.
    pub workload: ObjectRef,
    /// Ports that lead there.
    pub ports: Vec<Ports>,
    /// Of these, ports that network policies admit.
    pub admitted: Vec<Ports>,
}

/// A service account and what it gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IdentityUse {
    /// The id for `/identities/{id}`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Whether its token is mounted.
    pub token_mounted: bool,
    /// What it may do that matters, in words.
    pub powers: Vec<String>,
}
