//! Slack: an alert as blocks for an incoming webhook, within Slack's limits.

use catseye_model::Severity;
use serde_json::{Value, json};

use super::{Alert, Reason, Subject, clipped};

/// What Slack takes of a header, of a section and of a field.
const HEADER: usize = 150;
const SECTION: usize = 3000;
const FIELD: usize = 2000;

/// The message; `text` replaces the body of the first section when it is given.
pub fn message(alert: &Alert, text: Option<&str>) -> Value {
    let head = format!(
        "{} {} · {}",
        sign(alert.severity),
        alert.severity.as_str(),
        alert.title
    );
    let body = match text {
        Some(text) => text.to_owned(),
        None => escaped(&alert.summary),
    };
    let mut blocks = vec![
        json!({"type": "header", "text": {"type": "plain_text", "text": clipped(&head, HEADER)}}),
    ];
    if !body.is_empty() {
        blocks.push(section(&body));
    }
    let fields = fields(alert);
    if !fields.is_empty() {
        blocks.push(json!({"type": "section", "fields": fields}));
    }
    let seen: Vec<String> = (alert.evidence.iter().rev().take(3).rev())
        .map(|seen| format!("• {}", escaped(&seen.sentence)))
        .collect();
    if !seen.is_empty() {
        blocks.push(section(&seen.join("\n")));
    }
    if let Some(fix) = &alert.fix {
        blocks.push(section(&format!("*Fix:* {}", escaped(fix))));
    }
    if let Some(link) = &alert.link {
        blocks.push(json!({"type": "actions", "elements": [{
            "type": "button", "text": {"type": "plain_text", "text": "Open"}, "url": link,
        }]}));
    }
    let context = format!(
        "{} · {} · {}",
        escaped(&alert.cluster),
        alert.id,
        alert.reason.as_str()
    );
    blocks.push(json!({"type": "context", "elements": [
        {"type": "mrkdwn", "text": clipped(&context, FIELD)},
    ]}));
    // `text` is what a notification and a screen reader say.
    json!({"text": clipped(&escaped(&head), SECTION), "blocks": blocks})
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": {"type": "mrkdwn", "text": clipped(text, SECTION)}})
}

fn fields(alert: &Alert) -> Vec<Value> {
    let subject = alert.subjects.first().map(Subject::shown);
    let techniques = (!alert.techniques.is_empty()).then(|| alert.techniques.join(", "));
    [
        ("Actor", alert.actor.clone()),
        ("Subject", subject),
        ("Owner", alert.owner.clone()),
        ("Technique", techniques),
        ("Path", alert.path.clone()),
    ]
    .into_iter()
    .filter_map(|(name, value)| {
        let text = format!("*{name}*\n{}", escaped(&value?));
        Some(json!({"type": "mrkdwn", "text": clipped(&text, FIELD)}))
    })
    .collect()
}

/// Slack's three control characters; what a pod is called must not become a link.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn sign(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "🔴",
        Severity::High => "🟠",
        Severity::Medium => "🟡",
        Severity::Low | Severity::Info => "⚪",
    }
}

/// True when a reason is worth a message in a channel by default.
pub fn is_news(reason: Reason) -> bool {
    !matches!(reason, Reason::Updated)
}
