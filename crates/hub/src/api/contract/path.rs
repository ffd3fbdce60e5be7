//! Ways of an attacker: worst ones, what to mend first, and what a change would do.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ObjectRef;

/// Which ways are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PathQuery {
    /// Where attackers begin, as node id; the internet and a foothold in any workload when left out.
    pub from: Option<String>,
    /// What they are after, as node id; every kind of jewel when left out.
    pub to: Option<String>,
    /// Only ways through this namespace.
    pub namespace: Option<String>,
    /// How many ways: 10 unless told, 100 at most.
    pub ways: Option<u32>,
    /// How many fixes: 5 unless told, 20 at most.
    pub fixes: Option<u32>,
}

/// Ways, risk and fixes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Paths {
    /// The risk as it stands.
    pub risk: Risk,
    /// The risk before what-if changes, where some were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Risk>,
    /// What is in reach, worst to lose first.
    pub in_reach: Vec<InReach>,
    /// The ways, worst first.
    pub paths: Vec<Path>,
    /// What to mend, in this order.
    pub fix_first: Vec<PathFix>,
    /// Nodes that every way to the one target passes.
    pub required: Vec<PathNode>,
}

/// What an attacker can expect to gain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Risk {
    /// 0 to 100.
    pub score: u32,
    /// Pairs of an entry point and a kind of jewel with a way between them.
    pub ways: u64,
    /// The chance of losing each kind of jewel, worst first.
    pub jewels: Vec<JewelChance>,
}

/// The chance of losing a kind of jewel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JewelChance {
    /// `cluster`, `node`, `cloud`, `secret`, `workload` or `namespace`.
    pub jewel: String,
    /// From 0 to 1.
    pub chance: f64,
    /// What losing it costs, in points of a hundred.
    pub impact: u32,
}

/// How many jewels of a kind are in reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InReach {
    /// The kind of jewel.
    pub jewel: String,
    /// How many an attacker reaches.
    pub reached: u64,
    /// Of how many.
    pub of: u64,
}

/// A way, ready to be drawn: nodes in layers from left to right, edges with their reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Path {
    /// Names the way while the state of the cluster stays.
    pub id: String,
    /// What it comes to, in one line.
    pub title: String,
    /// The kind of jewel at its end, where it ends in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jewel: Option<String>,
    /// The chance that it works, from 0 to 1.
    pub chance: f64,
    /// How many more ways there are by the same kinds of steps to the same kind of target.
    pub alike: u64,
    /// The nodes.
    pub nodes: Vec<PathNode>,
    /// The steps, in their order.
    pub edges: Vec<PathEdge>,
    /// Fixes each of which closes it, by id.
    pub closed_by: Vec<FixRef>,
}

/// What an attacker can hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PathNode {
    /// Its id: label and name, the same for the same thing whatever else the cluster holds.
    #[schema(example = "Pod/shop/cart")]
    pub id: String,
    /// `Internet`, `Pod`, `Container`, `Node`, `Identity`, `Secret`, `ClusterAdmin`, …
    pub label: String,
    /// What it is called.
    pub name: String,
    /// The object behind it, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectRef>,
    /// Its layer from the left, from 0.
    pub layer: u32,
    /// Its place within the layer from the top, from 0.
    pub lane: u32,
}

/// A step of a way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PathEdge {
    /// Its id, to take it away in a what-if.
    pub id: String,
    /// From node id.
    pub from: String,
    /// To node id.
    pub to: String,
    /// The kind of step, such as `POD_CREATE`; absent for what follows by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The MITRE ATT&CK technique.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub technique: Option<String>,
    /// What the attacker does, in a sentence.
    pub says: String,
    /// What else it takes, as node ids.
    pub also: Vec<String>,
    /// The chance that it works, from 0 to 1; absent where only the whole way's chance is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chance: Option<f64>,
    /// Why it is there: objects and fields.
    pub reasons: Vec<Place>,
    /// The same in words, also where no object is known.
    pub because: Vec<String>,
    /// The fix that takes it away, where one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<FixRef>,
    /// Whether it was seen used; absent where nothing could show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen_used: Option<bool>,
}

/// A field of an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct Place {
    /// The object.
    pub object: ObjectRef,
    /// The field's path; empty for the object as a whole.
    pub path: String,
}

/// A fix, by id and in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FixRef {
    /// Its id: object, field and change, the same in later states of the cluster.
    pub id: String,
    /// What to change, in words.
    pub text: String,
}

/// A fix and its effect, found by computing the answer without it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PathFix {
    /// Its ids: one object may need several changes.
    pub ids: Vec<String>,
    /// The object to change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectRef>,
    /// What to change in it.
    pub changes: Vec<PathChange>,
    /// The score before.
    pub score_before: u32,
    /// The score after.
    pub score_after: u32,
    /// Ways before.
    pub ways_before: u64,
    /// Ways after.
    pub ways_after: u64,
    /// Kinds of jewels that are out of reach afterwards.
    pub saved: Vec<String>,
}

/// One change of a fix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PathChange {
    /// What to do.
    pub text: String,
    /// Where, where it is one field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// `low`, `medium` or `high`.
    pub effort: String,
}

/// What to take away before the ways are computed again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WhatIf {
    /// Edges, by id; at most 200.
    pub edges: Vec<String>,
    /// Fixes, by id; at most 200.
    pub fixes: Vec<String>,
    /// Where attackers begin, as in `GET /paths`.
    pub from: Option<String>,
    /// What they are after, as in `GET /paths`.
    pub to: Option<String>,
}
