//! No check of this area says the value that it found: not in a message, a path or a debug output.

use std::fmt::Write as _;

use catseye_model::{Value, json};

use super::CHECKS;
use crate::config::Config;
use crate::credential::detect;
use crate::judge::Judge;
use catseye_model::{Completeness, Inventory, Object};

/// Values that cannot be part of a message by chance.
const PLANTED: [&str; 9] = [
    "hunter22-Zebra",
    "AKIAQ3EGRTUVWXYZ2345",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "postgres://app:hunter22-Zebra@db/app",
    "https://hooks.slack.com/services/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",
    "hvs.CAESIJ3q7WwX8zzE2rT5yU1iO9pAbCdEfGhIjK",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAq7WwX8zzE2rT5yU1iO9pAbCdEfGhIjKlMnOpQrStUvWxYz01\n",
    "password: hunter22-Zebra\nuser: app",
    "{\"auths\":{\"r.example.com\":{\"auth\":\"YXBwOmh1bnRlcjIyLVplYnJh\"}}}",
];

/// Every place of a manifest that the checks read, as value and as key.
fn manifests(secret: &str) -> Vec<Value> {
    // As a name, a word is a word: nothing tells that it is a password somewhere.
    let key = if detect(None, secret).is_some() {
        secret
    } else {
        "motto"
    };
    let pod = |container: Value, annotations: Value| {
        json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "a", "annotations": annotations},
            "spec": {"containers": [container]}})
    };
    let copy = |kind: &str, field: &str| {
        json!({"kind": kind, field: {"password": secret, key: secret}}).to_string()
    };
    let last_applied = "kubectl.kubernetes.io/last-applied-configuration";
    vec![
        pod(
            json!({"name": "x", "env": [{"name": "DB_PASSWORD", "value": secret}]}),
            json!({}),
        ),
        pod(
            json!({"name": "x", "env": [{"name": key, "value": secret}]}),
            json!({}),
        ),
        pod(
            json!({"name": "x", "command": ["app", "--password", secret], "args": [secret]}),
            json!({}),
        ),
        pod(
            json!({"name": "x", "command": [format!("--password={secret}")]}),
            json!({}),
        ),
        pod(
            json!({"name": "x", "command": ["sh", "-c", format!("login --password='{secret}'")]}),
            json!({}),
        ),
        pod(
            json!({"name": "x", "livenessProbe": {
            "exec": {"command": ["redis-cli", "-a", secret]},
            "httpGet": {"path": format!("/?token={secret}"),
                "httpHeaders": [{"name": "X-Api-Token", "value": secret}]}}}),
            json!({}),
        ),
        pod(
            json!({"name": "x"}),
            json!({"example.com/password": secret}),
        ),
        pod(json!({"name": "x"}), json!({key: secret})),
        pod(
            json!({"name": "x"}),
            json!({last_applied: copy("Pod", "spec")}),
        ),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"},
            "data": {"password": secret, key: secret, "file": format!("x: y\npassword: {secret}\n")}}),
        json!({"apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "a", "annotations": {last_applied: copy("Secret", "stringData")}},
            "stringData": {"password": secret, "motto": secret, key: "x1"},
            "data": {"raw": secret}}),
        json!({"apiVersion": "example.com/v1", "kind": "Database", "metadata": {"name": "a"},
            "spec": {"password": secret, key: {key: secret}, "args": ["--password", secret],
                "env": [{"name": key, "value": secret}]}}),
    ]
}

/// A secret of several lines leaks by any of its telling lines.
fn pieces(secret: &str) -> impl Iterator<Item = &str> {
    secret
        .split(['\n', ' ', ':', '@', '"', '/'])
        .filter(|piece| piece.len() >= 12 || piece.contains("hunter22"))
        .filter(|piece| !["hooks.slack.com", "r.example.com"].contains(piece))
}

#[test]
fn no_finding_tells_the_value() {
    for secret in PLANTED {
        let mut findings = 0;
        for manifest in manifests(secret) {
            let object = Object::new(manifest, None).unwrap();
            let debug = format!("{object:?}");
            assert!(!debug.contains(secret), "{debug}");
            let inventory = Inventory::new(vec![object], Completeness::Tree);
            let config = Config::default();
            let judge = Judge::new(&inventory, &config, CHECKS.iter().copied());
            for (id, object) in inventory.objects() {
                let verdict = judge.verdict(id).unwrap();
                findings += verdict.findings.len();
                let told = format!("{verdict:?}");
                let mut printed = String::new();
                for place in verdict.findings.iter().flat_map(|finding| &finding.places) {
                    let by_name = place.path.by_name(object.value());
                    let _ = writeln!(printed, "{} {by_name} {}", place.path, place.message);
                }
                for piece in pieces(secret) {
                    assert!(!told.contains(piece), "{piece} is told in {told}");
                    assert!(!printed.contains(piece), "{piece} is told in {printed}");
                }
            }
        }
        assert!(findings >= 8, "only {findings} findings of {secret}");
    }
}
