//! The ways of attack through a world, put into words, and questions to its graph.

use catseye_model::{ObjectKey, Severity};
use serde::{Deserialize, Serialize};

/// The answer to "how would they get in, and what do I mend first" for one version of the world.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Paths {
    /// The version of the world that was looked at; the world may have moved on since.
    pub world_version: u64,
    /// The risk, from 0 to 100.
    pub score: u32,
    /// The ways, worst first.
    pub ways: Vec<Way>,
    /// What to mend first, in this order, each with its computed effect.
    pub fixes: Vec<Fix>,
    /// How many nodes the graph has.
    pub nodes: usize,
    /// How many edges.
    pub edges: usize,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// A way to something worth having.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Way {
    /// Where it begins, in words.
    pub from: String,
    /// What it reaches, in words.
    pub to: String,
    /// What that is: `cluster`, `node`, `secret`, …
    pub jewel: String,
    /// The chance that it works, in percent.
    pub chance: f64,
    /// Its steps.
    pub steps: Vec<WayStep>,
    /// How many more ways are like it.
    pub alike: usize,
}

/// One step of a way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WayStep {
    /// The kind of edge: `CE_PRIVILEGED`.
    pub kind: String,
    /// From where.
    pub from: String,
    /// To where.
    pub to: String,
    /// What happens, as a sentence.
    pub sentence: String,
    /// The objects and fields that allow it.
    pub because: Vec<String>,
}

/// One object to change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    /// The object.
    pub object: ObjectKey,
    /// The changes, all of them needed.
    pub changes: Vec<String>,
    /// The risk before, from 0 to 100.
    pub score_before: u32,
    /// The risk after.
    pub score_after: u32,
    /// Pairs of an entry and a jewel with a way, before.
    pub ways_before: usize,
    /// And after.
    pub ways_after: usize,
    /// What nobody reaches any more.
    pub saved: Vec<String>,
    /// How bad it is not to do it.
    pub severity: Severity,
}
