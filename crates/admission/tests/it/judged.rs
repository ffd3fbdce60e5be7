//! What the API server does with policies, bindings and requests, one rule a test.

use std::sync::Arc;

use catseye_admission::{Operation, PolicySet, Request, RoleAuthorizer, Surroundings, Verdict};
use catseye_model::{Completeness, Inventory, Object, yaml};
use catseye_rbac::Rbac;

fn objects(text: &str) -> Vec<Object> {
    yaml::documents(text)
        .into_iter()
        .flat_map(|document| Object::read(document.content.expect("YAML"), None).0)
        .collect()
}

const POD: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {hostNetwork: true, containers: [{name: c, image: 'nginx:1'}]}
";

/// A policy over pods with this rest of its spec.
fn policy(rest: &str) -> String {
    format!(
        "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {{name: p}}
spec:
  matchConstraints:
    resourceRules:
    - {{apiGroups: [''], apiVersions: [v1], resources: [pods], operations: [CREATE, UPDATE]}}
{rest}
"
    )
}

fn binding(rest: &str) -> String {
    format!(
        "
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {{name: b}}
spec:
  policyName: p
{rest}
"
    )
}

const MUTATING: &str = "
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: defaults}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [''], apiVersions: [v1], resources: [pods], operations: [CREATE]}]
  matchConditions: [{name: web, expression: \"object.metadata.name == 'web'\"}]
  reinvocationPolicy: Never
  mutations:
  - patchType: ApplyConfiguration
    applyConfiguration:
      expression: >-
        Object{spec: Object.spec{hostNetwork: false, containers: object.spec.containers.map(c,
        Object.spec.containers{name: c.name, imagePullPolicy: 'Always'})}}
  - patchType: JSONPatch
    jsonPatch:
      expression: >-
        [JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('a/b'), value: string(object.spec.hostNetwork)}]
";

#[test]
fn mutations_come_before_validations_and_see_each_other() {
    let mut set = PolicySet::unbound_deny();
    for object in objects(MUTATING) {
        assert!(set.add(&object).expect("usable"));
    }
    let inventory = Inventory::new(Vec::new(), Completeness::Fragment);
    let request = Request::create(&objects(POD)[0], &inventory);
    let surroundings = Surroundings::of(&inventory);
    let made = set.mutated(&request, &surroundings).expect("mutated");
    assert_eq!(
        serde_json::Value::from(made.object.clone()),
        serde_json::json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web", "a/b": "false"}},
            "spec": {"hostNetwork": false, "containers": [{"name": "c", "image": "nginx:1", "imagePullPolicy": "Always"}]},
        })
    );
    let other = POD.replace("name: web", "name: other");
    let request = Request::create(&objects(&other)[0], &inventory);
    let made = set.mutated(&request, &surroundings).expect("mutated");
    assert_eq!(made.object, request.object);
    let broken = MUTATING.replace("/metadata/labels/", "/nowhere/");
    let mut set = PolicySet::unbound_deny();
    set.add(&objects(&broken)[0]).expect("usable");
    let request = Request::create(&objects(POD)[0], &inventory);
    let err = set.mutated(&request, &surroundings).expect_err("it fails");
    assert!(err.message.contains("there is nothing"), "{err}");
}

struct Case {
    set: PolicySet,
    request: Request,
    surroundings: Surroundings,
}

fn case(policies: &str, around: &str) -> Case {
    let mut set = PolicySet::unbound_deny();
    for object in objects(policies) {
        set.add(&object)
            .unwrap_or_else(|problems| panic!("{problems:?}"));
    }
    let inventory = Inventory::new(objects(around), Completeness::Fragment);
    let pod = objects(POD).remove(0);
    Case {
        set,
        request: Request::create(&pod, &inventory),
        surroundings: Surroundings::of(&inventory),
    }
}

impl Case {
    fn verdict(&self) -> Verdict {
        self.set.judge(&self.request, &self.surroundings)
    }
}

fn messages(verdict: &Verdict) -> Vec<&str> {
    verdict
        .denials
        .iter()
        .map(|denial| denial.message.as_str())
        .collect()
}

const NO_HOST_NETWORK: &str = "
  validations:
  - expression: '!has(object.spec.hostNetwork) || !object.spec.hostNetwork'
    messageExpression: \"object.metadata.name + ' uses the host network'\"
    reason: Forbidden
";

#[test]
fn a_failed_validation_denies_with_its_message_and_reason() {
    let verdict = case(&policy(NO_HOST_NETWORK), "").verdict();
    assert_eq!(messages(&verdict), ["web uses the host network"]);
    assert_eq!(verdict.denials[0].reason, "Forbidden");
    assert_eq!(
        verdict.message().unwrap(),
        "ValidatingAdmissionPolicy 'p' with binding 'p' denied request: web uses the host network"
    );
}

#[test]
fn a_message_expression_that_fails_yields_to_the_message_and_then_to_the_expression() {
    for (written, expected) in [
        (
            "messageExpression: 'string(object.absent)', message: plain",
            "plain",
        ),
        ("messageExpression: '\"a\\nb\"', message: plain", "plain"),
        ("messageExpression: '\" \"'", "failed expression: false"),
    ] {
        let text = format!("  validations: [{{expression: 'false', {written}}}]");
        assert_eq!(messages(&case(&policy(&text), "").verdict()), [expected]);
    }
}

#[test]
fn an_error_is_no_verdict_and_follows_the_failure_policy() {
    let validations = "  validations: [{expression: 'object.absent == 1'}]";
    let verdict = case(&policy(validations), "").verdict();
    assert!(verdict.denials[0].is_error);
    assert!(messages(&verdict)[0].contains("no such key: absent"));
    let ignoring = format!("  failurePolicy: Ignore\n{validations}");
    let verdict = case(&policy(&ignoring), "").verdict();
    assert!(verdict.passes());
    assert_eq!(verdict.ignored.len(), 1);
}

#[test]
fn a_false_condition_wins_over_one_that_fails() {
    let with = |conditions: &str| {
        let text = format!("  matchConditions: [{conditions}]\n{NO_HOST_NETWORK}");
        case(&policy(&text), "").verdict()
    };
    let broken = "{name: broken, expression: 'object.absent == 1'}";
    let no = "{name: never, expression: 'false'}";
    let yes = "{name: always, expression: 'true'}";
    assert!(with(&format!("{broken}, {no}")).passes());
    assert!(with(&format!("{broken}, {yes}")).denials[0].is_error);
    assert!(!with(yes).denials[0].is_error);
}

#[test]
fn actions_say_what_follows() {
    let with = |actions: &str| {
        let bound = binding(&format!("  validationActions: [{actions}]"));
        case(&format!("{}{bound}", policy(NO_HOST_NETWORK)), "").verdict()
    };
    let verdict = with("Warn, Audit");
    assert!(verdict.passes());
    assert_eq!((verdict.warnings.len(), verdict.audits.len()), (1, 1));
    assert!(!with("Deny, Audit").passes());
}

#[test]
fn selectors_and_rules_choose_requests() {
    let bound = |matches: &str| {
        let text = format!("  validationActions: [Deny]\n  matchResources: {{{matches}}}");
        let all = format!("{}{}", policy(NO_HOST_NETWORK), binding(&text));
        let around =
            "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {tier: prod}}}";
        case(&all, around).verdict().passes()
    };
    assert!(!bound("namespaceSelector: {matchLabels: {tier: prod}}"));
    assert!(bound("namespaceSelector: {matchLabels: {tier: dev}}"));
    assert!(!bound(
        "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}"
    ));
    assert!(!bound("objectSelector: {matchLabels: {app: web}}"));
    assert!(bound("objectSelector: {matchLabels: {app: db}}"));
    let rule =
        |rest: &str| format!("{{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], {rest}}}");
    assert!(bound(&format!(
        "resourceRules: [{}]",
        rule("resources: ['pods/status']")
    )));
    assert!(!bound(&format!(
        "resourceRules: [{}]",
        rule("resources: ['*/*']")
    )));
    assert!(bound(&format!(
        "resourceRules: [{}]",
        rule("resources: ['*'], scope: Cluster")
    )));
    assert!(bound(&format!(
        "resourceRules: [{}]",
        rule("resources: ['*'], resourceNames: [x]")
    )));
    assert!(bound(&format!(
        "excludeResourceRules: [{}]",
        rule("resources: [pods]")
    )));
}

#[test]
fn an_update_is_met_by_the_labels_before_or_after() {
    let text = "  validationActions: [Deny]\n  matchResources: {objectSelector: {matchLabels: {app: old}}}";
    let mut case = case(&format!("{}{}", policy(NO_HOST_NETWORK), binding(text)), "");
    assert!(case.verdict().passes());
    case.request = case.request.with_operation(Operation::Update);
    let old = POD.replace("app: web", "app: old");
    case.request.old_object = objects(&old)[0].value().clone();
    assert!(!case.verdict().passes());
}

const PARAMS: &str = "
  paramKind: {apiVersion: v1, kind: ConfigMap}
  validations: [{expression: 'object.metadata.name in params.data', message: 'not listed'}]
";

#[test]
fn every_parameter_must_pass_and_none_is_what_the_binding_says() {
    let with = |reference: &str, around: &str| {
        let bound = binding(&format!(
            "  validationActions: [Deny]\n  paramRef: {{{reference}}}"
        ));
        let verdict = case(&format!("{}{bound}", policy(PARAMS)), around).verdict();
        messages(&verdict)
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let listed = "{apiVersion: v1, kind: ConfigMap, metadata: {name: one, namespace: shop, labels: {p: x}}, data: {web: ''}}";
    let empty = "{apiVersion: v1, kind: ConfigMap, metadata: {name: two, namespace: shop, labels: {p: x}}, data: {}}";
    let both = format!("{listed}\n---\n{empty}");
    assert!(with("name: one, parameterNotFoundAction: Deny", &both).is_empty());
    assert_eq!(
        with("name: two, parameterNotFoundAction: Deny", &both),
        ["not listed"]
    );
    let selected = "selector: {matchLabels: {p: x}}, parameterNotFoundAction: Deny";
    assert_eq!(with(selected, &both), ["not listed"]);
    assert!(with("name: three, parameterNotFoundAction: Allow", &both).is_empty());
    assert_eq!(
        with("name: three, parameterNotFoundAction: Deny", &both),
        [
            "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction"
        ]
    );
    assert!(
        with(
            "name: one, namespace: other, parameterNotFoundAction: Allow",
            &both
        )
        .is_empty()
    );
}

#[test]
fn the_namespace_the_user_and_variables_can_be_read() {
    let text = "
  variables:
  - {name: broken, expression: 'object.absent == 1'}
  - {name: tier, expression: \"namespaceObject.metadata.labels['tier']\"}
  - {name: twice, expression: 'variables.tier + variables.tier'}
  validations:
  - expression: \"variables.twice == 'prodprod' && request.userInfo.username == 'ann' && request.operation == 'CREATE' && request.resource.resource == 'pods' && request.namespace == 'shop' && oldObject == null && !request.dryRun\"
  auditAnnotations:
  - {key: tier, valueExpression: \"'tier is ' + variables.tier\"}
";
    let around = "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {tier: prod}}}";
    let mut case = case(&policy(text), around);
    case.request.user.name = "ann".to_owned();
    let verdict = case.verdict();
    assert_eq!(messages(&verdict), [""; 0]);
    assert_eq!(verdict.annotations["p/tier"], "tier is prod");
}

#[test]
fn the_authorizer_answers_from_roles() {
    let text = "
  validations:
  - expression: \"authorizer.group('').resource('pods').namespace('shop').check('get').allowed()\"
  - expression: \"!authorizer.requestResource.check('delete').allowed()\"
  - expression: \"!authorizer.serviceAccount('shop', 'web').group('').resource('pods').namespace('shop').check('get').allowed()\"
  - expression: \"authorizer.group('').resource('pods').labelSelector('a=').check('get').errored() == false\"
";
    let around = "
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: r, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: ann}]
";
    let mut case = case(&policy(text), around);
    let inventory = Inventory::new(objects(around), Completeness::Fragment);
    let rbac = Arc::new(Rbac::of(&inventory));
    case.surroundings.authorizer = Arc::new(RoleAuthorizer::new(rbac, "ann", &[]));
    assert_eq!(messages(&case.verdict()), [""; 0]);
}

#[test]
fn policies_are_never_asked_about_policies() {
    let all = policy("  validations: [{expression: 'false'}]")
        .replace("apiGroups: ['']", "apiGroups: ['*']")
        .replace("apiVersions: [v1]", "apiVersions: ['*']")
        .replace("[pods]", "['*']");
    let mut case = case(&all, "");
    assert!(!case.verdict().passes());
    let own = objects(&all).remove(0);
    case.request = Request::create(&own, &Inventory::new(Vec::new(), Completeness::Fragment));
    assert_eq!(case.request.resource, "validatingadmissionpolicies");
    assert!(case.verdict().passes());
}

#[test]
fn what_the_api_server_would_not_store_is_refused() {
    for (text, field) in [
        (
            "  validations: [{expression: 'objekt'}]",
            "spec.validations[0].expression: 1:1",
        ),
        (
            "  validations: [{expression: 'params.x'}]",
            "undeclared reference to 'params'",
        ),
        (
            "  validations: [{expression: 'true', reason: Because}]",
            "spec.validations[0].reason",
        ),
        (
            "  failurePolicy: Maybe\n  validations: [{expression: 'true'}]",
            "spec.failurePolicy",
        ),
        ("  validations: []", "spec.validations"),
        (
            "  variables: [{name: a, expression: 'variables.b'}, {name: b, expression: '1'}]\n  validations: [{expression: 'true'}]",
            "undefined field 'b'",
        ),
    ] {
        let object = objects(&policy(text)).remove(0);
        let problems = PolicySet::default().add(&object).expect_err(text);
        let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(all.join("\n").contains(field), "{text}: {all:?}");
    }
}

#[test]
fn kyverno_policies_are_judged_where_they_are_pure() {
    let text = policy(NO_HOST_NETWORK)
        .replace("admissionregistration.k8s.io/v1", "policies.kyverno.io/v1")
        .replace("ValidatingAdmissionPolicy", "ValidatingPolicy");
    assert_eq!(
        messages(&case(&text, "").verdict()),
        ["web uses the host network"]
    );
    let outside = text.replace(
        "'!has(object.spec.hostNetwork) || !object.spec.hostNetwork'",
        "'resource.Get(\"v1\", \"configmaps\", \"a\", \"b\").data.x == \"y\"'",
    );
    let problems = PolicySet::default().add(&objects(&outside)[0]).unwrap_err();
    assert!(
        problems[0]
            .message
            .contains("resource asks something outside the request")
    );
}
