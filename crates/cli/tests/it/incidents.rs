//! `catseye audit LOG…` and its questions, on small logs written by hand.

use serde_json::{Value, json};

use crate::{catseye, folder};

const CART: &str = "system:serviceaccount:shop:cart";

fn event(number: usize, time: &str, user: &str, verb: &str, resource: &str, name: &str) -> Value {
    json!({"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "RequestResponse",
        "auditID": format!("event-{number}"), "stage": "ResponseComplete",
        "requestURI": format!("/api/v1/namespaces/shop/{resource}"), "verb": verb,
        "user": {"username": user, "groups": ["system:authenticated"]}, "sourceIPs": ["10.0.0.1"],
        "userAgent": "cart/v1.0.0 (linux/amd64)",
        "objectRef": {"resource": resource, "namespace": "shop", "name": name, "apiVersion": "v1"},
        "responseStatus": {"code": 200}, "requestReceivedTimestamp": time,
        "annotations": {"authorization.k8s.io/decision": "allow"}})
}

/// A week in which `cart` reads its configuration every hour.
fn week() -> String {
    let mut log = String::new();
    for hour in 0..7 * 24 {
        let time = format!("2026-11-{:02}T{:02}:10:00Z", 16 + hour / 24, hour % 24);
        log += &event(hour, &time, CART, "get", "configmaps", "cart").to_string();
        log.push('\n');
    }
    log
}

fn theft() -> String {
    let mut theft = event(1, "2026-11-24T03:00:00Z", CART, "list", "secrets", "");
    theft["sourceIPs"] = json!(["203.0.113.9"]);
    theft["userAgent"] = "curl/8.14.1".into();
    theft.to_string() + "\n"
}

#[test]
fn what_was_learned_makes_a_theft_an_incident_with_a_receipt() {
    let folder = folder(&[("week.log", &week()), ("later.log", &theft())]);
    let learned = catseye(
        folder.path(),
        &[
            "audit",
            "week.log",
            "--trust",
            "--write-baseline",
            "normal.json",
        ],
    );
    assert_eq!(learned.code, 0, "{}", learned.stderr);
    let found = catseye(
        folder.path(),
        &[
            "audit",
            "later.log",
            "--baseline",
            "normal.json",
            "--format",
            "json",
        ],
    );
    assert_eq!(found.code, 1, "{}", found.stderr);
    let report = found.json();
    assert_eq!(report["version"], 1);
    let incident = &report["incidents"][0];
    assert_eq!(incident["actor"], CART);
    let anomaly = incident["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .find(|evidence| evidence["kind"] == "anomaly")
        .unwrap();
    assert_eq!(anomaly["receipt"]["samples"], 168);
    assert_eq!(anomaly["receipt"]["mature"], true);
}

#[test]
fn an_ordinary_week_is_no_incident() {
    let folder = folder(&[("week.log", &week())]);
    let ran = catseye(folder.path(), &["audit", "week.log"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("0 incidents"), "{}", ran.stdout);
}

#[test]
fn the_same_log_gives_the_same_bytes() {
    let folder = folder(&[("a.log", &(week() + &theft()))]);
    let args = ["audit", "a.log", "--format", "html"];
    let first = catseye(folder.path(), &args).stdout;
    assert!(first.starts_with("<!doctype html>"));
    assert_eq!(first, catseye(folder.path(), &args).stdout);
}

#[test]
fn a_profile_is_told_in_words() {
    let folder = folder(&[("week.log", &week())]);
    let ran = catseye(folder.path(), &["audit", "who", "cart", "week.log"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("168 calls on 7 days"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("get configmaps in shop"),
        "{}",
        ran.stdout
    );
    let nobody = catseye(folder.path(), &["audit", "who", "mallory", "week.log"]);
    assert_eq!(nobody.code, 1);
}

#[test]
fn least_privilege_comes_with_its_proof() {
    let folder = folder(&[("week.log", &week())]);
    let ran = catseye(
        folder.path(),
        &["audit", "least-privilege", CART, "week.log"],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let list = ran.json();
    assert_eq!(
        list["items"][0]["metadata"],
        json!({"name": "cart", "namespace": "shop"})
    );
    assert_eq!(
        list["items"][0]["rules"],
        json!([{"verbs": ["get"], "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["cart"]}])
    );
    assert!(
        ran.stderr.contains("168 of 168 replayed calls"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_binding_is_told_in_words() {
    let mut bound = event(
        1,
        "2026-11-24T03:00:00Z",
        "alice",
        "create",
        "rolebindings",
        "debug",
    );
    bound["objectRef"]["apiGroup"] = "rbac.authorization.k8s.io".into();
    bound["requestObject"] = json!({"roleRef": {"kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "Group", "name": "sre"}]});
    let folder = folder(&[("audit.log", &bound.to_string())]);
    let ran = catseye(folder.path(), &["audit", "trail", "audit.log"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let told = "alice gave group sre everything in namespace shop (through RoleBinding shop/debug → ClusterRole cluster-admin)";
    assert!(ran.stdout.contains(told), "{}", ran.stdout);
}

#[test]
fn a_wrong_baseline_is_refused_with_what_to_do() {
    let folder = folder(&[("week.log", &week()), ("normal.json", "{}")]);
    let ran = catseye(
        folder.path(),
        &["audit", "week.log", "--baseline", "normal.json"],
    );
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("--write-baseline"), "{}", ran.stderr);
}
