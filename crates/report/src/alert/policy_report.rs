//! Incidents as `PolicyReport` (`wgpolicyk8s.io/v1alpha2`) and `Report` (`openreports.io/v1alpha1`)
//! objects: one a namespace, one for the cluster, each with the worst results only.
//!
//! These objects live in etcd, which is no place for anything voluminous: results are counted whole in
//! the summary and shown up to a limit.

use std::collections::BTreeMap;

use catseye_model::Severity;
use serde_json::{Value, json};

use super::{Alert, Subject, clipped};

/// The name of every report that we own.
pub const NAME: &str = "catseye-incidents";

/// How long a message of a result may be.
const MESSAGE: usize = 500;

/// Which of the two kinds of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Api {
    /// `wgpolicyk8s.io/v1alpha2`: `PolicyReport` and `ClusterPolicyReport`.
    PolicyReport,
    /// `openreports.io/v1alpha1`: `Report` and `ClusterReport`.
    OpenReports,
}

impl Api {
    /// The API group and version.
    pub fn group_version(self) -> (&'static str, &'static str) {
        match self {
            Api::PolicyReport => ("wgpolicyk8s.io", "v1alpha2"),
            Api::OpenReports => ("openreports.io", "v1alpha1"),
        }
    }

    /// The kind and the plural name: of a namespace, or of the cluster.
    pub fn kind(self, namespaced: bool) -> (&'static str, &'static str) {
        match (self, namespaced) {
            (Api::PolicyReport, true) => ("PolicyReport", "policyreports"),
            (Api::PolicyReport, false) => ("ClusterPolicyReport", "clusterpolicyreports"),
            (Api::OpenReports, true) => ("Report", "reports"),
            (Api::OpenReports, false) => ("ClusterReport", "clusterreports"),
        }
    }
}

/// The namespace that an alert is reported in; empty for the cluster's report.
pub fn namespace_of(alert: &Alert) -> &str {
    (alert.subjects.first()).map_or("", |subject| subject.namespace.as_str())
}

/// The report of a namespace, or of the cluster for an empty one, with at most `most` results.
pub fn report<'a>(
    api: Api,
    namespace: &str,
    alerts: impl IntoIterator<Item = &'a Alert>,
    most: usize,
) -> Value {
    let mut alerts: Vec<&Alert> = alerts.into_iter().collect();
    alerts.sort_by(|a, b| (b.severity, &a.id).cmp(&(a.severity, &b.id)));
    let (mut fail, mut warn) = (0, 0);
    for alert in &alerts {
        if is_failure(alert.severity) {
            fail += 1;
        } else {
            warn += 1;
        }
    }
    let results: Vec<Value> = alerts
        .iter()
        .take(most)
        .map(|alert| result(alert))
        .collect();
    let shown = results.len();
    let (group, version) = api.group_version();
    let (kind, _) = api.kind(!namespace.is_empty());
    let mut metadata = json!({
        "name": NAME,
        "labels": {"app.kubernetes.io/managed-by": "catseye"},
        "annotations": {"catseye.dev/results-left-out": (alerts.len() - shown).to_string()},
    });
    if !namespace.is_empty() {
        metadata["namespace"] = json!(namespace);
    }
    let mut report = json!({
        "apiVersion": format!("{group}/{version}"),
        "kind": kind,
        "metadata": metadata,
        "summary": {"pass": 0, "fail": fail, "warn": warn, "error": 0, "skip": 0},
        "results": results,
    });
    if api == Api::OpenReports {
        report["source"] = json!("catseye");
    }
    report
}

/// Incidents that a person must act on are failures, the others warnings.
fn is_failure(severity: Severity) -> bool {
    severity >= Severity::Medium
}

fn result(alert: &Alert) -> Value {
    let mut properties = BTreeMap::from([("incident", alert.id.clone())]);
    for (name, value) in [
        ("actor", alert.actor.clone()),
        ("owner", alert.owner.clone()),
        ("fix", alert.fix.as_ref().map(|fix| clipped(fix, MESSAGE))),
        (
            "techniques",
            (!alert.techniques.is_empty()).then(|| alert.techniques.join(",")),
        ),
    ] {
        if let Some(value) = value {
            properties.insert(name, value);
        }
    }
    let resources: Vec<Value> = alert.subjects.iter().take(10).map(reference).collect();
    let rule = alert.evidence.first().map_or("", |seen| seen.id.as_str());
    json!({
        "source": "catseye",
        "policy": "incidents",
        "rule": rule,
        "category": alert.sources.join(","),
        "severity": alert.severity,
        "result": if is_failure(alert.severity) { "fail" } else { "warn" },
        "message": clipped(&alert.title, MESSAGE),
        "timestamp": {"seconds": alert.last.as_second(), "nanos": 0},
        "properties": properties,
        "resources": resources,
    })
}

fn reference(subject: &Subject) -> Value {
    let mut reference = json!({"kind": subject.kind, "name": subject.name});
    // Only the groups whose version has not changed for years; a wrong version is worse than none.
    match subject.group.as_str() {
        "" => reference["apiVersion"] = json!("v1"),
        group @ ("apps" | "batch" | "networking.k8s.io" | "rbac.authorization.k8s.io") => {
            reference["apiVersion"] = json!(format!("{group}/v1"));
        }
        _ => {}
    }
    if !subject.namespace.is_empty() {
        reference["namespace"] = json!(subject.namespace);
    }
    reference
}
