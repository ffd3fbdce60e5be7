//! Sigma rules and correlations.

use catseye_model::Severity;
use serde_json::{Value, json};

use super::*;

#[test]
fn fields_values_and_modifiers_mean_what_sigma_means() {
    let pod = json!({
        "objectRef": {"resource": "pods", "namespace": "shop", "name": "web-0", "subresource": "exec"},
        "responseStatus": {"code": 403},
        "requestObject": {"metadata": {"labels": {"app.kubernetes.io/name": "web"}}, "spec": {
            "hostNetwork": true, "replicas": 3, "nodeName": null,
            "containers": [{"image": "nginx:1"}, {"image": "evil/miner:2", "args": ["--donate-level", "L2Jpbi9iYXNoIC1pCg=="]}]}},
    });
    for (detection, expected) in [
        ("sel: {verb: create}\ncondition: sel", true),
        ("sel: {verb: CREATE}\ncondition: sel", true),
        ("sel: {'verb|cased': CREATE}\ncondition: not sel", true),
        (
            "sel: {objectRef.resource: [pods, secrets]}\ncondition: sel",
            true,
        ),
        ("sel: {responseStatus.code: '403'}\ncondition: sel", true),
        ("sel: {responseStatus.code: 403}\ncondition: sel", true),
        (
            "sel: {'responseStatus.code|gte': 400}\ncondition: sel",
            true,
        ),
        (
            "sel: {'responseStatus.code|lt': 400}\ncondition: sel",
            false,
        ),
        ("sel: {user.groups: dev}\ncondition: sel", true),
        (
            "sel: {requestObject.spec.containers.image|contains: miner}\ncondition: sel",
            true,
        ),
        (
            "sel: {requestObject.spec.containers.image|startswith: miner}\ncondition: sel",
            false,
        ),
        (
            "sel: {requestObject.spec.containers.image: 'evil/*:?'}\ncondition: sel",
            true,
        ),
        (
            "sel: {'requestObject.spec.containers.image|contains|all': [nginx, miner]}\ncondition: sel",
            true,
        ),
        (
            "sel: {'requestObject.spec.containers.image|contains|all': [nginx, redis]}\ncondition: sel",
            false,
        ),
        (
            "sel: {'requestObject.spec.containers.args|base64offset|contains': '/bin/bash'}\ncondition: sel",
            true,
        ),
        (
            "sel: {requestObject.spec.hostNetwork: true}\ncondition: sel",
            true,
        ),
        (
            "sel: {requestObject.spec.replicas: 3}\ncondition: sel",
            true,
        ),
        (
            "sel: {requestObject.spec.nodeName: null}\ncondition: sel",
            true,
        ),
        (
            "sel: {'requestObject.spec.hostPID|exists': false}\ncondition: sel",
            true,
        ),
        (
            "sel: {'requestObject.spec.containers|exists': true}\ncondition: sel",
            true,
        ),
        (
            "sel: {requestObject.metadata.labels.app.kubernetes.io/name: web}\ncondition: sel",
            true,
        ),
        (
            "sel: {annotations.authorization.k8s.io/decision: allow}\ncondition: sel",
            true,
        ),
        (
            "sel: {'sourceIPs|cidr': 192.0.2.0/24}\ncondition: sel",
            true,
        ),
        ("sel: {'sourceIPs|cidr': 10.0.0.0/8}\ncondition: sel", false),
        (
            "sel: {'userAgent|re': '^kubectl/v1\\.\\d+$'}\ncondition: sel",
            true,
        ),
        ("sel: {'userAgent|re': '^KUBECTL'}\ncondition: sel", false),
        ("sel: {'userAgent|re|i': '^KUBECTL'}\ncondition: sel", true),
        (
            "sel: {'user.username|fieldref': objectRef.name}\ncondition: sel",
            false,
        ),
        ("sel: {'verb|neq': get}\ncondition: sel", true),
        (
            "sel: {impersonatedUser.username: null}\ncondition: sel",
            true,
        ),
        ("sel: {objectRef.apiGroup: ''}\ncondition: sel", true),
        ("sel: [{verb: get}, {verb: create}]\ncondition: sel", true),
        ("words: [miner, nothing]\ncondition: words", true),
        ("words: {'|all': [miner, web-0]}\ncondition: words", true),
        ("words: {'|all': [miner, nothing]}\ncondition: words", false),
        (
            "sel: {verb: create}\nfilter_a: {user.username: joe}\nfilter_b: {user.username: jane}\ncondition: sel and not 1 of filter_*",
            false,
        ),
    ] {
        assert_eq!(
            fires(&sigma(detection), pod.clone()),
            expected,
            "{detection}"
        );
    }
}

#[test]
fn a_rule_says_how_bad_it_is_and_what_it_is_about() {
    let set = rules(
        "title: Exec\nid: 7f1b0f9e-0000-4000-8000-000000000000\nlevel: critical\nlogsource: {product: kubernetes, service: audit}\ntags: [attack.execution, attack.t1609]\ndetection: {sel: {objectRef.subresource: exec}, condition: sel}",
    );
    let about = &set.rules[0].about;
    assert_eq!(about.id, "7f1b0f9e-0000-4000-8000-000000000000");
    assert_eq!(
        (about.title.as_str(), about.severity),
        ("Exec", Severity::Critical)
    );
    assert_eq!(
        (about.tactics.as_slice(), about.techniques.as_slice()),
        (&["execution".to_owned()][..], &["T1609".to_owned()][..])
    );
}

#[test]
fn rules_of_other_logs_are_passed_over() {
    let other = "title: t\nlogsource: {product: windows, category: process_creation}\ndetection: {sel: {Image: x}, condition: sel}";
    let set = RuleSet::load(&[source(other)]);
    assert!(set.rules.is_empty() && !set.has_errors());
    assert!(
        set.problems[0].message.contains("passed over"),
        "{:?}",
        set.problems
    );
}

#[test]
fn what_cannot_be_used_is_told_with_its_line_and_what_to_write() {
    let refused = [
        "sel: {verb: replace, objectRef.resource: pods}\ncondition: sel",
        "sel:\n  verb: create\n  apiGroup: authorization.k8s.io\ncondition: sel",
        "sel: {verb: get}\nfilter: {verb: [get, list]}\ncondition: sel and not filter",
        "sel: {'verb|contain': x}\ncondition: sel",
        "sel: {'userAgent|re': '(?=x)'}\ncondition: sel",
        "sel: {verb: get}\ncondition: selection",
        "sel: {verb: get}\ncondition: sel | count() by user.username > 3",
        "sel: {verb: []}\ncondition: sel",
        "sel: {objectRef.resource: rolebindings, requestObject.spec.serviceAccountName: default}\ncondition: sel",
        "sel: {level: ResponseComplete}\ncondition: sel",
    ];
    let told: Vec<String> = refused.iter().flat_map(|it| problems(&sigma(it))).collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_part_that_does_nothing_is_a_warning() {
    let set = RuleSet::load(&[source(&sigma(
        "sel: {verb: [replace, patch]}\ncondition: sel",
    ))]);
    assert_eq!(set.rules.len(), 1);
    assert!(
        set.problems[0]
            .to_string()
            .starts_with("rules.yaml:5: warning: "),
        "{:?}",
        set.problems
    );
}

const COUNTED: &str = "
title: refused
name: refused
logsource: {product: kubernetes, service: audit}
detection: {sel: {responseStatus.code: 403}, condition: sel}
---
title: enumeration
level: high
correlation:
  type: value_count
  rules: [refused]
  group-by: [user.username]
  timespan: 5m
  condition: {gte: 3, field: objectRef.resource}
";

fn refused(user: &str, resource: &str, minute: u32) -> String {
    event(json!({
        "verb": "list", "user": {"username": user}, "objectRef": {"resource": resource},
        "responseStatus": {"code": 403},
        "requestReceivedTimestamp": format!("2026-11-21T10:{minute:02}:00.000000Z"),
    }))
}

#[test]
fn a_correlation_counts_values_by_group_and_its_rule_keeps_quiet() {
    let events = [
        refused("jane", "pods", 0),
        refused("jane", "secrets", 1),
        refused("joe", "nodes", 1),
        refused("jane", "pods", 2),
        refused("jane", "nodes", 3),
        refused("jane", "roles", 4),
    ];
    assert_eq!(fired(rules(COUNTED), &events), ["enumeration"]);
    assert!(
        fired(
            rules(COUNTED),
            &[
                refused("jane", "pods", 0),
                refused("jane", "nodes", 9),
                refused("jane", "roles", 20)
            ]
        )
        .is_empty()
    );
}

#[test]
fn correlations_feed_correlations_and_rules_fire_where_they_are_told_to() {
    let text = format!(
        "{COUNTED}  generate: true
name: enumeration
---
title: reads
name: reads
logsource: {{product: kubernetes, service: audit}}
detection: {{sel: {{verb: get, objectRef.resource: secrets}}, condition: sel}}
---
title: chain
correlation:
  type: temporal_ordered
  rules: [enumeration, reads]
  group-by: [user.username]
  timespan: 1h
"
    );
    let read = event(
        json!({"verb": "get", "objectRef": {"resource": "secrets"}, "requestReceivedTimestamp": "2026-11-21T10:30:00.000000Z"}),
    );
    let mut events = vec![read.clone()];
    events.extend(["pods", "nodes", "roles"].map(|resource| refused("jane", resource, 1)));
    events.push(read);
    assert_eq!(
        fired(rules(&text), &events),
        ["refused", "refused", "refused", "chain"]
    );
}

#[test]
fn aliases_join_events_by_fields_of_different_names() {
    let text = "
title: binds
name: binds
logsource: {product: kubernetes, service: audit}
detection: {sel: {verb: create, objectRef.resource: rolebindings}, condition: sel}
---
title: reads
name: reads
logsource: {product: kubernetes, service: audit}
detection: {sel: {verb: get, objectRef.resource: secrets}, condition: sel}
---
title: grant then use
correlation:
  type: temporal
  rules: [binds, reads]
  group-by: [who]
  timespan: 10m
  aliases:
    who: {binds: requestObject.subjects.name, reads: user.username}
";
    let bind = |name: &str| {
        event(
            json!({"objectRef": {"resource": "rolebindings"}, "requestObject": {"subjects": [{"name": name}]}}),
        )
    };
    let read = event(
        json!({"verb": "get", "user": {"username": "mallory"}, "objectRef": {"resource": "secrets"}}),
    );
    assert!(fired(rules(text), &[bind("joe"), read.clone()]).is_empty());
    assert_eq!(
        fired(rules(text), &[bind("mallory"), read]),
        ["grant then use"]
    );
}

#[test]
fn a_correlation_that_cannot_be_made_is_told() {
    let wrong = |lines: &str| {
        let text = format!(
            "{}name: t\n---\ntitle: c\ncorrelation:\n  rules: [t]\n  timespan: 5m\n{lines}",
            sigma("sel: {verb: get}\ncondition: sel")
        );
        problems(&text).join("\n")
    };
    for (lines, said) in [
        ("  type: event_count", "write `condition: {gte: 10}`"),
        (
            "  type: event_count\n  condition: {gte: 3}\n  group-by: [username]",
            "write user.username",
        ),
        (
            "  type: value_count\n  condition: {gte: 3}",
            "needs the field",
        ),
        ("  type: value_avg\n  condition: {gte: 3}", "is not known"),
        (
            "  type: event_count\n  condition: {gte: 1000000}",
            "up to 10000",
        ),
        ("  type: event_count\n  condition: {lt: 1}", "never below 1"),
    ] {
        let told = wrong(lines);
        assert!(told.contains(said), "{lines}: {told}");
    }
    let missing = "title: c\ncorrelation: {type: event_count, rules: [other], timespan: 5m, condition: {gte: 2}}";
    assert!(
        problems(missing)
            .join("\n")
            .contains("not there or cannot be used: other")
    );
}

#[test]
fn nothing_that_is_no_rule_is_taken_for_one() {
    for text in [
        "just: a map",
        "[1, 2]",
        "text",
        "a: [",
        "title: t\ndetection: 3\nlogsource: {product: kubernetes}",
    ] {
        assert!(RuleSet::load(&[source(text)]).has_errors(), "{text}");
    }
    let empty: Value = json!(RuleSet::load(&[source("---\n")]).problems.len());
    assert_eq!(empty, 0);
}
