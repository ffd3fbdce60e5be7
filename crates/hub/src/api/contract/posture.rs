//! Defects of configuration: findings, frameworks, scores, and how they went.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page::FacetCount;
use super::{ObjectRef, Severity, SeverityCounts};

/// Posture at a glance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Posture {
    /// The mean score, 0 to 100.
    pub score: u8,
    /// Findings by severity.
    pub findings: SeverityCounts,
    /// Questions answered with "nothing wrong".
    pub passed: u64,
    /// Questions that could not be answered; `/coverage` says why.
    pub unknown: u64,
    /// Places hidden by exceptions.
    pub accepted: u64,
    /// Each framework.
    pub frameworks: Vec<Framework>,
    /// Each namespace, lowest score first.
    pub namespaces: Vec<NamespacePosture>,
    /// Workloads with the lowest scores, at most 100.
    pub worst: Vec<WorkloadPosture>,
    /// How it went, oldest first; at most 200 points.
    pub trend: Vec<PosturePoint>,
}

/// How a framework stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Framework {
    /// Its id, such as `cis-1.12`.
    pub id: String,
    /// Its title with its version.
    pub title: String,
    /// Controls that pass.
    pub passed: u64,
    /// Controls that fail.
    pub failed: u64,
    /// Controls that could not be judged.
    pub unknown: u64,
    /// Controls with nothing here to judge.
    pub not_applicable: u64,
    /// Controls that no check covers.
    pub not_covered: u64,
    /// Its controls; empty in `GET /posture` unless `framework` names it.
    pub controls: Vec<Control>,
}

/// How a control stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Control {
    /// Its number.
    pub id: String,
    /// Its title.
    pub title: String,
    /// `pass`, `fail`, `unknown`, `not-applicable` or `not-covered`.
    pub status: String,
    /// The checks behind it.
    pub checks: Vec<String>,
    /// Objects that fail.
    pub failed: u64,
    /// Objects that were judged.
    pub judged: u64,
    /// Why no check covers it, or what its checks leave open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Which framework is wanted in full.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PostureQuery {
    /// The framework whose controls are wanted.
    pub framework: Option<String>,
    /// Only this namespace.
    pub namespace: Option<String>,
}

/// Posture of a namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NamespacePosture {
    /// The namespace; empty for what is cluster-wide.
    pub namespace: String,
    /// The mean score of what is in it.
    pub score: u8,
    /// Objects that count.
    pub objects: u64,
    /// Its findings.
    pub findings: SeverityCounts,
}

/// Posture of a workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkloadPosture {
    /// The workload.
    pub object: ObjectRef,
    /// Its score.
    pub score: u8,
    /// How the score came about.
    pub explained: String,
    /// Its findings.
    pub findings: SeverityCounts,
}

/// Posture at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PosturePoint {
    /// When.
    pub time: Timestamp,
    /// The mean score.
    pub score: u8,
    /// Findings.
    pub findings: SeverityCounts,
    /// The risk of the attack graph, 0 to 100; absent when it was not computed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<u32>,
}

/// Filters of findings. A filter given several values, separated by commas, passes any of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FindingFilter {
    /// Severities.
    pub severity: Option<String>,
    /// Checks.
    pub check: Option<String>,
    /// Namespaces.
    pub namespace: Option<String>,
    /// Kinds, `Deployment.apps`.
    pub kind: Option<String>,
    /// The application, as id.
    pub application: Option<String>,
    /// Frameworks or controls, `cis-1.12` or `cis-1.12/5.2.2`.
    pub control: Option<String>,
    /// Owners.
    pub owner: Option<String>,
    /// One finding.
    pub fingerprint: Option<String>,
    /// Words that the message, the check's title or the object holds.
    pub text: Option<String>,
    /// Those hidden by exceptions instead.
    pub accepted: Option<bool>,
}

/// Findings, worst first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Findings {
    /// The findings.
    pub items: Vec<FindingRow>,
    /// How many pass the filters.
    pub total: u64,
    /// The cursor of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Counts beside the filters: `severity`, `check`, `namespace`, `kind`, `owner`.
    pub facets: BTreeMap<String, Vec<FacetCount>>,
}

/// A finding: one check at one place of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FindingRow {
    /// Names the place for good.
    pub fingerprint: String,
    /// The check.
    pub check: String,
    /// What the check is about.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// The object.
    pub object: ObjectRef,
    /// The application, as id.
    pub application: String,
    /// Who answers for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The field.
    pub path: String,
    /// The container, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// What is wrong.
    pub message: String,
    /// Since when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Why it is accepted, where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Acceptance>,
}

/// Why a finding is hidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Acceptance {
    /// Why.
    pub reason: String,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

/// A check or a detection rule, as `catseye explain` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Check {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What is wrong.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// Why it matters, in Markdown.
    pub explanation: String,
    /// What to do, in Markdown.
    pub fix: String,
    /// The controls that it stands behind, `FRAMEWORK/CONTROL`; ATT&CK techniques for a detection.
    pub controls: Vec<String>,
    /// Findings of it now.
    pub findings: u64,
}
