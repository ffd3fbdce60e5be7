//! The result of a scan: what every renderer reads, and, written as JSON, the machine format.
//!
//! The JSON form has a version. Fields may be added within a version; nothing is renamed or removed.

use std::collections::BTreeMap;
use std::sync::Arc;

use catseye_model::{Position, Severity};
use serde::Serialize;

/// The version of the JSON form.
pub const VERSION: u32 = 1;

/// The result of a scan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scan {
    /// [`VERSION`].
    pub version: u32,
    /// The program.
    pub tool: Tool,
    /// The Kubernetes version whose rules applied.
    pub kubernetes_version: String,
    /// Counts.
    pub summary: Summary,
    /// What is wrong, worst first.
    pub findings: Vec<Finding>,
    /// The checks that have findings here, by id.
    pub checks: BTreeMap<&'static str, CheckInfo>,
    /// The score of each object that counts, lowest first.
    pub scores: Vec<ObjectScore>,
    /// The score of each folder.
    pub folders: Vec<FolderScore>,
    /// Compliance with the frameworks asked for.
    pub frameworks: Vec<FrameworkResult>,
    /// Findings hidden by an exception.
    pub accepted: Vec<Accepted>,
    /// What could not be read, was passed over, or is wrong with an exception.
    pub notices: Vec<Notice>,
    /// Questions that could not be answered from what was visible.
    pub unknown: Vec<Unknown>,
    /// Checks that passed, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passed: Option<Vec<Passed>>,
}

/// The program that scanned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tool {
    /// `catseye`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// Counts of a scan.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Summary {
    /// Files read.
    pub files: usize,
    /// Objects found in them.
    pub objects: usize,
    /// Workloads judged, each at its owner.
    pub workloads: usize,
    /// Checks selected.
    pub checks: usize,
    /// The mean score.
    pub score: u8,
    /// Findings by severity; every severity is named.
    pub findings: BTreeMap<Severity, usize>,
    /// Questions (check and object) answered with "nothing wrong".
    pub passed: usize,
    /// Questions that could not be answered.
    pub unknown: usize,
    /// Places hidden by exceptions.
    pub accepted: usize,
    /// Places hidden because the baseline holds them.
    pub known: usize,
    /// Findings below the severity asked for.
    pub below_severity: usize,
    /// Inputs that could not be read.
    pub errors: usize,
}

/// A finding: one check on one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check's id.
    pub check: &'static str,
    /// The worst of its places.
    pub severity: Severity,
    /// The object.
    pub object: Arc<Object>,
    /// The file, relative to where the program ran, with forward slashes.
    pub file: Arc<str>,
    /// Where it shows.
    pub places: Vec<Place>,
}

/// An object, by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Object {
    /// Its kind.
    pub kind: String,
    /// Its API version.
    pub api_version: String,
    /// Its namespace as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// The application that it belongs to.
    pub application: String,
    /// Who answers for it, by its labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

impl Object {
    /// `Deployment shop/cart`.
    pub fn display(&self) -> String {
        let name = if self.name.is_empty() {
            "(unnamed)"
        } else {
            &self.name
        };
        match &self.namespace {
            Some(namespace) => format!("{} {namespace}/{name}", self.kind),
            None => format!("{} {name}", self.kind),
        }
    }
}

/// A field at fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The field path within the object; the field may be missing.
    pub path: String,
    /// The container concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// What is wrong.
    pub message: String,
    /// How bad this place is.
    pub severity: Severity,
    /// Where it stands in the file.
    #[serde(flatten)]
    pub position: Position,
    /// Names the place in later scans too, whatever its line.
    pub fingerprint: String,
}

/// What a check is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckInfo {
    /// Its name, such as `privileged-container`.
    pub name: String,
    /// What is wrong.
    pub title: &'static str,
    /// Its own severity.
    pub severity: Severity,
    /// Why it matters, in Markdown.
    pub explanation: String,
    /// What to do, in Markdown.
    pub fix: String,
    /// The controls that it stands behind, as `FRAMEWORK/CONTROL`.
    pub controls: Vec<String>,
}

/// The score of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObjectScore {
    /// The object.
    pub object: Arc<Object>,
    /// Its file.
    pub file: Arc<str>,
    /// From 0 to 100.
    pub score: u8,
    /// How the score came about.
    pub explained: String,
}

/// The score of a folder: the mean of what is in it and below.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FolderScore {
    /// The folder.
    pub folder: String,
    /// The mean.
    pub score: u8,
    /// How many objects count.
    pub objects: usize,
    /// How the score came about.
    pub explained: String,
}

/// Compliance with one framework.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FrameworkResult {
    /// Its id, such as `cis-1.12`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its controls, in their order.
    pub controls: Vec<ControlResult>,
}

/// Compliance with one control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ControlResult {
    /// Its number.
    pub id: String,
    /// Its title.
    pub title: String,
    /// How it stands.
    pub status: Status,
    /// The checks behind it.
    pub checks: Vec<&'static str>,
    /// Objects that fail one of them.
    pub failed: usize,
    /// Objects that were judged by one of them.
    pub judged: usize,
    /// Why no check covers it, or what its checks leave open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// How a control stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Every object that its checks judge passes.
    Pass,
    /// Some object fails.
    Fail,
    /// Nothing here that its checks could judge.
    NotApplicable,
    /// Some object could not be judged, and none fails.
    Unknown,
    /// No check covers it.
    NotCovered,
}

impl Status {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Pass => "pass",
            Status::Fail => "fail",
            Status::NotApplicable => "not applicable",
            Status::Unknown => "unknown",
            Status::NotCovered => "not covered",
        }
    }
}

/// A place hidden by an exception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// The check's id.
    pub check: &'static str,
    /// The object.
    pub object: Arc<Object>,
    /// The field.
    pub path: String,
    /// Why it was accepted.
    pub reason: String,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

/// Something about the scan itself that the reader has to know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Notice {
    /// How much it matters.
    pub level: Level,
    /// What it is about, as a permanent word.
    pub kind: NoticeKind,
    /// The file, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The column, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// What happened and what to do.
    pub message: String,
}

/// How much a notice matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// An input could not be read; the exit code says so.
    Error,
    /// The result may not be what the reader thinks.
    Warning,
    /// Good to know.
    Note,
}

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// A file or folder could not be read.
    Unreadable,
    /// A document is not valid YAML or JSON.
    Syntax,
    /// A document is no Kubernetes object.
    NotAnObject,
    /// A document means something else than it seems to.
    Suspicious,
    /// A chart or kustomization was not rendered.
    NotRendered,
    /// A chart or kustomization was rendered.
    Rendered,
    /// An exception's last day has passed.
    ExpiredException,
    /// An exception hides nothing.
    UnusedException,
    /// An exception is written wrongly and does not hold.
    InvalidException,
}

impl NoticeKind {
    /// The permanent word.
    pub fn as_str(self) -> &'static str {
        match self {
            NoticeKind::Unreadable => "unreadable",
            NoticeKind::Syntax => "syntax",
            NoticeKind::NotAnObject => "not-an-object",
            NoticeKind::Suspicious => "suspicious",
            NoticeKind::NotRendered => "not-rendered",
            NoticeKind::Rendered => "rendered",
            NoticeKind::ExpiredException => "expired-exception",
            NoticeKind::UnusedException => "unused-exception",
            NoticeKind::InvalidException => "invalid-exception",
        }
    }
}

/// A question that could not be answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unknown {
    /// The check's id.
    pub check: &'static str,
    /// The object, as displayed.
    pub object: String,
    /// Why.
    pub reason: String,
}

/// Checks that passed on an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Passed {
    /// The object, as displayed.
    pub object: String,
    /// Its file.
    pub file: Arc<str>,
    /// The checks' ids.
    pub checks: Vec<&'static str>,
}
