//! What rules of other tools, as published, get wrong: each is told before any event is read.

use super::*;

fn assert_told(rule: &str, said: &str) {
    let told = problems(rule).join("\n");
    assert!(told.contains(said), "{rule}\n{told}");
}

/// An enumeration rule wants the word of a decision for a status code.
#[test]
fn a_status_code_is_no_decision() {
    assert_told(
        &sigma("sel: {verb: [list, get, watch], responseStatus.code: 'ALLOW'}\ncondition: sel"),
        "never be true: no audit event has the responseStatus.code `ALLOW`; it is a number such as 403",
    );
}

/// Rules on pods name fields at the top of the event, where nothing is.
#[test]
fn fields_of_a_body_do_not_stand_at_the_top_of_an_event() {
    for (field, instead) in [
        ("hostPath: '*'", "requestObject.spec.volumes.hostPath.path"),
        (
            "capabilities: '*'",
            "requestObject.spec.containers.securityContext.capabilities.add",
        ),
        ("apiGroup: rbac.authorization.k8s.io", "objectRef.apiGroup"),
    ] {
        let rule = sigma(&format!("sel: {{verb: create, {field}}}\ncondition: sel"));
        assert_told(&rule, &format!("write {instead}"));
    }
}

/// A sidecar rule waits for a verb that Kubernetes does not have.
#[test]
fn no_call_replaces() {
    let told = "no audit event has the verb `replace`; write update or patch";
    assert_told(&sigma("sel: {verb: replace}\ncondition: sel"), told);
    assert_told(
        &sigma("sel: {verb: [replace, patch]}\ncondition: sel"),
        told,
    );
}

/// A rule on bindings reads the account out of a spec; bindings have subjects.
#[test]
fn a_binding_has_subjects_and_no_spec() {
    assert_told(
        &sigma(
            "sel: {objectRef.resource: [rolebindings, clusterrolebindings], requestObject.spec.serviceAccountName: default}\ncondition: sel",
        ),
        "requestObject.spec is no field of",
    );
}

/// A rule on anonymous calls lists a stage among the levels.
#[test]
fn a_stage_is_no_level() {
    assert_told(
        &sigma("sel: {level: [RequestResponse, ResponseComplete]}\ncondition: sel"),
        "`ResponseComplete` is a stage",
    );
}

/// Rules without a look at the stage count a request once for each of its stages.
#[test]
fn a_rule_that_does_not_ask_for_the_stage_is_judged_once_a_request() {
    let key = RedactionKey::new([0; 32]);
    let plain = sigma("sel: {objectRef.subresource: exec}\ncondition: sel");
    let staged =
        sigma("sel: {objectRef.subresource: exec, stage: ResponseComplete}\ncondition: sel");
    for (rule, expected) in [(plain, [1, 0]), (staged, [0, 1])] {
        let mut engine = Engine::new(rules(&rule));
        let hits: Vec<usize> = [("ResponseStarted", true), ("ResponseComplete", false)]
            .into_iter()
            .map(|(stage, once)| {
                let text = event(json!({"stage": stage, "objectRef": {"resource": "pods", "subresource": "exec"}}));
                let event = Event::parse(&text, &key).expect("JSON").expect("an event");
                engine.observe(&event, once, 0).len()
            })
            .collect();
        assert_eq!(hits, expected, "{rule}");
    }
}

/// What one trusted image must not hide: `in` on a list asks for all of its items.
#[test]
fn one_trusted_image_does_not_hide_another() {
    let rule = "
- list: trusted
  items: [nginx]
- rule: untrusted
  condition: ka.verb=create and ka.target.resource=pods and not ka.req.pod.containers.image.repository in (trusted)
  output: x
  priority: WARNING
  source: k8s_audit
";
    let pod = |images: &[&str]| {
        let containers: Vec<Value> = images.iter().map(|image| json!({"image": image})).collect();
        json!({"objectRef": {"resource": "pods"}, "requestObject": {"spec": {"containers": containers}}})
    };
    assert!(!fires(rule, pod(&["nginx:1"])));
    assert!(fires(rule, pod(&["nginx:1", "miner"])));
}

/// Wrong case is no wrong value in Sigma, and a wrong one in Falco and kAudit.
#[test]
fn case_is_what_the_language_says() {
    assert!(problems(&sigma("sel: {objectRef.resource: Pods}\ncondition: sel")).is_empty());
    assert_told(
        "- {rule: r, condition: ka.target.resource=Pods, output: o, priority: WARNING, source: k8s_audit}",
        "resources are plural and in lower case: write `pods`",
    );
    assert_told(
        "- {id: user/a, name: a, conditions: [{field: verb, match-op: '=', match-value: Create}]}",
        "in lower case",
    );
}
