//! Defects of other tools' rules, each as events that those rules miss or misjudge: Sigma, Elastic,
//! Falco, Panther and Splunk rules as published. Ours must not have them.

use std::collections::BTreeSet;

use super::fixtures::Fixture;
use super::{all, find};

/// The ids of all rules that fire on a fixture.
fn fired(fixture: &str) -> BTreeSet<String> {
    let fixture = Fixture::read(fixture);
    let detections = fixture.judged_by_all();
    detections
        .into_iter()
        .map(|it| it.rule.into_owned())
        .collect()
}

fn assert_fires(id: &str, fixture: &str) {
    assert!(find(id).is_some(), "no rule {id}");
    let ids = fired(fixture);
    assert!(ids.contains(id), "{id} is not in {ids:?} for {fixture}");
}

/// Sigma's enumeration rule wants the word `ALLOW` for a status code, which is a number.
#[test]
fn enumeration_is_seen_by_numeric_status_codes() {
    assert_fires(
        "AUD-027",
        r"{verb: list, objectRef: {resource: nodes}, responseStatus: {code: 403}}
---
{verb: list, objectRef: {resource: secrets}, responseStatus: {code: 403}}
---
{verb: list, objectRef: {resource: pods}, responseStatus: {code: 403}}
---
{verb: list, objectRef: {resource: namespaces}, responseStatus: {code: 403}}",
    );
}

/// Sigma looks for `hostPath`, `capabilities` and `apiGroup` at the top of the event, where nothing is.
#[test]
fn pod_specs_are_read_where_they_stand() {
    let pod = r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {volumes: [{name: v, hostPath: {path: /etc}}],
 containers: [{name: c, securityContext: {privileged: true, capabilities: {add: [SYS_ADMIN]}}}]}}}";
    for id in ["AUD-083", "AUD-087", "AUD-089"] {
        assert_fires(id, pod);
    }
    let rules_review = r"{verb: create, user: {username: 'system:serviceaccount:shop:cart'}, objectRef: {resource: selfsubjectrulesreviews, apiGroup: authorization.k8s.io}}";
    assert_fires("AUD-025", rules_review);
}

/// Sigma looks for the verb `replace`, which Kubernetes does not have; a sidecar comes by `patch`.
#[test]
fn a_sidecar_comes_by_json_patch() {
    assert_fires(
        "AUD-081",
        r"{verb: patch, objectRef: {resource: deployments, apiGroup: apps, namespace: shop, name: web}, requestObject: [{op: add, path: /spec/template/spec/containers/0, value: {name: sc, image: alpine}}]}",
    );
}

/// Sigma and Panther know exec as `create`; WebSocket clients send `get`.
#[test]
fn exec_by_websocket_is_exec() {
    let exec = r"{verb: get, stage: ResponseStarted, responseStatus: {code: 101}, requestURI: '/api/v1/namespaces/shop/pods/web-0/exec?command=cat&command=%2Fvar%2Frun%2Fsecrets%2Fkubernetes.io%2Fserviceaccount%2Ftoken',
 objectRef: {resource: pods, subresource: exec, namespace: shop, name: web-0}}";
    for id in ["AUD-055", "AUD-058"] {
        assert_fires(id, exec);
    }
}

/// Rules without a look at the stage count a request twice or three times.
#[test]
fn the_stages_of_one_request_are_judged_once() {
    let stages = r"{auditID: one, verb: create, stage: RequestReceived, objectRef: {resource: pods, subresource: exec, namespace: shop, name: web-0}}
---
{auditID: one, verb: create, stage: ResponseStarted, responseStatus: {code: 101}, objectRef: {resource: pods, subresource: exec, namespace: shop, name: web-0}}
---
{auditID: one, verb: create, stage: ResponseComplete, responseStatus: {code: 101}, objectRef: {resource: pods, subresource: exec, namespace: shop, name: web-0}}";
    let rule = find("AUD-055").expect("the rule on exec");
    assert_eq!(Fixture::read(stages).judged([rule]).len(), 1);
}

/// Falco sees exec only when it starts: a log that omits that stage shows nothing to it.
#[test]
fn exec_is_seen_when_only_its_end_is_logged() {
    assert_fires(
        "AUD-055",
        r"{verb: create, stage: ResponseComplete, responseStatus: {code: 101}, objectRef: {resource: pods, subresource: exec, namespace: shop, name: web-0}}",
    );
}

/// Rules on `delete` alone miss one call that deletes everything.
#[test]
fn deleting_a_collection_is_deleting() {
    assert_fires(
        "AUD-124",
        r"{verb: deletecollection, objectRef: {resource: events, namespace: shop}}",
    );
    assert_fires(
        "AUD-137",
        r"{verb: deletecollection, objectRef: {resource: deployments, apiGroup: apps, namespace: shop}}",
    );
}

/// Elastic reads `spec.serviceAccountName` of a binding; bindings have subjects and no spec.
#[test]
fn a_binding_is_read_by_its_subjects() {
    assert_fires(
        "AUD-101",
        r"{verb: create, objectRef: {resource: clusterrolebindings, apiGroup: rbac.authorization.k8s.io, name: b},
 requestObject: {roleRef: {kind: ClusterRole, name: cluster-admin}, subjects: [{kind: ServiceAccount, name: cart, namespace: shop}]}}",
    );
}

/// Elastic and Falco look at pods and at their main containers only.
#[test]
fn every_kind_of_container_in_every_kind_of_workload_is_looked_at() {
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        for (resource, group, before, after) in [
            ("pods", "''", "", ""),
            ("deployments", "apps", "template: {spec: {", "}}"),
            ("daemonsets", "apps", "template: {spec: {", "}}"),
            ("statefulsets", "apps", "template: {spec: {", "}}"),
            ("replicasets", "apps", "template: {spec: {", "}}"),
            ("replicationcontrollers", "''", "template: {spec: {", "}}"),
            ("jobs", "batch", "template: {spec: {", "}}"),
            (
                "cronjobs",
                "batch",
                "jobTemplate: {spec: {template: {spec: {",
                "}}}}",
            ),
        ] {
            for verb in ["create", "update", "patch"] {
                let fixture = format!(
                    "{{verb: {verb}, objectRef: {{resource: {resource}, apiGroup: {group}, namespace: shop, name: a}}, requestObject: {{spec: {{{before}{list}: [{{name: c, securityContext: {{privileged: true}}}}]{after}}}}}}}"
                );
                assert_fires("AUD-083", &fixture);
            }
        }
    }
    assert_fires(
        "AUD-083",
        r"{verb: create, objectRef: {resource: podtemplates, namespace: shop, name: a}, requestObject: {template: {spec: {containers: [{name: c, securityContext: {privileged: true}}]}}}}",
    );
}

/// Falco exempts a pod by one trusted image; the second container is hidden by it.
#[test]
fn one_known_image_does_not_hide_another_container() {
    assert_fires(
        "AUD-083",
        r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {containers: [{name: known, image: registry.k8s.io/kube-proxy}, {name: other, image: x, securityContext: {privileged: true}}]}}}",
    );
}

/// Falco and Panther look at roles when they are made; widening one gives the same.
#[test]
fn a_role_that_is_widened_is_looked_at() {
    assert_fires(
        "AUD-107",
        r"{verb: patch, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: dev}, requestObject: [{op: replace, path: /rules, value: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]}]}",
    );
}

/// Falco's GKE plugin makes a success of every answer. What was refused must not look done.
#[test]
fn what_was_refused_is_not_done() {
    let refused = r"{verb: create, objectRef: {resource: clusterrolebindings, apiGroup: rbac.authorization.k8s.io, name: b}, responseStatus: {code: 403},
 requestObject: {roleRef: {kind: ClusterRole, name: cluster-admin}, subjects: [{kind: User, name: mallory}]}}";
    let ids = fired(refused);
    assert!(
        !ids.contains("AUD-101") && !ids.contains("AUD-105"),
        "{ids:?}"
    );
    assert!(ids.contains("AUD-030"), "{ids:?}");
}

/// Splunk searches the copy that `kubectl apply` leaves; other clients leave none.
#[test]
fn clients_that_leave_no_copy_are_seen() {
    assert_fires(
        "AUD-086",
        r"{verb: create, userAgent: python-requests/2, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {hostNetwork: true}}}",
    );
}

/// Elastic looks for the level `ResponseComplete`, which is a stage; an anonymous creation has any level.
#[test]
fn an_anonymous_creation_is_seen_at_every_level() {
    for level in ["Metadata", "Request", "RequestResponse"] {
        let fixture = format!(
            "{{level: {level}, stage: ResponseComplete, verb: create, user: {{username: 'system:anonymous', groups: ['system:unauthenticated']}}, objectRef: {{resource: pods, namespace: shop, name: a}}, responseStatus: {{code: 201}}}}"
        );
        assert_fires("AUD-002", &fixture);
    }
}

/// Without bodies no rule on bodies may pass for quiet.
#[test]
fn what_the_log_does_not_show_is_reported() {
    let event = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","stage":"ResponseComplete","auditID":"1","verb":"create",
 "user":{"username":"jane"},"objectRef":{"resource":"pods","namespace":"shop","name":"a"},"responseStatus":{"code":201}}"#;
    let mut rules = super::Rules::of(all(), super::Config::default());
    let mut intake = catseye_event::intake::Intake::new(catseye_model::RedactionKey::new([0; 32]));
    let mut sink = |event: &catseye_event::Event<'_>| {
        rules.observe(event, None);
    };
    intake.feed(event.replace('\n', "").as_bytes(), &mut sink);
    intake.finish(&mut sink);
    let coverage = rules.coverage();
    let blind: BTreeSet<&str> = coverage
        .gaps()
        .filter(|(_, count)| count.is_blind())
        .map(|(rule, _)| rule.id)
        .collect();
    assert!(blind.contains("AUD-083"), "{blind:?}");
    assert!(
        !blind.contains("AUD-128"),
        "a rule that needs no body is judged"
    );
    let (_, privileged) = coverage
        .gaps()
        .find(|(rule, _)| rule.id == "AUD-083")
        .expect("a gap");
    let missing: Vec<_> = privileged
        .missing()
        .map(catseye_event::Aspect::name)
        .collect();
    assert_eq!(missing, ["request body"]);
}
