//! What `catseye install` prints: the same as Helm makes, and nothing that our own scan minds.

use std::path::Path;
use std::process::{Command, Output};

use catseye_model::Value;

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

#[test]
fn helm_makes_the_same_objects() {
    let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/chart/catseye");
    let helm = |namespace: &str, sets: &[&str]| {
        let mut command = Command::new("helm");
        command.args(["template", "catseye"]).arg(&chart);
        command.args(["--namespace", namespace, "--kube-version", "1.36.0"]);
        for set in sets {
            command.args(["--set", set]);
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
    for (arguments, namespace, sets) in [
        (
            &["install", "--print"][..],
            "catseye",
            &["createNamespace=true"][..],
        ),
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
