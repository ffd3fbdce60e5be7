//! kAudit policies.

use catseye_rules::kaudit_vocabulary;
use serde_json::json;

use super::*;

const POLICY: &str = r"
- id: user/exec
  name: execution in pods
  status: false
  conditions:
    - {field: resource-type, match-op: =, match-value: pods}
    - {field: subresource, match-op: =, match-value: exec}
- id: user/exec-in-production
  name: execution in production
  documentation: somebody is in a production pod
  conditions:
    - {ref-id: user/exec}
    - {field: resource-namespace, match-op: '~', match-value: production}
    - {field: username, match-op: '!~', match-value: '^system:'}
- id: user/new-pod
  name: new pod
  conditions:
    - {field: verb, match-op: =, match-value: create}
    - {field: resource-type, match-op: =, match-value: pods}
    - {field: subresource, match-op: =, match-value: ''}
- id: user/odd
  name: refused or odd
  combine-op: or
  conditions:
    - {field: unusual-uri, match-op: '!=', match-value: ''}
    - {field: non-authorized, match-op: =, match-value: true}
";

#[test]
fn a_policy_says_what_kaudit_says() {
    let of = |namespace: &str, user: &str, subresource: &str| {
        event(
            json!({"user": {"username": user}, "objectRef": {"resource": "pods", "namespace": namespace, "subresource": subresource}}),
        )
    };
    let events = [
        of("shop-production", "jane", "exec"),
        of("shop-production", "system:admin", "exec"),
        of("shop-test", "jane", "exec"),
        of("shop-test", "jane", ""),
        event(json!({"verb": "get", "requestURI": "/debug/pprof"})),
        event(json!({"verb": "get", "requestURI": "/healthz"})),
        event(
            json!({"verb": "get", "objectRef": {"resource": "secrets"}, "responseStatus": {"code": 403}, "annotations": {"authorization.k8s.io/decision": "forbid"}}),
        ),
    ];
    assert_eq!(
        fired(rules(POLICY), &events),
        [
            "execution in production",
            "new pod",
            "refused or odd",
            "refused or odd"
        ]
    );
}

#[test]
fn the_vocabulary_names_what_an_event_holds() {
    let text = event(json!({
        "verb": "get", "requestURI": "/api/v1/namespaces/shop/pods/web-0/exec?command=ls&command=-l&container=web&stdin=true&stdout=true&tty=true",
        "user": {"username": "kubernetes-admin", "uid": "7", "groups": ["ops"], "extra": {"arn": ["arn:aws:sts::1:assumed-role/ops/jane"], "sessionName": ["jane"]}},
        "impersonatedUser": {"username": "joe", "uid": "8", "groups": ["dev"]},
        "userAgent": "google-cloud-sdk gcloud/400.0 command/gcloud.container python/3.9 term/xterm Mozilla/5.0 AppleWebKit/537.36 Chrome/119.0 Safari/537.36",
        "objectRef": {"resource": "pods", "namespace": "shop", "name": "web-0", "subresource": "exec", "apiVersion": "v1"},
        "responseStatus": {"code": 403, "reason": "Forbidden"},
        "annotations": {"authorization.k8s.io/decision": "forbid", "authorization.k8s.io/reason": "RBAC: allowed by RoleBinding \"a/shop\" of Role \"execs\" to User \"joe\""},
    }));
    let key = RedactionKey::new([0; 32]);
    let event = Event::parse(&text, &key).expect("JSON").expect("an event");
    let lines: Vec<String> = kaudit_vocabulary(&event)
        .into_iter()
        .map(|(name, values)| format!("{name}: {}", values.join(" | ")))
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn what_is_wrong_with_a_policy_is_told() {
    let told = problems(
        r"
- {id: user/a, name: a, conditions: [{ref-id: user/b}]}
- {id: user/b, name: b, conditions: [{ref-id: user/a}]}
- {id: user/c, name: c, conditions: [{ref-id: user/none}]}
- {id: user/d, name: d, conditions: [{field: verbs, match-op: =, match-value: get}]}
- {id: user/e, name: e, conditions: [{field: verb, match-op: is, match-value: get}]}
- {id: user/f, name: f, conditions: [{field: caller-ip-asn, match-op: =, match-value: 1}]}
- {id: user/f, name: f, conditions: [{field: verb, match-op: =, match-value: get}]}
- {id: user/g, name: g, conditions: [{field: verb, match-op: =, match-value: get}, {field: verb, match-op: '!~', match-value: g}]}
",
    );
    insta::assert_snapshot!(told.join("\n"));
}
