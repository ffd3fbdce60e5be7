//! One row of the inbox, as it is shown, told and kept.

use catseye_detect::incident::Scene;
use catseye_model::{ObjectKey, Severity};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::told::Told;
use crate::paths::{Fix, Way};

/// What a person acts on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// The same for the same thing, also when it returns: `INC-1a2b3c4d`.
    pub id: String,
    /// One more with every change.
    pub version: u64,
    /// What people made of it.
    pub state: State,
    /// Who did what to which object, in one line.
    pub title: String,
    /// Why it matters, and why now.
    pub why_now: String,
    /// How bad.
    pub severity: Severity,
    /// Its place in the list, with the sum that leads to it.
    pub rank: Rank,
    /// Held back by the budget of noise: counted and told, not shown by default.
    pub held_back: bool,
    /// A person has to say whether it is meant: an exposure, a new registry.
    pub to_validate: bool,
    /// What it joins.
    pub sources: Vec<Source>,
    /// Who did it.
    pub actor: Option<ActorRef>,
    /// What it is about, the most concerned first.
    pub subjects: Vec<Subject>,
    /// Who answers for the subjects, by their labels.
    pub owner: Option<String>,
    /// The application that the subjects belong to.
    pub application: Option<String>,
    /// Tactics of MITRE ATT&CK, in the order in which they showed.
    pub tactics: Vec<String>,
    /// Techniques of MITRE ATT&CK.
    pub techniques: Vec<String>,
    /// From where and with what.
    pub sessions: Vec<Session>,
    /// The evidence, in the order of time.
    pub timeline: Vec<Moment>,
    /// The worst way of attack that a subject lies on.
    pub path: Option<Way>,
    /// The change that takes most of that away, with its computed effect.
    pub fix: Option<Fix>,
    /// What to do, most urgent first.
    pub advice: Vec<String>,
    /// The first piece of evidence.
    pub first: Timestamp,
    /// The last one.
    pub last: Timestamp,
    /// When a person could have known that it is this severe.
    pub known_since: Timestamp,
    /// When the row changed last.
    pub updated: Timestamp,
    /// What people wrote.
    pub comments: Vec<Comment>,
    /// What became of it.
    pub history: Vec<StateChange>,
    /// What ran and talked around it, where a sensor saw it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scene: Option<Scene>,
    /// What other systems were told of it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
}

/// What people made of an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum State {
    /// Nobody has taken it.
    Open,
    /// Somebody is on it.
    Acknowledged,
    /// Done; it opens again when it returns.
    Resolved,
    /// A risk that is taken, until a day.
    Accepted {
        /// Why.
        reason: String,
        /// Until when; it opens again after that.
        expires: Timestamp,
    },
    /// Not what it seems; the same evidence does not open it again.
    FalsePositive {
        /// Why.
        reason: String,
    },
}

/// The kinds of states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StateKind {
    /// Nobody has taken it.
    Open,
    /// Somebody is on it.
    Acknowledged,
    /// Done.
    Resolved,
    /// A risk that is taken.
    Accepted,
    /// Not what it seems.
    FalsePositive,
}

impl State {
    /// Its kind.
    pub fn kind(&self) -> StateKind {
        match self {
            State::Open => StateKind::Open,
            State::Acknowledged => StateKind::Acknowledged,
            State::Resolved => StateKind::Resolved,
            State::Accepted { .. } => StateKind::Accepted,
            State::FalsePositive { .. } => StateKind::FalsePositive,
        }
    }

    /// True while somebody has to look at it.
    pub fn is_active(&self) -> bool {
        matches!(self, State::Open | State::Acknowledged)
    }
}

/// A place in the list.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Rank {
    /// The sum.
    pub points: f64,
    /// What adds up to it.
    pub terms: Vec<Term>,
}

/// One reason for a place in the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// What it adds.
    pub points: f64,
    /// Why, in words.
    pub because: String,
}

/// What an incident joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// A rule over audit events matched.
    Audit,
    /// A baseline was broken.
    Anomaly,
    /// Something is wrong with an object.
    Posture,
    /// The outside reaches something new.
    Exposure,
    /// A registry, repository or identity that was not there before.
    Supply,
    /// Something was changed outside delivery.
    Delivery,
    /// A workload fell ill.
    Health,
    /// Live differs from desired.
    Drift,
    /// A node sensor saw it.
    Runtime,
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActorRef {
    /// The name, as the cluster knows it.
    pub name: String,
    /// `human`, `service-account`, `node`, `component`, `anonymous`.
    pub kind: String,
}

/// What an incident is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The object.
    pub object: ObjectKey,
    /// What it has to do with it: `created`, `entered`, `read`, `exposed`, …
    pub role: String,
    /// Who answers for it, by its labels.
    pub owner: Option<String>,
    /// The application that it belongs to.
    pub application: Option<String>,
    /// It is there now.
    #[serde(default)]
    pub exists: bool,
    /// What is wrong with it, ids of checks, worst first.
    pub findings: Vec<String>,
}

/// Calls from one network with one program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The address.
    pub source: String,
    /// The program.
    pub agent: String,
    /// From when.
    pub first: Timestamp,
    /// Until when.
    pub last: Timestamp,
    /// How many events.
    pub events: u64,
}

/// One piece of evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// For the first time.
    pub first: Timestamp,
    /// For the last time.
    pub last: Timestamp,
    /// How often.
    pub count: u64,
    /// Where it comes from.
    pub source: Source,
    /// The id of the rule or check; `baseline` for an anomaly.
    pub id: String,
    /// What it is, in a few words.
    pub title: String,
    /// What happened, as a sentence.
    pub sentence: String,
    /// How bad.
    pub severity: Severity,
    /// Why it is that severe, where it was raised or lowered.
    pub weighed_by: Option<String>,
    /// The tactic, where it is a step of an attack.
    pub tactic: Option<String>,
    /// The technique, such as `T1611`.
    pub technique: Option<String>,
    /// What was acted on.
    pub targets: Vec<String>,
    /// The ids of the audit events.
    pub events: Vec<String>,
    /// Fields that show it, each with its value.
    pub fields: Vec<(String, String)>,
    /// For an anomaly: the past that it broke.
    pub receipt: Option<Receipt>,
}

/// The past that an anomaly broke.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// The past in a line: `212 calls on 43 days since 2026-10-09`.
    pub past: String,
    /// What adds up to the surprise.
    pub parts: Vec<ReceiptPart>,
}

/// One surprise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReceiptPart {
    /// The side of behaviour: `action`, `network`, …
    pub what: String,
    /// The value that surprises.
    pub value: String,
    /// What it adds.
    pub points: f64,
    /// Why, in words.
    pub because: String,
}

/// What somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// When.
    pub time: Timestamp,
    /// Who.
    pub by: String,
    /// The words.
    pub text: String,
}

/// What became of an incident at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateChange {
    /// When.
    pub time: Timestamp,
    /// Who; `catseye` where it did so by itself.
    pub by: String,
    /// The state from then on.
    pub to: State,
    /// Why.
    pub because: String,
}
