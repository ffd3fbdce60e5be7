//! `catseye audit` on small logs written by hand.

use std::fs;
use std::io::Write as _;

use serde_json::{Value, json};

use crate::{catseye, folder};

fn event(id: &str, verb: &str, resource: &str) -> String {
    json!({"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": id,
        "stage": "ResponseComplete", "requestURI": "/api/v1", "verb": verb, "user": {"username": "jane"},
        "sourceIPs": ["10.0.0.1"], "objectRef": {"resource": resource, "namespace": "shop", "name": "db"},
        "responseStatus": {"code": 200}, "requestReceivedTimestamp": "2026-11-21T00:30:49.000000Z",
        "annotations": {"authorization.k8s.io/decision": "allow"}})
    .to_string()
        + "\n"
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).expect("packed");
    packed.finish().expect("packed")
}

#[test]
fn logs_of_any_shape_and_packing_are_one_stream_of_events() {
    let aks = json!({"records": [{"category": "kube-audit", "properties": {"log": event("c", "list", "pods")}}]});
    let folder = folder(&[
        ("audit.log", &event("b", "get", "secrets")),
        ("later.json", &serde_json::to_string_pretty(&aks).unwrap()),
    ]);
    let rotated = folder.path().join("audit-2026-11-20.log.gz");
    fs::write(rotated, gzip(&event("a", "create", "pods"))).unwrap();
    let ran = catseye(folder.path(), &["audit", "events", "."]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        ran.stdout,
        "2026-11-21T00:30:49Z 200 user jane create pods shop/db\n\
         2026-11-21T00:30:49Z 200 user jane get secrets shop/db\n\
         2026-11-21T00:30:49Z 200 user jane list pods shop/db\n"
    );
}

#[test]
fn events_as_json_are_plain_audit_events_without_secret_values() {
    let secret = json!({"auditID": "a", "verb": "create", "level": "Request",
        "objectRef": {"resource": "secrets", "name": "db"}, "requestObject": {"stringData": {"k": "hunter2"}}});
    let folder = folder(&[("audit.log", &secret.to_string())]);
    let ran = catseye(
        folder.path(),
        &["audit", "events", "--format", "json", "audit.log"],
    );
    let written: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(written["apiVersion"], "audit.k8s.io/v1");
    assert_eq!(written["auditID"], "a");
    assert!(!ran.stdout.contains("hunter2"), "{}", ran.stdout);
}

#[test]
fn what_cannot_be_read_is_located_and_costs_the_exit_code() {
    let log = format!(
        "{}garbage\n{}",
        event("a", "get", "pods"),
        event("b", "get", "pods")
    );
    let folder = folder(&[("audit.log", &log)]);
    let ran = catseye(folder.path(), &["audit", "events", "audit.log"]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (2, 2));
    let expected = "audit.log:2: 1 record gives no event (no JSON: no JSON on this line)";
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
}

#[test]
fn coverage_names_what_a_log_cannot_show() {
    let log = event("a", "get", "secrets") + &event("b", "create", "pods");
    let folder = folder(&[("audit.log", &log)]);
    let ran = catseye(
        folder.path(),
        &["audit", "coverage", "audit.log", "--format", "json"],
    );
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let mut json = ran.json();
    // What each blind spot says is read by people; programs go by the ids.
    let ids: Vec<Value> = json["blind_spots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|spot| json!([spot["id"], spot["certainty"]]))
        .collect();
    json["blind_spots"] = json!(ids);
    let golden: Value = serde_json::from_str(include_str!("audit/coverage-v1.json")).unwrap();
    assert_eq!(json, golden, "{json:#}");
    let table = catseye(folder.path(), &["audit", "coverage", "audit.log"]);
    assert!(
        table
            .stdout
            .contains("pod-bodies (the log shows it): 1 of 1 writes"),
        "{}",
        table.stdout
    );
}

#[test]
fn a_log_without_events_is_an_error_and_not_a_clean_answer() {
    let folder = folder(&[("audit.log", "\n")]);
    let ran = catseye(folder.path(), &["audit", "coverage", "audit.log"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("no audit events"), "{}", ran.stderr);
    let ran = catseye(folder.path(), &["audit", "coverage", "absent.log"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("failed to open absent.log"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_policy_can_be_had_without_a_log() {
    let folder = folder(&[]);
    let ran = catseye(folder.path(), &["audit", "coverage", "--policy"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("kind: Policy"));
}
