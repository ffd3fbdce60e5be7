//! Alertmanager: an alert for `POST /api/v2/alerts`.
//!
//! Alertmanager knows an alert by its labels. They hold what does not change while an incident lives,
//! and the severity, because routes are told by it; an incident that grows worse is a new alert, and
//! the old one ends by its `endsAt`.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Alert, Reason, clipped};

/// How long a text in an annotation may be: all alerts of a group travel in one mail.
const ANNOTATION: usize = 4000;

/// The body of a request: one alert that lasts until it is told again, at most `lasts`.
pub fn alerts(alert: &Alert, lasts: SignedDuration, labels: &BTreeMap<String, String>) -> Value {
    let ends = if alert.reason == Reason::Resolved {
        alert.time
    } else {
        alert.time.checked_add(lasts).unwrap_or(Timestamp::MAX)
    };
    // It began before it ends, whatever the clocks say.
    let starts = alert.first.min(alert.time);
    let mut entry = json!({
        "labels": self::labels(alert, labels),
        "annotations": annotations(alert),
        "startsAt": starts.to_string(),
        "endsAt": ends.to_string(),
    });
    if let Some(link) = &alert.link {
        entry["generatorURL"] = json!(link);
    }
    Value::Array(vec![entry])
}

fn labels(alert: &Alert, more: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut labels: BTreeMap<String, String> = BTreeMap::new();
    let mut set = |name: &str, value: &str| {
        // Alertmanager treats an empty label as none.
        if !value.is_empty() {
            labels.insert(name.to_owned(), value.to_owned());
        }
    };
    set("alertname", "CatseyeIncident");
    set("incident", &alert.id);
    set("cluster", &alert.cluster);
    set("severity", alert.severity.as_str());
    if let Some(subject) = alert.subjects.first() {
        set("namespace", &subject.namespace);
        set("kind", &subject.kind);
        set("name", &subject.name);
    }
    set("owner", alert.owner.as_deref().unwrap_or_default());
    set(
        "application",
        alert.application.as_deref().unwrap_or_default(),
    );
    for (name, value) in more {
        set(name, value);
    }
    labels
}

fn annotations(alert: &Alert) -> BTreeMap<&'static str, String> {
    let seen: Vec<&str> = (alert.evidence.iter())
        .map(|seen| seen.sentence.as_str())
        .collect();
    let mut annotations = BTreeMap::new();
    for (name, value) in [
        ("summary", alert.title.clone()),
        ("description", alert.summary.clone()),
        ("evidence", seen.join("\n")),
        ("actor", alert.actor.clone().unwrap_or_default()),
        ("techniques", alert.techniques.join(", ")),
        ("path", alert.path.clone().unwrap_or_default()),
        ("fix", alert.fix.clone().unwrap_or_default()),
    ] {
        if !value.is_empty() {
            annotations.insert(name, clipped(&value, ANNOTATION));
        }
    }
    annotations
}

/// True for what Alertmanager takes as the name of a label.
pub fn is_label_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    let first = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    bytes.next().is_some_and(first) && bytes.all(|byte| first(byte) || byte.is_ascii_digit())
}
