//! What a log does not show is neither yes nor no.

use catseye_event::Aspect;
use serde_json::json;

use super::*;

#[test]
fn a_rule_on_bodies_cannot_be_judged_without_them() {
    let rule = sigma(
        "sel: {objectRef.resource: pods, requestObject.spec.hostNetwork: true}\ncondition: sel",
    );
    let key = RedactionKey::new([0; 32]);
    let mut engine = Engine::new(rules(&rule));
    for (level, resource) in [
        ("Metadata", "pods"),
        ("Metadata", "secrets"),
        ("RequestResponse", "pods"),
    ] {
        let text = event(json!({"level": level, "objectRef": {"resource": resource}}));
        let event = Event::parse(&text, &key).expect("JSON").expect("an event");
        assert!(engine.observe(&event, true, 0).is_empty());
    }
    let count = engine.counts()[0];
    assert_eq!((count.judged, count.not_evaluable), (1, 1));
    assert_eq!(
        count.missing.aspects().collect::<Vec<_>>(),
        [Aspect::RequestBody]
    );
}

#[test]
fn the_rest_of_a_rule_may_settle_it() {
    let key = RedactionKey::new([0; 32]);
    let text = event(json!({"level": "Metadata", "objectRef": {"resource": "pods"}}));
    for (condition, judged) in [
        ("body and other", 1),
        ("not body and not other", 0),
        ("(body or same) and same", 1),
        ("not body", 0),
    ] {
        let rule = sigma(&format!(
            "body: {{requestObject.spec.hostPID: true}}\nother: {{user.username: joe}}\nsame: {{user.username: jane}}\ncondition: {condition}"
        ));
        let mut engine = Engine::new(rules(&rule));
        let event = Event::parse(&text, &key).expect("JSON").expect("an event");
        engine.observe(&event, true, 0);
        assert_eq!(engine.counts()[0].judged, judged, "{condition}");
    }
}
