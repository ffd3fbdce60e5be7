//! Small logs with one thing missing each, and what is said of it.

use catseye_model::RedactionKey;
use serde_json::{Value, json};

use super::*;

static KEY: RedactionKey = RedactionKey::new([0; 32]);

fn observe(coverage: &mut Coverage, event: &Value) {
    let text = event.to_string();
    let event = Event::parse(&text, &KEY).unwrap().unwrap();
    coverage.observe(&event);
}

fn call(verb: &str, group: &str, resource: &str, rest: Value) -> Value {
    let mut event = json!({"auditID": "1", "stage": "ResponseComplete", "level": "Metadata", "verb": verb,
        "user": {"username": "jane", "groups": ["ops"]}, "responseStatus": {"code": 200},
        "objectRef": {"apiGroup": group, "resource": resource},
        "requestReceivedTimestamp": "2026-11-21T00:30:49.000000Z",
        "annotations": {"authorization.k8s.io/decision": "allow"}});
    if let (Value::Object(event), Value::Object(rest)) = (&mut event, rest) {
        event.extend(rest);
    }
    event
}

/// A log in which everything can be seen.
fn full() -> Vec<Value> {
    let body = json!({"level": "RequestResponse", "requestObject": {}});
    vec![
        call("get", "", "secrets", json!({})),
        call("create", "", "pods", body.clone()),
        call("create", "rbac.authorization.k8s.io", "rolebindings", body),
        call(
            "create",
            "",
            "pods",
            json!({"objectRef": {"resource": "pods", "subresource": "exec"}}),
        ),
        call("list", "", "pods", json!({"responseStatus": {"code": 403}})),
    ]
}

fn blind_spots(events: &[Value]) -> Vec<&'static str> {
    let mut coverage = Coverage::new();
    for event in events {
        observe(&mut coverage, event);
    }
    coverage.blind_spots().iter().map(|spot| spot.id).collect()
}

#[test]
fn a_full_log_has_no_blind_spots_and_an_empty_one_none_to_speak_of() {
    assert_eq!(blind_spots(&full()), [""; 0]);
    assert_eq!(blind_spots(&[]), [""; 0]);
}

#[test]
fn each_thing_that_is_missing_is_named() {
    let without = |unwanted: &[usize]| -> Vec<Value> {
        full()
            .into_iter()
            .enumerate()
            .filter(|(index, _)| !unwanted.contains(index))
            .map(|(_, event)| event)
            .collect()
    };
    let with = |extra: Value| -> Vec<Value> { [full(), vec![extra]].concat() };
    let late = json!({"requestReceivedTimestamp": "2026-11-21T03:00:00.000000Z"});
    for (events, expected) in [
        (without(&[0]), vec!["secret-reads"]),
        (without(&[3]), vec!["interactive"]),
        (without(&[4]), vec!["refusals"]),
        (without(&[0, 4]), vec!["refusals", "reads"]),
        (
            with(call("create", "apps", "deployments", json!({}))),
            vec!["pod-bodies"],
        ),
        (
            with(call(
                "patch",
                "rbac.authorization.k8s.io",
                "roles",
                json!({}),
            )),
            vec!["grant-bodies"],
        ),
        (
            with(call(
                "create",
                "",
                "secrets",
                json!({"level": "Request", "requestObject": {"data": {}}}),
            )),
            vec!["secrets-in-log"],
        ),
        (with(call("get", "", "pods", late)), vec!["silence"]),
        (
            with(call(
                "get",
                "",
                "pods",
                json!({"requestReceivedTimestamp": null}),
            )),
            vec!["times"],
        ),
        (
            with(call(
                "get",
                "",
                "pods",
                json!({"annotations": {
                "audit.k8s.io/truncated": "true", "authorization.k8s.io/decision": "allow"}}),
            )),
            vec!["cut-events"],
        ),
        (
            with(call("get", "", "pods", json!({"stage": "RequestReceived"}))),
            vec!["request-received"],
        ),
    ] {
        assert_eq!(blind_spots(&events), expected, "{:?}", events.last());
    }
    let undecided: Vec<_> = full()
        .into_iter()
        .map(|mut event| {
            event["annotations"] = Value::Null;
            event
        })
        .collect();
    assert_eq!(blind_spots(&undecided), ["decisions"]);
}

#[test]
fn what_was_seen_is_counted_by_source_actor_and_resource() {
    let mut coverage = Coverage::new();
    for event in full() {
        observe(&mut coverage, &event);
    }
    assert_eq!(coverage.events(), 5);
    let source = &coverage.sources()[&Source::ApiServer];
    assert_eq!(
        source.levels,
        [(Level::Metadata, 3), (Level::RequestResponse, 2)].into()
    );
    assert_eq!(source.without[&Aspect::RequestBody], 3);
    assert_eq!(
        coverage.actors()[&ActorKind::Human].identities(),
        (1, false)
    );
    let resources = coverage.resources();
    let (group, resource, seen) = resources[0];
    assert_eq!((group, resource), ("", "pods"));
    assert_eq!(
        (seen.reads, seen.writes, seen.with_object, seen.object_shown),
        (1, 1, 1, 1)
    );
}

#[test]
fn the_longest_silence_is_found_whatever_the_order() {
    let mut coverage = Coverage::new();
    for time in ["00:05", "00:01", "00:02", "00:12", "00:13"] {
        let received = format!("2026-11-21T{time}:30.000000Z");
        observe(
            &mut coverage,
            &call(
                "get",
                "",
                "pods",
                json!({"requestReceivedTimestamp": received}),
            ),
        );
    }
    let (from, to) = coverage.longest_silence().unwrap();
    assert_eq!(
        (from.to_string(), to.to_string()),
        ("2026-11-21T00:06:00Z".into(), "2026-11-21T00:12:00Z".into())
    );
    assert_eq!(coverage.minutes(), (13, 5));
}

#[test]
fn the_policy_is_one_that_an_api_server_accepts() {
    let documents = catseye_model::yaml::documents(POLICY);
    let policy = documents[0].content.as_ref().unwrap();
    assert_eq!(policy["kind"], "Policy");
    let rules = policy["rules"].as_array().unwrap();
    for rule in rules {
        let level = rule["level"].as_str().unwrap();
        assert!(["None", "Metadata", "Request", "RequestResponse"].contains(&level));
        // A rule is about resources or about other URLs, never both.
        assert!(rule.get("resources").is_none() || rule.get("nonResourceURLs").is_none());
    }
    let last = rules.last().unwrap();
    assert_eq!(
        last,
        &json!({"level": "Metadata"}),
        "what no rule matches is not recorded at all"
    );
}
