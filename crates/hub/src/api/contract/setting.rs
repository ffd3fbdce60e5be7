//! How the hub is set up. Reading only: settings live in one file.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the hub is set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Settings {
    /// The configuration in effect, as TOML, secrets left out.
    pub config: String,
    /// The file that it comes from; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Exceptions, those about to expire first.
    pub exceptions: Vec<ExceptionRow>,
    /// Where alerts go.
    pub alerts: Vec<AlertSink>,
    /// What is learned.
    pub baselines: Vec<BaselineRow>,
}

/// An exception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExceptionRow {
    /// What it hides, in words.
    pub hides: String,
    /// Why.
    pub reason: String,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// Where it is written: a file and line, an annotation, or an incident.
    pub origin: String,
    /// Findings or incidents that it hides now.
    pub matches: u64,
    /// When it last hid something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_matched: Option<Timestamp>,
}

/// Where alerts go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlertSink {
    /// Its name.
    pub name: String,
    /// `webhook`, `slack`, `alertmanager`, `syslog`, `ocsf`, `policy-report`.
    pub kind: String,
    /// Where to, without secrets.
    pub target: String,
    /// The least severity.
    pub minimum: String,
    /// Alerts sent.
    pub sent: u64,
    /// Alerts given up.
    pub dead: u64,
    /// The last failure, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// A learned baseline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BaselineRow {
    /// What it is about: `audit`, …
    pub name: String,
    /// Since when it learns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Actors it knows.
    pub actors: u64,
    /// Calls it learned.
    pub samples: u64,
}
