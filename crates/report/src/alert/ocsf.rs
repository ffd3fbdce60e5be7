//! OCSF 1.8.0: an alert as a Detection Finding (class 2004).
//!
//! Only what the schema names is written; what an alert lacks is left out rather than invented.

use catseye_model::Severity;
use serde_json::{Map, Value, json};

use super::{Alert, Evidence, Reason, Subject};

/// The version of the schema that [`detection_finding`] writes.
pub const SCHEMA: &str = "1.8.0";

const CLASS: u64 = 2004;

/// A Detection Finding.
pub fn detection_finding(alert: &Alert) -> Value {
    let (activity, activity_name) = match alert.reason {
        Reason::Opened | Reason::Digest | Reason::Test => (1, "Create"),
        Reason::Escalated | Reason::Updated | Reason::Reopened => (2, "Update"),
        Reason::Resolved => (3, "Close"),
    };
    let is_closed = alert.reason == Reason::Resolved;
    let (status, status_name) = if is_closed {
        (4, "Resolved")
    } else {
        (1, "New")
    };
    let (severity, severity_name) = severity(alert.severity);
    let mut finding = json!({
        "activity_id": activity,
        "activity_name": activity_name,
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Detection Finding",
        "type_uid": CLASS * 100 + activity,
        "type_name": format!("Detection Finding: {activity_name}"),
        "time": alert.time.as_millisecond(),
        "start_time": alert.first.as_millisecond(),
        "end_time": alert.last.as_millisecond(),
        "severity_id": severity,
        "severity": severity_name,
        "status_id": status,
        "status": status_name,
        "is_alert": !is_closed,
        "message": alert.title,
        "count": alert.evidence.iter().map(|seen| seen.count).sum::<u64>().max(1),
        "metadata": metadata(alert),
        "finding_info": finding_info(alert),
    });
    if let Some(fields) = finding.as_object_mut() {
        add_lists(fields, alert);
    }
    finding
}

fn metadata(alert: &Alert) -> Value {
    json!({
        "version": SCHEMA,
        "uid": format!("{}-{}", alert.id, alert.version),
        "correlation_uid": alert.id,
        "log_name": "incidents",
        "product": {
            "name": "Catseye",
            "vendor_name": "Catseye",
            "version": env!("CARGO_PKG_VERSION"),
        },
    })
}

fn finding_info(alert: &Alert) -> Value {
    let mut info = json!({
        "uid": alert.id,
        "title": alert.title,
        "desc": alert.summary,
        "types": alert.sources,
        "data_sources": alert.sources,
        "first_seen_time": alert.first.as_millisecond(),
        "last_seen_time": alert.last.as_millisecond(),
    });
    // Techniques and tactics are known as two lists, not which belongs to which: each stands alone.
    let technique = |id: &String| json!({"technique": {"uid": id}});
    let tactic = |name: &String| {
        if is_tactic_id(name) {
            json!({"tactic": {"uid": name}})
        } else {
            json!({"tactic": {"name": name}})
        }
    };
    let attacks: Vec<Value> = (alert.techniques.iter().map(technique))
        .chain(alert.tactics.iter().map(tactic))
        .collect();
    if !attacks.is_empty() {
        info["attacks"] = Value::Array(attacks);
    }
    if let Some(first) = alert.evidence.first() {
        info["analytic"] = analytic(&first.id);
    }
    let others: Vec<Value> = (alert.evidence.iter().skip(1))
        .map(|seen| analytic(&seen.id))
        .collect();
    if !others.is_empty() {
        info["related_analytics"] = Value::Array(others);
    }
    if let Some(link) = &alert.link {
        info["src_url"] = json!(link);
    }
    info
}

fn add_lists(fields: &mut Map<String, Value>, alert: &Alert) {
    if !alert.subjects.is_empty() {
        let resources = alert
            .subjects
            .iter()
            .map(|subject| resource(subject, alert));
        fields.insert("resources".to_owned(), resources.collect());
    }
    let evidences: Vec<Value> = (alert.evidence.iter())
        .map(|seen| evidence(seen, alert.actor.as_deref()))
        .collect();
    if !evidences.is_empty() {
        fields.insert("evidences".to_owned(), Value::Array(evidences));
    }
    let mut advice: Vec<&str> = alert.advice.iter().map(String::as_str).collect();
    advice.extend(alert.fix.as_deref());
    if !advice.is_empty() {
        let remediation = json!({"desc": advice.join("\n")});
        fields.insert("remediation".to_owned(), remediation);
    }
    let mut unmapped = Map::new();
    for (name, value) in [
        ("application", &alert.application),
        ("owner", &alert.owner),
        ("attack_path", &alert.path),
    ] {
        if let Some(value) = value {
            unmapped.insert(name.to_owned(), json!(value));
        }
    }
    if !unmapped.is_empty() {
        fields.insert("unmapped".to_owned(), Value::Object(unmapped));
    }
}

fn resource(subject: &Subject, alert: &Alert) -> Value {
    let mut resource = json!({
        "type": subject.kind,
        "name": subject.name,
        "uid": format!("{}/{}", alert.cluster, subject.shown().replace(' ', "/")),
        "group": {"name": if subject.group.is_empty() { "core" } else { &subject.group }},
    });
    if !subject.namespace.is_empty() {
        resource["namespace"] = json!(subject.namespace);
    }
    if let Some(owner) = &alert.owner {
        resource["owner"] = json!({"name": owner});
    }
    resource
}

fn evidence(seen: &Evidence, actor: Option<&str>) -> Value {
    let mut evidence = json!({
        "name": seen.id,
        "data": {
            "sentence": seen.sentence,
            "count": seen.count,
            "severity": seen.severity,
            "time": seen.time.to_string(),
        },
    });
    if let Some(actor) = actor {
        evidence["actor"] = json!({"user": {"name": actor}});
    }
    evidence
}

fn analytic(id: &str) -> Value {
    let (number, name) = if id == "baseline" {
        (2, "Behavioral")
    } else {
        (1, "Rule")
    };
    json!({"uid": id, "type_id": number, "type": name})
}

fn is_tactic_id(text: &str) -> bool {
    text.strip_prefix("TA")
        .is_some_and(|rest| rest.len() == 4 && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

fn severity(severity: Severity) -> (u64, &'static str) {
    match severity {
        Severity::Info => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    }
}
