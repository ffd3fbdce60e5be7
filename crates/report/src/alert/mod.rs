//! One incident as it is told to other systems, and a renderer for each form they read.
//!
//! ```text
//!             ┌─► ocsf          (Detection Finding, for data lakes and SIEMs)
//!             ├─► slack         (blocks of an incoming webhook)
//!  Alert ─────┼─► alertmanager  (API v2)
//!             ├─► syslog        (RFC 5424)
//!             └─► policy_report (PolicyReport and OpenReports objects, capped)
//! ```

pub mod alertmanager;
pub mod ocsf;
pub mod policy_report;
pub mod slack;
pub mod syslog;

#[cfg(test)]
mod tests;

use catseye_model::Severity;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The form of [`Alert`] as JSON.
pub const VERSION: u32 = 1;

/// What is told of one incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// The form of this value: 1.
    pub form: u32,
    /// The incident's id: the same for the same thing, also when it returns.
    pub id: String,
    /// One more with every change of the incident.
    pub version: u64,
    /// Why it is told now.
    pub reason: Reason,
    /// The cluster.
    pub cluster: String,
    /// How bad.
    pub severity: Severity,
    /// Who did what to which object, in one line.
    pub title: String,
    /// Why it matters.
    pub summary: String,
    /// What it joins: `audit`, `anomaly`, `posture`, `exposure`, …
    pub sources: Vec<String>,
    /// Who did it.
    pub actor: Option<String>,
    /// What it is about, the most concerned first.
    pub subjects: Vec<Subject>,
    /// Who answers for the subjects.
    pub owner: Option<String>,
    /// The application they belong to.
    pub application: Option<String>,
    /// Tactics of MITRE ATT&CK, as ids (`TA0004`) or names.
    pub tactics: Vec<String>,
    /// Techniques of MITRE ATT&CK, as ids: `T1611`.
    pub techniques: Vec<String>,
    /// What was seen, in the order of time.
    pub evidence: Vec<Evidence>,
    /// The way an attacker would take, in one line.
    pub path: Option<String>,
    /// The change that takes most of that away.
    pub fix: Option<String>,
    /// What to do, most urgent first.
    pub advice: Vec<String>,
    /// The first piece of evidence.
    pub first: Timestamp,
    /// The last one.
    pub last: Timestamp,
    /// When this was told.
    pub time: Timestamp,
    /// Where a person reads more.
    pub link: Option<String>,
}

/// Why something is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It is new.
    Opened,
    /// It grew worse.
    Escalated,
    /// It got more evidence.
    Updated,
    /// It was settled, and is back.
    Reopened,
    /// It is settled.
    Resolved,
    /// Several that a limit held back, told as one.
    Digest,
    /// Nothing happened: somebody tries the way.
    Test,
}

impl Reason {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Opened => "opened",
            Reason::Escalated => "escalated",
            Reason::Updated => "updated",
            Reason::Reopened => "reopened",
            Reason::Resolved => "resolved",
            Reason::Digest => "digest",
            Reason::Test => "test",
        }
    }
}

/// An object that an alert is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    /// The API group; empty for the core group.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The namespace; empty for what belongs to the whole cluster.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl Subject {
    /// `Deployment shop/cart`, as objects are shown everywhere.
    pub fn shown(&self) -> String {
        if self.namespace.is_empty() {
            format!("{} {}", self.kind, self.name)
        } else {
            format!("{} {}/{}", self.kind, self.namespace, self.name)
        }
    }
}

/// Something that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// When, for the first time.
    pub time: Timestamp,
    /// How often.
    pub count: u64,
    /// The rule or check; `baseline` for an anomaly.
    pub id: String,
    /// What happened, as a sentence.
    pub sentence: String,
    /// How bad.
    pub severity: Severity,
}

impl Alert {
    /// What makes it the same message however often it is sent: receivers drop what they have.
    pub fn key(&self) -> String {
        format!("{}-{}-{}", self.id, self.version, self.reason.as_str())
    }

    /// An alert about nothing, to try whether a way works.
    pub fn example(cluster: &str, time: Timestamp) -> Self {
        Alert {
            form: VERSION,
            id: "TEST-00000000".to_owned(),
            version: 1,
            reason: Reason::Test,
            cluster: cluster.to_owned(),
            severity: Severity::Info,
            title: "test alert: system:serviceaccount:shop:builder created a privileged pod"
                .to_owned(),
            summary: "Nothing happened. Somebody tries whether alerts arrive.".to_owned(),
            sources: vec!["audit".to_owned()],
            actor: Some("system:serviceaccount:shop:builder".to_owned()),
            subjects: vec![Subject {
                group: String::new(),
                kind: "Pod".to_owned(),
                namespace: "shop".to_owned(),
                name: "builder-7".to_owned(),
            }],
            owner: Some("team-shop".to_owned()),
            application: Some("shop".to_owned()),
            tactics: vec!["Privilege Escalation".to_owned()],
            techniques: vec!["T1611".to_owned()],
            evidence: vec![Evidence {
                time,
                count: 1,
                id: "TEST".to_owned(),
                sentence: "a pod with every right on its node was created".to_owned(),
                severity: Severity::Info,
            }],
            path: None,
            fix: None,
            advice: vec!["Nothing is to be done.".to_owned()],
            first: time,
            last: time,
            time,
            link: None,
        }
    }
}

/// The first characters of a text, and a sign where it was cut. Never more than `most` characters.
pub(crate) fn clipped(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}
