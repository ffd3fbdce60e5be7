//! `catseye audit rules` and `catseye audit --rules`, on rules and logs written by hand.

use serde_json::json;

use crate::paths::is_golden;
use crate::{catseye, folder};

const SIGMA: &str = "\
title: Secrets read
id: secrets-read
level: high
logsource: {product: kubernetes, service: audit}
tags: [attack.credential_access, attack.t1552.007]
detection:
  selection: {verb: [get, list], objectRef.resource: secrets}
  condition: selection
---
title: Host network
logsource: {product: kubernetes, service: audit}
detection:
  selection: {verb: create, objectRef.resource: pods, requestObject.spec.hostNetwork: true}
  condition: selection
";

const NEVER: &str = "\
title: Replaced
logsource: {product: kubernetes, service: audit}
detection:
  selection:
    verb: replace
  condition: selection
";

fn event(number: usize, user: &str, verb: &str, resource: &str, namespace: &str) -> String {
    json!({"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": number.to_string(),
        "stage": "ResponseComplete", "requestURI": "/api/v1", "verb": verb, "user": {"username": user},
        "sourceIPs": ["10.0.0.1"], "objectRef": {"resource": resource, "namespace": namespace, "name": "db"},
        "responseStatus": {"code": 200}, "requestReceivedTimestamp": format!("2026-11-21T{number:02}:00:00Z"),
        "annotations": {"authorization.k8s.io/decision": "allow"}})
    .to_string()
        + "\n"
}

fn log() -> String {
    [
        event(0, "jane", "get", "secrets", "shop"),
        event(1, "joe", "list", "secrets", "pay"),
        event(2, "jane", "get", "secrets", "pay"),
        event(3, "jane", "create", "pods", "shop"),
        event(12, "jane", "get", "configmaps", "shop"),
    ]
    .concat()
}

#[test]
fn a_back_test_tells_how_often_where_and_on_whom() {
    let folder = folder(&[("rules/a.yml", SIGMA), ("audit.log", &log())]);
    let ran = catseye(
        folder.path(),
        &["audit", "rules", "test", "rules", "--log", "audit.log"],
    );
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    is_golden(
        &ran.stdout,
        include_str!("golden/rules-test.txt"),
        "rules-test.txt",
    );
    let ran = catseye(
        folder.path(),
        &[
            "audit",
            "rules",
            "test",
            "rules",
            "--log",
            "audit.log",
            "--format",
            "json",
        ],
    );
    let json = ran.json();
    let rule = &json["rules"][0];
    assert_eq!((&rule["hits"], &rule["per_day"]), (&json!(3), &json!(6.0)));
    assert_eq!(rule["namespaces"][0], json!({"name": "pay", "hits": 2}));
    let blind = &json["rules"][1];
    assert_eq!(
        (&blind["not_evaluable"], &blind["missing"]),
        (&json!(1), &json!(["request body"]))
    );
}

#[test]
fn a_rule_that_never_fires_is_nothing_to_report() {
    let quiet = "- {id: user/none, name: none, conditions: [{field: username, match-op: '=', match-value: nobody}]}";
    let folder = folder(&[("none.yaml", quiet), ("audit.log", &log())]);
    let ran = catseye(
        folder.path(),
        &["audit", "rules", "test", "none.yaml", "--log", "audit.log"],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stdout.contains("never fired\n  none\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn what_can_never_be_true_is_refused_with_its_line_and_what_to_write() {
    let folder = folder(&[
        ("never.yml", NEVER),
        ("good.yml", SIGMA),
        ("audit.log", &log()),
    ]);
    let ran = catseye(
        folder.path(),
        &["audit", "rules", "check", "never.yml", "good.yml"],
    );
    assert_eq!(ran.code, 1);
    is_golden(
        &ran.stdout,
        include_str!("golden/rules-check.txt"),
        "rules-check.txt",
    );
    let ran = catseye(
        folder.path(),
        &["audit", "rules", "test", "never.yml", "--log", "audit.log"],
    );
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("never.yml:5: rule"), "{}", ran.stderr);
    // The others are used, and the run says that it was not whole.
    let ran = catseye(
        folder.path(),
        &["audit", "rules", "test", ".", "--log", "audit.log"],
    );
    assert_eq!(ran.code, 2);
    assert!(
        ran.stdout.contains("3 hits on 5 requests"),
        "{}",
        ran.stdout
    );
}

#[test]
fn user_rules_make_incidents_beside_the_built_in_ones() {
    let rule = "\
- rule: Ledger touched
  desc: The ledger is nobody's business
  condition: ka.target.resource=configmaps and ka.target.name=db
  output: ledger (user=%ka.user.name)
  priority: CRITICAL
  source: k8s_audit
";
    let folder = folder(&[("falco.yaml", rule), ("audit.log", &log())]);
    let ran = catseye(
        folder.path(),
        &[
            "audit",
            "audit.log",
            "--rules",
            "falco.yaml",
            "--format",
            "json",
        ],
    );
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let text = ran.stdout;
    assert!(
        text.contains("matches Falco rule Ledger touched: ledger (user=jane)"),
        "{text}"
    );
}

#[test]
fn a_folder_without_rules_is_an_error() {
    let folder = folder(&[("empty/readme.txt", ""), ("audit.log", &log())]);
    let ran = catseye(folder.path(), &["audit", "rules", "check", "empty"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("holds no rules"), "{}", ran.stderr);
}
