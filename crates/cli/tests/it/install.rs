//! What `catseye install` prints: the same as Helm makes, and nothing that our own scan minds.

use std::path::Path;
use std::process::{Command, Output};

use catseye_admission::gate::exemption;
use catseye_admission::{Operation, PolicySet, Request, Surroundings};
use catseye_model::{Completeness, Inventory, Object, Value, json};

fn catseye(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_catseye"))
        .args(arguments)
        .output()
        .expect("the program starts")
}

fn printed(arguments: &[&str]) -> String {
    let output = catseye(arguments);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The objects of a stream, in an order that does not depend on the tool.
fn objects(text: &str) -> Vec<Value> {
    let mut objects: Vec<Value> = catseye_model::yaml::documents(text)
        .into_iter()
        .map(|document| document.content.expect("YAML"))
        .filter(|value| !value.is_null())
        .collect();
    objects.sort_by_key(|object| {
        let name = &object["metadata"]["name"];
        format!("{} {}", object["kind"], name)
    });
    objects
}

const PINNED: &str = "registry.example/catseye@sha256:0000000000000000000000000000000000000000000000000000000000000000";

const ALL: &[&str] = &[
    "install",
    "--print",
    "--namespace",
    "eyes",
    "--image",
    PINNED,
    "--read-secrets",
    "--policy-reports",
    "--prometheus",
    "--audit-from",
    "10.0.0.0/28",
];

const CLOSED: &str = "[gate]\nmode = 'enforce'\nfail = 'closed'\n[gate.exempt]\nnamespaces = ['calico-system', 'team-*']\n";

/// A configuration in a file, and its name.
fn config(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("catseye.toml");
    std::fs::write(&file, text).expect("written");
    let name = file.to_str().expect("UTF-8").to_owned();
    (folder, name)
}

/// The first object of a kind.
fn of_kind(objects: &[Value], kind: &str) -> Value {
    let mut found = objects.iter().filter(|object| object["kind"] == *kind);
    found.next().expect("one of that kind").clone()
}

fn closed() -> Vec<Value> {
    let (_folder, file) = config(CLOSED);
    objects(&printed(&[
        "install",
        "--print",
        "--config",
        &file,
        "--audit-from",
        "10.0.0.0/28",
    ]))
}

#[test]
fn another_configuration_is_another_pod() {
    let (_folder, file) = config("[hub]\ncluster = 'a'\n");
    let template = |objects: &[Value]| of_kind(objects, "Deployment")["spec"]["template"].clone();
    let before = template(&objects(&printed(&["install", "--print"])));
    let again = template(&objects(&printed(&["install", "--print"])));
    let after = template(&objects(&printed(&[
        "install", "--print", "--config", &file,
    ])));
    assert_eq!(before, again);
    assert_ne!(before, after);
}

#[test]
fn the_volume_stays_with_postgresql() {
    let objects = objects(&printed(&[
        "install",
        "--print",
        "--store-url-secret",
        "db",
    ]));
    of_kind(&objects, "PersistentVolumeClaim");
    let volumes =
        of_kind(&objects, "Deployment")["spec"]["template"]["spec"]["volumes"].to_string();
    assert!(volumes.contains("catseye-data"), "{volumes}");
}

#[test]
fn admission_is_not_installed_where_the_api_server_could_not_call_the_hub() {
    let (_folder, file) = config(CLOSED);
    let output = catseye(&["install", "--print", "--config", &file]);
    assert_eq!(output.status.code(), Some(2));
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(errors.contains("--audit-from"), "{errors}");
}

#[test]
fn what_is_exempt_is_not_sent_to_the_webhook() {
    let webhooks = of_kind(&closed(), "ValidatingWebhookConfiguration")["webhooks"].clone();
    let selector = webhooks[0]["namespaceSelector"].to_string();
    for namespace in [
        "kube-system",
        "\"catseye\"",
        "catseye-sensor",
        "calico-system",
    ] {
        assert!(selector.contains(namespace), "{selector}");
    }
    assert!(!selector.contains("team-*"), "a selector knows no patterns");
}

#[test]
fn a_volume_can_be_made_before_the_hub_runs() {
    let webhooks = of_kind(&closed(), "ValidatingWebhookConfiguration")["webhooks"].clone();
    for webhook in webhooks.as_array().expect("webhooks") {
        let takes_volumes = webhook["rules"]
            .to_string()
            .contains("\"persistentvolumes\"");
        let policy = if takes_volumes { "Ignore" } else { "Fail" };
        assert_eq!(webhook["failurePolicy"], policy);
    }
    assert_eq!(webhooks.as_array().expect("webhooks").len(), 2);
}

/// The conditions of the webhook as a policy that says no: what it refuses is what is sent.
fn sent_by(webhook: &Value) -> PolicySet {
    let policy = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "sent"},
        "spec": {
            "matchConstraints": {"resourceRules": [
                {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"]}]},
            "matchConditions": webhook["matchConditions"].clone(),
            "validations": [{"expression": "false", "message": "it is sent"}],
        },
    });
    let mut set = PolicySet::unbound_deny();
    let policy = Object::new(policy, None).expect("an object");
    assert_eq!(set.add(&policy), Ok(true));
    set
}

#[test]
fn the_webhook_is_sent_exactly_what_the_hub_would_judge() {
    let object =
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "shop"}});
    let object = Object::new(object, None).expect("an object");
    let none = Inventory::new(Vec::new(), Completeness::Fragment);
    let webhooks = of_kind(&closed(), "ValidatingWebhookConfiguration")["webhooks"].clone();
    let mut judged = 0;
    for webhook in webhooks.as_array().expect("webhooks") {
        let sent = sent_by(webhook);
        for user in [
            "ann",
            "system:apiserver",
            "system:kube-scheduler",
            "system:kube-controller-manager",
            "system:serviceaccount:kube-system:job-controller",
            "system:serviceaccount:kube-systems:job-controller",
            "system:node:n1",
        ] {
            for (group, resource, subresource) in [
                ("", "pods", ""),
                ("", "pods", "exec"),
                ("", "pods", "status"),
                ("", "pods", "binding"),
                ("", "nodes", ""),
                ("", "nodes", "proxy"),
                ("", "events", ""),
                ("events.k8s.io", "events", ""),
                ("events.example.com", "events", ""),
                ("", "serviceaccounts", "token"),
                ("", "namespaces", "finalize"),
                ("", "persistentvolumes", ""),
                ("coordination.k8s.io", "leases", ""),
                (
                    "admissionregistration.k8s.io",
                    "validatingadmissionpolicies",
                    "",
                ),
                ("certificates.k8s.io", "certificatesigningrequests", ""),
                (
                    "certificates.k8s.io",
                    "certificatesigningrequests",
                    "approval",
                ),
                ("apps", "deployments", ""),
            ] {
                for operation in [
                    Operation::Create,
                    Operation::Update,
                    Operation::Delete,
                    Operation::Connect,
                ] {
                    let mut request = Request::create(&object, &none).with_operation(operation);
                    user.clone_into(&mut request.user.name);
                    request.user.groups = vec!["system:authenticated".to_owned()];
                    if user.starts_with("system:node:") {
                        request.user.groups.push("system:nodes".to_owned());
                    }
                    group.clone_into(&mut request.group);
                    resource.clone_into(&mut request.resource);
                    subresource.clone_into(&mut request.subresource);
                    let is_sent = !sent
                        .judge(&request, &Surroundings::default())
                        .denials
                        .is_empty();
                    assert_eq!(
                        is_sent,
                        exemption(&request, "catseye").is_none(),
                        "{user} {operation} {group}/{resource}/{subresource}"
                    );
                    judged += usize::from(is_sent);
                }
            }
        }
    }
    assert!(judged > 100, "{judged}");
}

#[test]
fn helm_makes_the_same_objects() {
    let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/chart/catseye");
    let helm = |namespace: &str, sets: &[&str]| {
        let mut command = Command::new("helm");
        command.args(["template", "catseye"]).arg(&chart);
        command.args(["--namespace", namespace, "--kube-version", "1.36.0"]);
        for set in sets {
            let flag = if set.starts_with("config=") {
                "--set-file"
            } else {
                "--set"
            };
            command.args([flag, set]);
        }
        command.output()
    };
    if helm("catseye", &[]).is_err() {
        eprintln!("helm_makes_the_same_objects: skipped, for there is no helm");
        return;
    }
    let all = [
        "createNamespace=true",
        "image=registry.example/catseye@sha256:0000000000000000000000000000000000000000000000000000000000000000",
        "rbac.readSecrets=true",
        "rbac.policyReports=true",
        "metrics.serviceMonitor=true",
        "metrics.rules=true",
        "network.auditFrom={10.0.0.0/28}",
    ];
    let (_folder, file) = config(CLOSED);
    let gated = [
        "install",
        "--print",
        "--config",
        &file,
        "--audit-from",
        "10.0.0.0/28",
    ];
    let from_file = format!("config={file}");
    let gated_sets = [
        "createNamespace=true",
        "network.auditFrom={10.0.0.0/28}",
        "admission.enabled=true",
        "admission.failurePolicy=Fail",
        "admission.exemptNamespaces={calico-system}",
        &from_file,
    ];
    for (arguments, namespace, sets) in [
        (
            &["install", "--print"][..],
            "catseye",
            &["createNamespace=true"][..],
        ),
        (&gated[..], "catseye", &gated_sets[..]),
        (ALL, "eyes", &all[..]),
        (
            &["install", "--print", "--store-url-secret", "db"][..],
            "catseye",
            &["createNamespace=true", "store.urlSecret=db"][..],
        ),
    ] {
        let made = helm(namespace, sets).expect("it started before");
        let errors = String::from_utf8_lossy(&made.stderr).into_owned();
        assert!(made.status.success(), "{errors}");
        let made = objects(&String::from_utf8_lossy(&made.stdout));
        let ours = objects(&printed(arguments));
        assert!(made.len() > 10, "{} objects", made.len());
        assert_eq!(ours, made);
    }
}

#[test]
fn our_own_scan_finds_nothing_but_the_image_without_its_digest() {
    // To read Secrets is a right that takes over clusters: whoever asks for it is told so.
    for (arguments, expected, code) in [
        (&["install", "--print"][..], vec!["IMG-002"], 0),
        (
            &["install", "--print", "--image", PINNED, "--policy-reports"][..],
            vec![],
            0,
        ),
        (ALL, vec!["RBA-003", "RBA-026"], 1),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("catseye.yaml");
        std::fs::write(&file, printed(arguments)).expect("written");
        let output = catseye(&[
            "scan",
            file.to_str().expect("UTF-8"),
            "--fail-on",
            "medium",
            "--format",
            "json",
        ]);
        let scan: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let found: Vec<&str> = (scan["findings"].as_array().expect("findings").iter())
            .filter_map(|finding| finding["check"].as_str())
            .collect();
        let mut found: Vec<&str> = found;
        found.sort_unstable();
        // The hub and the sensor are one image.
        found.dedup();
        assert_eq!(found, expected);
        assert_eq!(output.status.code(), Some(code));
    }
}

#[test]
fn nothing_is_installed_without_print_and_names_are_checked() {
    let output = catseye(&["install"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("install --print | kubectl apply -f -")
    );
    let output = catseye(&["install", "--print", "--namespace", "a: b"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("no name of a namespace"));
}

#[test]
fn the_audit_files_are_what_an_api_server_reads() {
    let policy = objects(&printed(&["install", "--print=audit-policy"]));
    assert_eq!(policy[0]["apiVersion"], "audit.k8s.io/v1");
    let webhook = objects(&printed(&[
        "install",
        "--print=audit-webhook",
        "--hub",
        "https://10.96.0.20",
    ]));
    let server = webhook[0]["clusters"][0]["cluster"]["server"].as_str();
    assert!(
        server.is_some_and(|server| server.starts_with("https://10.96.0.20/")),
        "{server:?}"
    );
}

#[cfg(unix)]
#[test]
fn as_a_plugin_of_kubectl_the_help_says_what_to_type() {
    let folder = tempfile::tempdir().expect("a folder");
    let plugin = folder.path().join("kubectl-catseye");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_catseye"), &plugin).expect("linked");
    let output = Command::new(plugin)
        .arg("--help")
        .output()
        .expect("it starts");
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(help.contains("Usage: kubectl catseye"), "{help}");
}
