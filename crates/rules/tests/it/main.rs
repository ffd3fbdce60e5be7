//! Rules as users write them, asked of audit events.

mod defects;
mod falco;
mod kaudit;
mod oracle;
mod sigma;
mod unknown;

use catseye_event::Event;
use catseye_model::RedactionKey;
use catseye_rules::{Engine, RuleSet, Source};
use serde_json::{Value, json};

/// A file of rules.
fn source(text: &str) -> Source {
    Source {
        name: "rules.yaml".to_owned(),
        text: text.to_owned(),
    }
}

/// The rules of one file, of which none is refused.
fn rules(text: &str) -> RuleSet {
    let set = RuleSet::load(&[source(text)]);
    assert!(!set.has_errors(), "{:#?}", set.problems);
    set
}

/// What is wrong with the rules of one file.
fn problems(text: &str) -> Vec<String> {
    let set = RuleSet::load(&[source(text)]);
    set.problems.iter().map(ToString::to_string).collect()
}

/// An event of which only what matters is written.
fn event(fields: Value) -> String {
    let mut event = json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "RequestResponse", "auditID": "a",
        "stage": "ResponseComplete", "verb": "create", "requestURI": "/",
        "user": {"username": "jane", "groups": ["dev", "system:authenticated"]},
        "sourceIPs": ["192.0.2.7"], "userAgent": "kubectl/v1.36", "responseStatus": {"code": 201},
        "requestReceivedTimestamp": "2026-11-21T10:00:00.000000Z",
        "annotations": {"authorization.k8s.io/decision": "allow"},
    });
    if let (Value::Object(event), Value::Object(fields)) = (&mut event, fields) {
        event.extend(fields);
    }
    event.to_string()
}

/// The titles of the rules that fire, event by event.
fn fired(set: RuleSet, events: &[String]) -> Vec<String> {
    let key = RedactionKey::new([0; 32]);
    let mut engine = Engine::new(set);
    let mut titles = Vec::new();
    for text in events {
        let event = Event::parse(text, &key).expect("JSON").expect("an event");
        let now = event.time().map_or(0, jiff::Timestamp::as_microsecond);
        for hit in engine.observe(&event, true, now) {
            titles.push(engine.about(hit.by).expect("its rule").title.clone());
        }
    }
    titles
}

/// True when the only rule of a file fires on an event of these fields.
fn fires(text: &str, fields: Value) -> bool {
    !fired(rules(text), &[event(fields)]).is_empty()
}

/// A Sigma rule with these lines as its detection.
fn sigma(detection: &str) -> String {
    let detection = detection.replace('\n', "\n  ");
    format!(
        "title: t\nlogsource: {{product: kubernetes, service: audit}}\nlevel: high\ndetection:\n  {detection}\n"
    )
}
