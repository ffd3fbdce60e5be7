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
