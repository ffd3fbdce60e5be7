//! Who may talk to whom, who does, and what a policy would change.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ObjectRef;

/// How coarse the picture is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
    Default,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// One node a namespace.
    #[default]
    Namespace,
    /// One node an application.
    Application,
    /// One node a workload.
    Workload,
}

/// Which connections are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NetworkQuery {
    /// How coarse.
    #[param(inline)]
    pub level: Option<Level>,
    /// Namespaces, separated by commas.
    pub namespace: Option<String>,
    /// Nodes to open into the next finer level, by id, separated by commas.
    pub expand: Option<String>,
    /// `allowed`, `observed`, `denied`, `failing`, `unused` (allowed, never observed); any of several,
    /// separated by commas.
    pub show: Option<String>,
    /// Words that a node's name holds.
    pub text: Option<String>,
    /// How many nodes at most: 200 unless told, and never more.
    pub limit: Option<u32>,
}

/// The network as a picture and as a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Network {
    /// Who talks.
    pub nodes: Vec<NetworkNode>,
    /// Who talks to whom.
    pub edges: Vec<NetworkEdge>,
    /// Nodes left out because of the limit.
    pub left_out: u64,
    /// Whether flows are observed at all; if not, why.
    pub observed: Availability,
    /// Policies that could not be read, in words.
    pub unread: Vec<String>,
}

/// Whether there is something to show, or why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Availability {
    /// There is.
    pub available: bool,
    /// Why not, and what to do; empty when there is.
    pub reason: String,
}

/// A side of a connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NetworkNode {
    /// Its id: `ns:shop`, `app:shop:cart`, `wl:Deployment.apps/shop/cart`, `ip:0.0.0.0/0`.
    pub id: String,
    /// `namespace`, `application`, `workload`, `external` or `host`.
    pub kind: String,
    /// What it is called.
    pub name: String,
    /// The namespace; empty for what is outside.
    pub namespace: String,
    /// The object, for a workload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectRef>,
    /// Its place, from 0 to 1, left to right; the same while the state is.
    pub x: f64,
    /// Its place, from 0 to 1, top to bottom.
    pub y: f64,
    /// Pods in it.
    pub pods: u64,
    /// Whether `expand` opens it.
    pub expandable: bool,
    /// Pods in it that no policy selects for ingress.
    pub unprotected_ingress: u64,
    /// Pods in it that no policy selects for egress.
    pub unprotected_egress: u64,
    /// Names of what is outside, as DNS told.
    pub names: Vec<String>,
}

/// What passes from one node to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NetworkEdge {
    /// From node id.
    pub from: String,
    /// To node id.
    pub to: String,
    /// What policies allow between any two pods of the two.
    pub allowed: Vec<Ports>,
    /// Whether every pair of pods of the two may use all of these ports.
    pub uniform: bool,
    /// What was seen.
    pub observed: Vec<Flow>,
    /// Allowed and never seen, although flows are observed.
    pub unused: bool,
}

/// Ports of a protocol.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct Ports {
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    /// The first one.
    pub first: u16,
    /// The last one.
    pub last: u16,
}

/// What was seen between two nodes on one port.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Flow {
    /// The protocol.
    pub protocol: String,
    /// The port of the destination.
    pub port: u16,
    /// Connections.
    pub connections: u64,
    /// Of these, refused by policy.
    pub denied: u64,
    /// Of these, failed otherwise.
    pub failed: u64,
    /// Bytes from the one who began.
    pub sent: u64,
    /// Bytes to the one who began.
    pub received: u64,
    /// How long it took to connect, on average, in milliseconds; absent where it was not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<f64>,
    /// Names that led there, as DNS told.
    pub names: Vec<String>,
    /// What policies say: `allowed`, `unrestricted` (none speaks of it), `observed-but-denied` (seen to
    /// pass although they refuse it), `refused`, `unknown`.
    pub standing: String,
    /// The last one.
    pub last: jiff::Timestamp,
}

/// A question for one connection.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExplainQuery {
    /// From: a workload `Deployment.apps/shop/cart`, or an address.
    pub from: String,
    /// To: a workload, or an address.
    pub to: String,
    /// The port; every port of the connection when it is left out.
    pub port: Option<u16>,
    /// `TCP` when it is left out.
    pub protocol: Option<String>,
}

/// Why a connection passes or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Explanation {
    /// From.
    pub from: String,
    /// To.
    pub to: String,
    /// One verdict for each range of ports that is decided alike.
    pub verdicts: Vec<Verdict>,
}

/// A decision about ports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Verdict {
    /// The ports.
    pub ports: Vec<Ports>,
    /// Whether they pass.
    pub allowed: bool,
    /// What the source's policies say, in words, with the rule that decided.
    pub egress: String,
    /// What the destination's policies say.
    pub ingress: String,
}

/// Policies to try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Simulation {
    /// NetworkPolicies (and their admin kinds) as YAML, one or several documents; each replaces the one
    /// of its name.
    pub policies: String,
    /// Policies to take away: `NetworkPolicy.networking.k8s.io/shop/default-deny`.
    #[serde(default)]
    pub remove: Vec<String>,
}

/// What policies would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SimulationResult {
    /// Connections that would open.
    pub opens: Vec<ConnectionChange>,
    /// Connections that would close.
    pub closes: Vec<ConnectionChange>,
    /// Observed connections that would close, of those observed: the proof.
    pub breaks: u64,
    /// Observed connections.
    pub observed: Availability,
    /// What could not be read in the policies, with line numbers.
    pub notices: Vec<String>,
    /// Changes beyond the 1,000 that are told.
    pub more: u64,
}

/// Ports between two sides that change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConnectionChange {
    /// From, in words.
    pub from: String,
    /// To, in words.
    pub to: String,
    /// The ports.
    pub ports: Vec<Ports>,
    /// Whether such a connection was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed: Option<bool>,
}
