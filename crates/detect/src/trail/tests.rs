//! Changes of roles and bindings in words.

use catseye_event::intake::Intake;
use catseye_model::RedactionKey;
use serde_json::{Value, json};

use super::*;

#[expect(
    clippy::needless_pass_by_value,
    reason = "objects are written where they are used"
)]
fn write(verb: &str, resource: &str, namespace: &str, name: &str, object: Value) -> Value {
    json!({
        "kind": "Event", "level": "RequestResponse", "stage": "ResponseComplete", "auditID": "1",
        "verb": verb, "user": {"username": "alice"}, "sourceIPs": ["10.0.0.1"],
        "userAgent": "kubectl/v1.36.1", "requestURI": "/",
        "objectRef": {"resource": resource, "namespace": namespace, "name": name,
            "apiGroup": "rbac.authorization.k8s.io", "apiVersion": "v1"},
        "responseStatus": {"code": if verb == "create" { 201 } else { 200 }},
        "responseObject": object,
        "requestReceivedTimestamp": "2026-11-23T10:00:00Z",
    })
}

fn changes(events: &[Value]) -> Vec<Change> {
    let mut trail = Trail::new();
    let mut found = Vec::new();
    let mut intake = Intake::new(RedactionKey::new([0; 32]));
    let mut sink = |event: &Event<'_>| found.extend(trail.observe(event));
    for event in events {
        intake.feed(format!("{event}\n").as_bytes(), &mut sink);
    }
    intake.finish(&mut sink);
    found
}

fn words(events: &[Value]) -> String {
    let words: Vec<String> = changes(events)
        .into_iter()
        .map(|change| format!("{} {}", change.actor, change.words))
        .collect();
    words.join("\n")
}

fn debug_role(verbs: &[&str]) -> Value {
    json!({"rules": [{"apiGroups": [""], "resources": ["pods/exec"], "verbs": verbs}]})
}

fn binding(subjects: &Value) -> Value {
    json!({"roleRef": {"kind": "Role", "name": "debug"}, "subjects": subjects})
}

#[test]
fn the_life_of_a_binding_is_told_in_words() {
    let sre = json!([{"kind": "Group", "name": "sre"}]);
    let both = json!([{"kind": "Group", "name": "sre"},
        {"kind": "ServiceAccount", "namespace": "shop", "name": "cart"}]);
    let events = [
        write("create", "roles", "shop", "debug", debug_role(&["create"])),
        write("create", "rolebindings", "shop", "debuggers", binding(&sre)),
        write("patch", "rolebindings", "shop", "debuggers", binding(&both)),
        write(
            "patch",
            "rolebindings",
            "shop",
            "debuggers",
            binding(&json!([])),
        ),
        write(
            "update",
            "roles",
            "shop",
            "debug",
            debug_role(&["create", "get"]),
        ),
        write(
            "update",
            "roles",
            "shop",
            "debug",
            debug_role(&["create", "get"]),
        ),
        write(
            "delete",
            "roles",
            "shop",
            "debug",
            json!({"kind": "Status"}),
        ),
    ];
    insta::assert_snapshot!(words(&events), @r#"
    alice created Role shop/debug, which allows create pods/exec
    alice gave group sre create pods/exec in namespace shop (through RoleBinding shop/debuggers → Role debug)
    alice gave service account shop/cart create pods/exec in namespace shop (through RoleBinding shop/debuggers → Role debug)
    alice took from group sre, service account shop/cart create pods/exec in namespace shop (through RoleBinding shop/debuggers → Role debug)
    alice allowed in Role shop/debug: create, get pods/exec instead of create pods/exec
    alice changed Role shop/debug without effect
    alice deleted Role shop/debug
    "#);
}

#[test]
fn cluster_admin_for_everybody_is_said_plainly() {
    let open = json!({"roleRef": {"kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "User", "name": "system:anonymous"}]});
    insta::assert_snapshot!(
        words(&[write("create", "clusterrolebindings", "", "open", open)]),
        @"alice gave everybody, without authentication everything in the whole cluster (through ClusterRoleBinding open → ClusterRole cluster-admin)"
    );
}

#[test]
fn a_refused_attempt_is_told_as_one_and_not_learned() {
    let mut attempt = write("create", "rolebindings", "shop", "mine", Value::Null);
    attempt["requestObject"] = binding(&json!([{"kind": "User", "name": "mallory"}]));
    attempt["responseStatus"]["code"] = 403.into();
    let found = changes(&[attempt.clone(), attempt]);
    assert_eq!(found[0].refused.as_deref(), Some("forbidden"));
    assert!(
        found[0].words.starts_with("tried to give user mallory"),
        "{}",
        found[0].words
    );
    assert_eq!(found[1].before, None);
}

#[test]
fn before_and_after_stand_beside_each_other() {
    let events = [
        write("create", "clusterroles", "", "reader", debug_role(&["get"])),
        write("patch", "clusterroles", "", "reader", debug_role(&["*"])),
    ];
    let change = changes(&events).remove(1);
    assert_eq!(change.before, Some(vec!["get pods/exec".to_owned()]));
    assert_eq!(
        change.after,
        Some(vec!["do anything to pods/exec".to_owned()])
    );
}

#[test]
fn what_the_log_does_not_show_is_not_made_up() {
    let mut patch = write("patch", "roles", "shop", "debug", Value::Null);
    patch["requestObject"] = json!([{"op": "add", "path": "/rules/-", "value": {}}]);
    let change = changes(&[patch]).remove(0);
    assert_eq!((change.before, change.after), (None, None));
    assert!(
        change.words.ends_with("is not in the log"),
        "{}",
        change.words
    );
}
