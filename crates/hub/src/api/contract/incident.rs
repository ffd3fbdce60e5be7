//! The inbox: incidents, what shows them, what to do, and what people decided.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page::FacetCount;
use super::path::{Path, PathFix};
use super::{ObjectRef, Severity};

/// What a person has decided about an incident.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nobody has looked.
    Open,
    /// Somebody is at it.
    Acknowledged,
    /// Mended; it opens again when it returns.
    Resolved,
    /// Lived with until a day, for a reason.
    Accepted,
    /// No incident at all, for a reason.
    FalsePositive,
}

/// Which side of the cluster a piece of evidence comes from.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// A known attack in the audit log.
    Audit,
    /// Behaviour outside what was learned.
    Anomaly,
    /// A defect of configuration.
    Posture,
    /// The outside reaches something new.
    Exposure,
    /// A registry, repository or identity that was not there before.
    Supply,
    /// Something was changed outside delivery.
    Delivery,
    /// Desired and actual health differ.
    Health,
    /// Live state differs from desired state.
    Drift,
    /// Something that ran on a node.
    Runtime,
}

/// Filters of the inbox. A filter given several values, separated by commas, passes any of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct IncidentFilter {
    /// States; `open,acknowledged` when it is left out, `all` for every one.
    pub state: Option<String>,
    /// Severities.
    pub severity: Option<String>,
    /// Owners or teams, as labels name them; `-` for those of nobody.
    pub owner: Option<String>,
    /// Namespaces.
    pub namespace: Option<String>,
    /// Sources of evidence.
    pub source: Option<String>,
    /// Words that the title, the actor or a subject holds, any case.
    pub text: Option<String>,
    /// The application, by name.
    pub application: Option<String>,
    /// Only those with something new since then.
    pub since: Option<Timestamp>,
    /// Only those that wait for a person to validate them.
    pub to_validate: Option<bool>,
    /// `rank` (unless told) or `newest`.
    pub sort: Option<String>,
    /// Also those that the noise budget holds back.
    pub held_back: Option<bool>,
}

/// The inbox: worst first by rank.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Inbox {
    /// The incidents, best reason to act first.
    pub items: Vec<IncidentRow>,
    /// How many pass the filters.
    pub total: u64,
    /// The cursor of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Counts beside the filters: `state`, `severity`, `owner`, `namespace`, `source`.
    pub facets: BTreeMap<String, Vec<FacetCount>>,
    /// What the noise budget holds back.
    pub budget: NoiseBudget,
}

/// How many new incidents a day people are shown, and what that hid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NoiseBudget {
    /// New incidents shown a day at most; critical ones are always shown. Absent: no budget is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_day: Option<u32>,
    /// Incidents held back now; `held_back=true` lists them.
    pub held_back: u64,
    /// What they are, the most severe first; a few of many.
    pub what: Vec<String>,
    /// The same in a sentence.
    pub says: String,
}

/// An incident as one row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IncidentRow {
    /// Its id, for good.
    #[schema(example = "INC-85cb183f")]
    pub id: String,
    /// Counts every change of it; the `ETag` of an incident holds it.
    pub version: u64,
    /// What it comes to, in one line.
    pub title: String,
    /// Why it is in front of you now, in one line.
    pub why_now: String,
    /// How bad.
    pub severity: Severity,
    /// The rank: higher comes first.
    pub score: f64,
    /// What was decided.
    pub state: State,
    /// True when it had been resolved and returned.
    pub reopened: bool,
    /// Held back by the noise budget.
    pub held_back: bool,
    /// A person has to say whether it is meant: an exposure, a new registry.
    pub to_validate: bool,
    /// Who is held to account, where it is about somebody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<ActorRef>,
    /// What it is about, most telling first.
    pub subjects: Vec<Subject>,
    /// Their namespaces.
    pub namespaces: Vec<String>,
    /// Who answers for them, by labels; absent when no label says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The sides that its evidence comes from.
    pub sources: Vec<Source>,
    /// MITRE ATT&CK tactics, in the order in which they showed.
    pub tactics: Vec<String>,
    /// Pieces of evidence.
    pub evidence: u64,
    /// The first piece of evidence.
    pub first: Timestamp,
    /// The last one.
    pub last: Timestamp,
    /// When it became as severe as it is.
    pub known_since: Timestamp,
}

/// An object that an incident is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Subject {
    /// The object.
    pub object: ObjectRef,
    /// What it has to do with it: `created`, `entered`, `read`, `exposed`, …
    pub role: String,
    /// The application that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// Whether it is there now.
    pub exists: bool,
    /// What is wrong with it, ids of checks, worst first.
    pub findings: Vec<String>,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ActorRef {
    /// The id that `/identities/{id}` takes, `user:alice`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// `user`, `service account`, `node`, `control plane`, …
    pub kind: String,
}

/// An incident with all that is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Incident {
    /// The row.
    pub row: IncidentRow,
    /// What happened, in a few sentences.
    pub summary: String,
    /// What the score is made of; the points add up to it.
    pub score: Vec<ScoreLine>,
    /// What shows it, in the order of time.
    pub evidence: Vec<Evidence>,
    /// From where and with what the actor came.
    pub sessions: Vec<Session>,
    /// What ran and talked around it, where a sensor saw it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene: Option<Scene>,
    /// The way that leads on from here, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<Path>,
    /// What to do, most urgent first.
    pub advice: Vec<String>,
    /// What mends it, best first.
    pub fixes: Vec<Fix>,
    /// What people said.
    pub comments: Vec<Comment>,
    /// What was done with it, oldest first.
    pub history: Vec<HistoryLine>,
}

/// A part of the score, in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScoreLine {
    /// What it adds; below zero where it lessens.
    pub points: f64,
    /// Why.
    pub reason: String,
}

/// A piece of evidence: events or facts that say the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Evidence {
    /// Names it within the incident.
    pub id: String,
    /// Where it comes from.
    pub source: Source,
    /// The rule, the check, the kind of anomaly or the edge.
    pub rule: String,
    /// What that is, in a few words.
    pub title: String,
    /// What happened, in words.
    pub text: String,
    /// How bad.
    pub severity: Severity,
    /// Why it counts more or less than its rule says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weighed_by: Option<String>,
    /// The MITRE ATT&CK technique.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub technique: Option<String>,
    /// For the first time.
    pub first: Timestamp,
    /// For the last time.
    pub last: Timestamp,
    /// How often.
    pub count: u64,
    /// What was acted on, in words: `create pods/exec shop/web-0`.
    pub targets: Vec<String>,
    /// The fields that show it.
    pub fields: Vec<Field>,
    /// Its audit events, by id, first ones first; a few of many: `/events/{id}`.
    pub events: Vec<String>,
    /// For an anomaly: which past it broke.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
}

/// What ran and talked around an incident, as sensors saw it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Scene {
    /// The processes that carry evidence, who started them and what they started: a tree, parents first.
    pub processes: Vec<SceneProcess>,
    /// Their connections, oldest first.
    pub connections: Vec<SceneConnection>,
    /// The names that they asked for, oldest first.
    pub names: Vec<SceneName>,
    /// What was left out because there was too much.
    pub left_out: u64,
}

/// A process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SceneProcess {
    /// The execution; `/events/{id}` knows it.
    pub id: String,
    /// The execution that started it; empty at the top.
    pub parent: String,
    /// How deep in the tree.
    pub depth: u32,
    /// When it began; absent where it ran before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// The command line; of a process that became others, one after the other.
    pub command: String,
    /// The user id on the node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<u32>,
    /// Where the executable came from: `image`, `upper` (written later), `memfd`, `deleted`, `mount`,
    /// `host`, `unknown`.
    pub origin: String,
    /// The rules that it matched.
    pub rules: Vec<String>,
}

/// A connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SceneConnection {
    /// `out` or `in`: who began.
    pub direction: String,
    /// `TCP`, `UDP`, …
    pub protocol: String,
    /// The peer's address.
    pub address: String,
    /// The server's port.
    pub port: u16,
    /// The name that led to it, or the workload that it is; empty where neither is known.
    pub name: String,
    /// The program.
    pub program: String,
    /// The first one.
    pub first: Timestamp,
    /// How many.
    pub count: u64,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes received.
    pub received: u64,
    /// A policy refused it.
    pub denied: bool,
}

/// A name that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SceneName {
    /// The name.
    pub name: String,
    /// The program.
    pub program: String,
    /// The first time.
    pub first: Timestamp,
    /// The addresses of the answer.
    pub addresses: Vec<String>,
}

/// A field and what stands there; never the value of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Field {
    /// The path.
    pub field: String,
    /// The value, as text.
    pub value: String,
}

/// The past that an anomaly broke.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Receipt {
    /// The past in one line: `212 calls on 43 days since 2026-10-09`.
    pub past: String,
    /// What adds up to the surprise, greatest first.
    pub parts: Vec<ReceiptPart>,
}

/// One surprise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReceiptPart {
    /// The side of behaviour: `action`, `network`, …
    pub what: String,
    /// The value that surprises.
    pub value: String,
    /// What it adds to the score.
    pub points: f64,
    /// The reasons, in words: the nearest known value, how rare it is.
    pub because: String,
}

/// Calls from one network with one program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// The address.
    pub source: String,
    /// The user agent.
    pub agent: String,
    /// From.
    pub first: Timestamp,
    /// To.
    pub last: Timestamp,
    /// How many events of it are evidence.
    pub events: u64,
}

/// What mends an incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Fix {
    /// What to do, in words.
    pub text: String,
    /// The object to change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectRef>,
    /// A patch or a manifest to apply, as YAML; absent where only words help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
    /// The command that applies the patch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// What it would change, computed and not estimated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<PathFix>,
    /// What was replayed against it, in a line: `0 of 4,210 recorded calls would be refused`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}

/// What a person said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Comment {
    /// When.
    pub time: Timestamp,
    /// Who.
    pub author: String,
    /// What.
    pub text: String,
}

/// Something that was done with an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HistoryLine {
    /// When.
    pub time: Timestamp,
    /// Who: a user's name, or `catseye`.
    pub author: String,
    /// What, in words.
    pub text: String,
    /// The state that it left behind, where it changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
}

/// What a person does with an incident.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ActionKind {
    /// I am at it.
    Acknowledge,
    /// It is mended.
    Resolve,
    /// We live with it until a day: wants `reason` and `expires`.
    Accept,
    /// It is none: wants `reason`.
    FalsePositive,
    /// It is what somebody means: closes what is to be validated.
    Validate,
    /// It is not over.
    Reopen,
    /// Only to say something: wants `reason`.
    Comment,
}

/// The body of an action. Wants the header `If-Match` with the incident's `ETag`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// What to do.
    pub action: ActionKind,
    /// Why, or the comment; at most 4,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Until when it is accepted; at most a year ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

/// Whether to do it or only say what it would do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ActionMode {
    /// Only say what it would hide; nothing is changed and `If-Match` is not needed.
    pub preview: Option<bool>,
}

/// What an action did, or would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ActionResult {
    /// Whether it was done; false for a preview.
    pub done: bool,
    /// The incident's state afterwards.
    pub state: State,
    /// The incident's version afterwards.
    pub version: u64,
    /// What would be hidden from now on, in words, one line each.
    pub hides: Vec<String>,
    /// Incidents that it hides now, by id.
    pub incidents: Vec<String>,
}
