//! The registry against the source tree: a rule that is not listed would never run.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};

use catseye_event::Event;
use catseye_model::RedactionKey;

use super::{AREAS, Config, Rules, all};
use crate::detection::Detection;

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test that reads the source tree"
)]
fn every_rule_file_is_registered() {
    let registered: BTreeSet<String> = all()
        .map(|rule| format!("{}/{}.rs", rule.area(), rule.file_name()))
        .collect();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/audit");
    for area in AREAS {
        for entry in source
            .join(area.name)
            .read_dir()
            .expect("the area has a folder")
        {
            let path = entry.expect("a readable entry").path();
            let text = std::fs::read_to_string(&path).expect("a readable file");
            if text.contains("\ndetection! {") {
                let file = path.file_name().unwrap_or_default().to_string_lossy();
                let name = format!("{}/{file}", area.name);
                assert!(registered.contains(&name), "{name} is not in RULES");
            }
        }
    }
}

/// A call of `user`, on which windows and sequences of many rules run.
fn call(user: &str, number: usize, what: usize, second: u32) -> Value {
    let (verb, resource, subresource, code) = [
        ("get", "secrets", "", 200),
        ("list", "secrets", "", 403),
        ("create", "pods", "exec", 101),
        ("delete", "deployments", "", 200),
        ("list", "nodes", "", 403),
        ("list", "rolebindings", "", 403),
        ("create", "selfsubjectrulesreviews", "", 201),
        ("list", "configmaps", "", 403),
    ][what % 8];
    json!({"auditID": format!("{user}-{number}"), "level": "Metadata", "stage": "ResponseComplete",
        "verb": verb, "user": {"username": user, "groups": ["system:authenticated"]},
        "requestURI": format!("/api/v1/{resource}"), "userAgent": "curl/8.5.0", "sourceIPs": ["203.0.113.9"],
        "objectRef": {"resource": resource, "subresource": subresource, "namespace": "shop",
            "name": format!("thing-{number}")},
        "responseStatus": {"code": code},
        "requestReceivedTimestamp": format!("2026-11-23T10:{:02}:{:02}Z", second / 60 % 60, second % 60)})
}

fn judged(events: &[Value]) -> Vec<Detection> {
    let key = RedactionKey::new([0; 32]);
    let mut rules = Rules::new(Config::default());
    let mut found = Vec::new();
    for event in events {
        let text = event.to_string();
        let event = Event::parse(&text, &key).expect("JSON").expect("an event");
        found.extend(rules.observe(&event, None));
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// What the rules say of one actor does not depend on what others do, nor on when their events
    /// come.
    #[test]
    fn others_change_nothing_that_is_said_of_one_actor(
        mine in proptest::collection::vec(0..8_usize, 1..40),
        others in proptest::collection::vec((0..3_usize, 0..8_usize, 0..3600_u32, 0..64_usize), 0..80),
    ) {
        let mine: Vec<Value> = mine
            .iter()
            .zip(0..)
            .map(|(what, second)| call("alice", second as usize, *what, 3 * second))
            .collect();
        let mut mixed = mine.clone();
        for (number, (who, what, second, place)) in others.iter().enumerate() {
            let who = ["bob", "carol", "system:serviceaccount:mail:sender"][*who];
            let place = (*place).min(mixed.len());
            mixed.insert(place, call(who, number, *what, *second));
        }
        let mut of_alice = judged(&mixed);
        of_alice.retain(|detection| detection.actor == "alice");
        prop_assert_eq!(of_alice, judged(&mine));
    }
}
