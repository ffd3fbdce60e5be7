//! What is not seen, what was lost, and how the hub itself is.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is seen and what is not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Coverage {
    /// Each side that facts come from.
    pub sources: Vec<SourceCoverage>,
    /// Kinds that could not be listed or watched.
    pub kinds_missing: Vec<Missing>,
    /// Detection rules that lack what they need.
    pub rules_blind: Vec<Missing>,
    /// Checks that could not answer, with the reason.
    pub checks_unknown: Vec<Missing>,
    /// The sensor of each node.
    pub sensors: Vec<Sensor>,
    /// What was lost or cut, by name: every number above zero is something that nobody looked at.
    pub lost: BTreeMap<String, u64>,
}

/// A side that facts come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SourceCoverage {
    /// `objects`, `audit`, `runtime`, `flows`, `images`, …
    pub name: String,
    /// `live`, `recorded`, `stale` or `absent`.
    pub state: String,
    /// In words: what it is, or how to get it.
    pub text: String,
    /// The last thing that came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
    /// How many things came.
    pub count: u64,
    /// How far behind it is, in seconds; absent when that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag_seconds: Option<f64>,
}

/// A node's sensor, as it was heard since the hub started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sensor {
    /// The node.
    pub node: String,
    /// `live`, `stale` (not heard for two minutes) or `recorded`.
    pub state: String,
    /// The sensor's version.
    pub version: String,
    /// The node's kernel.
    pub kernel: String,
    /// The kernel takes no programs: `/proc` is looked at now and then, what is short is missed.
    pub sampled: bool,
    /// What is not seen there, and why.
    pub refused: Vec<Missing>,
    /// When it was heard last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heard: Option<Timestamp>,
    /// The time of its last event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
    /// Events taken.
    pub events: u64,
    /// Events that were lost.
    pub lost: u64,
    /// When events were lost, the last intervals.
    pub losses: Vec<Loss>,
}

/// An interval in which events were lost: what is absent in it may have been there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Loss {
    /// From.
    pub from: Timestamp,
    /// To.
    pub to: Timestamp,
    /// How many.
    pub events: u64,
    /// Why.
    pub reason: String,
}

/// Something that is not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Missing {
    /// What.
    pub what: String,
    /// Why.
    pub reason: String,
    /// How often, where it counts.
    pub count: u64,
}

/// How the hub is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// The program's version.
    pub version: String,
    /// Since when it runs.
    pub started: Timestamp,
    /// Whether it answers with all it should have.
    pub ready: bool,
    /// What it does at the moment: `live`, `replay`, `files`.
    pub mode: String,
    /// Where the clock of a replay stands; the time of day otherwise.
    pub now: Timestamp,
    /// The version of the state: what `ETag`s hold.
    pub world: u64,
    /// Objects in the state.
    pub objects: u64,
    /// Events taken in.
    pub events: u64,
    /// Each part: `store`, `watch`, `intake`, `judge`, `alerts`, …
    pub parts: Vec<PartHealth>,
}

/// How a part is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PartHealth {
    /// Its name.
    pub name: String,
    /// `ok`, `degraded` or `failed`.
    pub state: String,
    /// In words.
    pub text: String,
    /// Its figures, by name.
    pub figures: BTreeMap<String, f64>,
}
