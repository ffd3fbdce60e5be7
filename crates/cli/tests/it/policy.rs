//! `catseye policy`.

use crate::{catseye, folder};

const POLICY: &str = "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: no-host-network}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [''], apiVersions: [v1], resources: [pods], operations: [CREATE, UPDATE]}
  validations:
  - expression: '!object.spec.?hostNetwork.orValue(false)'
    message: pods may not use the host network
";

const POD: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {hostNetwork: true, containers: [{name: c, image: nginx}]}
";

const CASES: &str = "
policies: [policy.yaml]
cases:
- {name: denied, file: pod.yaml, expect: deny, message: host network}
- {name: believed to pass, file: pod.yaml, expect: allow}
";

#[test]
fn check_denies_what_the_policy_denies() {
    let folder = folder(&[("policy.yaml", POLICY), ("pod.yaml", POD)]);
    let ran = catseye(
        folder.path(),
        &["policy", "check", "policy.yaml", "pod.yaml"],
    );
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let expected =
        "denied: Pod default/web by no-host-network: pods may not use the host network\n";
    assert!(ran.stdout.starts_with(expected), "{}", ran.stdout);
}

#[test]
fn test_tells_cases_that_are_answered_otherwise() {
    let folder = folder(&[
        ("policy.yaml", POLICY),
        ("pod.yaml", POD),
        ("my.cases.yaml", CASES),
    ]);
    let ran = catseye(folder.path(), &["policy", "test", "--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let cases = &ran.json()["cases"];
    assert_eq!(
        (&cases[0]["ok"], &cases[1]["ok"]),
        (&true.into(), &false.into())
    );
}

#[test]
fn a_misspelt_name_is_told_with_its_place() {
    let broken = POLICY.replace("object.spec", "objekt.spec");
    let folder = folder(&[("policy.yaml", &broken)]);
    let ran = catseye(folder.path(), &["policy", "explain", "policy.yaml"]);
    assert_eq!(ran.code, 2);
    let expected = "spec.validations[0].expression: 1:2: undeclared reference to 'objekt'";
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
}

#[test]
fn check_and_test_speak_to_code_hosts_and_ci_servers() {
    let folder = folder(&[
        ("policy.yaml", POLICY),
        ("pod.yaml", POD),
        ("my.cases.yaml", CASES),
    ]);
    let check = |format| {
        catseye(
            folder.path(),
            &[
                "policy",
                "check",
                "policy.yaml",
                "pod.yaml",
                "--format",
                format,
            ],
        )
    };
    let sarif = check("sarif");
    assert_eq!(sarif.code, 1, "{}", sarif.stderr);
    let result = &sarif.json()["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "no-host-network");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "pod.yaml");
    let junit = check("junit").stdout;
    assert!(junit.contains("failures=\"1\""), "{junit}");
    let ran = catseye(folder.path(), &["policy", "test", "--format", "junit"]);
    assert!(ran.stdout.contains("tests=\"2\""), "{}", ran.stdout);
}

#[test]
fn test_and_explain_judge_what_the_api_server_makes_of_a_manifest() {
    let policy = POLICY.replace(
        "!object.spec.?hostNetwork.orValue(false)",
        "object.spec.restartPolicy == \"Always\"",
    );
    let pod = POD.replace("hostNetwork: true, ", "");
    let cases = "policies: [policy.yaml]\ncases:\n\
        - {name: the default is there, file: pod.yaml, expect: allow}\n\
        - {name: also in what was there before, operation: UPDATE, object: {apiVersion: v1, kind: Pod, metadata: {name: a}, \
        spec: {containers: []}}, oldObject: {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: []}}, \
        expect: allow}\n";
    let folder = folder(&[
        ("policy.yaml", &policy),
        ("pod.yaml", &pod),
        ("my.cases.yaml", cases),
    ]);
    for arguments in [
        &["policy", "check", "policy.yaml", "pod.yaml"][..],
        &["policy", "test"],
        &["policy", "explain", "policy.yaml", "pod.yaml"],
    ] {
        let ran = catseye(folder.path(), arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {} {}", ran.stdout, ran.stderr);
    }
}

const VERSIONS: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: gadgets, singular: gadget, kind: Gadget, listKind: GadgetList}
  conversion: {strategy: STRATEGY}
  versions:
  - {name: v1, served: true, storage: false, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
  - {name: v2, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
---
apiVersion: example.com/v1
kind: Gadget
metadata: {name: a, namespace: shop}
spec: {size: 9}
";

#[test]
fn a_policy_over_one_version_of_a_custom_resource_is_asked_about_the_others() {
    let policy = "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: small}
spec:
  matchConstraints:
    matchPolicy: Equivalent
    resourceRules: [{apiGroups: [example.com], apiVersions: [v2], resources: [gadgets], operations: [CREATE]}]
  validations: [{expression: 'object.apiVersion == \"example.com/v2\" && object.spec.size < 5', message: too large}]
";
    for (strategy, matching, code, says) in [
        ("None", "Equivalent", 1, "too large"),
        ("None", "Exact", 0, "0 of 2 objects denied"),
        (
            "Webhook",
            "Equivalent",
            0,
            "not judged: Gadget shop/a by small",
        ),
    ] {
        let folder = folder(&[
            ("policy.yaml", &policy.replace("Equivalent", matching)),
            ("objects.yaml", &VERSIONS.replace("STRATEGY", strategy)),
        ]);
        let ran = catseye(
            folder.path(),
            &["policy", "check", "policy.yaml", "objects.yaml"],
        );
        assert_eq!(
            ran.code, code,
            "{strategy} {matching}: {} {}",
            ran.stdout, ran.stderr
        );
        assert!(
            ran.stdout.contains(says),
            "{strategy} {matching}: {}",
            ran.stdout
        );
    }
}
