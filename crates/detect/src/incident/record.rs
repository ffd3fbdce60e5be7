//! An incident, as it is shown and told.

use std::collections::BTreeMap;

use catseye_model::Severity;
use jiff::Timestamp;
use serde::Serialize;

use super::trace::Scene;
use crate::baseline::Receipt;
use crate::detection::{Tactic, Target};

/// All that matters of what one actor did within hours.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Incident {
    /// The same for the same actor and beginning, whatever else the log holds.
    pub id: String,
    /// Who is held to account.
    pub actor: String,
    /// What kind of actor that is.
    pub kind: &'static str,
    /// How bad.
    pub severity: Severity,
    /// What the order of incidents follows: points of the evidence, see [`Incident::reasons`].
    pub score: f32,
    /// Why it is that severe, one reason a line.
    pub reasons: Vec<String>,
    /// What it comes to, in one line.
    pub title: String,
    /// The first piece of evidence.
    pub first: Timestamp,
    /// The last one.
    pub last: Timestamp,
    /// When it became as severe as it is: when a person could have known.
    pub known_since: Timestamp,
    /// What the actor was after, in the order in which it showed.
    pub tactics: Vec<Tactic>,
    /// From where, with what.
    pub sessions: Vec<Session>,
    /// What it touched, and how often; at most 40.
    pub objects: BTreeMap<String, u32>,
    /// The evidence, in the order of time.
    pub evidence: Vec<Evidence>,
    /// Events that are evidence.
    pub events: u64,
    /// What to do, most urgent first.
    pub advice: Vec<String>,
    /// What ran and talked around it, where runtime events are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene: Option<Scene>,
}

/// Calls from one network with one program, without a gap of half an hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Session {
    /// The address.
    pub source: String,
    /// The user agent.
    pub agent: String,
    /// The first piece of evidence in it.
    pub first: Timestamp,
    /// The last one.
    pub last: Timestamp,
    /// How many events of it are evidence.
    pub events: u64,
}

/// What a piece of evidence comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceKind {
    /// A rule matched.
    Rule,
    /// The baseline was broken.
    Anomaly,
}

/// Events that say the same, as one piece of evidence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evidence {
    /// Rule or anomaly.
    pub kind: EvidenceKind,
    /// The rule's id, or the kind of anomaly.
    pub id: String,
    /// What it is, in a few words.
    pub title: String,
    /// How bad, habits and deliveries considered.
    pub severity: Severity,
    /// How bad before they were.
    pub unweighed: Severity,
    /// Why the two differ.
    pub weighed_by: Option<String>,
    /// What it serves.
    pub tactic: Tactic,
    /// The MITRE ATT&CK technique, where there is one.
    pub technique: String,
    /// What happened first, in words: completes "ACTOR …".
    pub message: String,
    /// The controller that carried it out, where one did.
    pub through: Option<String>,
    /// For the first time.
    pub first: Timestamp,
    /// For the last time.
    pub last: Timestamp,
    /// How many events.
    pub count: u64,
    /// What was acted on, first ones first; at most five.
    pub targets: Vec<Target>,
    /// The ids of the events, first ones first; at most five.
    pub event_ids: Vec<String>,
    /// Fields that show it.
    pub fields: Vec<crate::detection::Evidence>,
    /// For an anomaly: which past it broke.
    pub receipt: Option<Receipt>,
}
