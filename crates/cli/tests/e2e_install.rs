//! What `catseye install` prints is accepted by a real API server.
#![allow(
    clippy::disallowed_methods,
    reason = "tests start the program and read what it wrote"
)]

use std::process::Command;

#[test]
fn a_real_api_server_accepts_what_is_printed() {
    let Some(cluster) = catseye_e2e::cluster("a_real_api_server_accepts_what_is_printed") else {
        return;
    };
    let output = Command::new(env!("CARGO_BIN_EXE_catseye"))
        .args(["install", "--print", "--namespace", "catseye-e2e"])
        .args([
            "--read-secrets",
            "--policy-reports",
            "--audit-from",
            "10.0.0.0/28",
        ])
        .output()
        .expect("the program starts");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("catseye.yaml");
    std::fs::write(&file, &text).expect("written");
    let path = file.to_str().expect("UTF-8");
    // A dry run knows no namespace that it did not make: it is made first.
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: catseye-e2e}\n";
    cluster.apply(namespace).expect("the namespace is made");
    // As the manifests themselves label it: the sensor is refused elsewhere.
    let sensors = "apiVersion: v1\nkind: Namespace\nmetadata: {name: catseye-e2e-sensor, labels: \
        {pod-security.kubernetes.io/enforce: privileged}}\n";
    cluster
        .apply(sensors)
        .expect("the sensor's namespace is made");
    let said = cluster
        .kubectl(&["apply", "--dry-run=server", "-f", path])
        .expect("accepted");
    let accepted = said
        .lines()
        .filter(|line| line.contains("(server dry run)"))
        .count();
    assert_eq!(accepted, text.matches("\nkind: ").count(), "{said}");
    // Pod Security "restricted" would refuse the pod: the Deployment's warning says so.
    cluster
        .kubectl(&[
            "label",
            "--overwrite",
            "namespace",
            "catseye-e2e",
            "pod-security.kubernetes.io/enforce=restricted",
        ])
        .expect("labelled");
    cluster.kubectl(&["apply", "-f", path]).expect("installed");
    let hub = cluster
        .kubectl(&[
            "get",
            "deployment",
            "catseye-hub",
            "-n",
            "catseye-e2e",
            "-o",
            "name",
        ])
        .expect("it is there");
    assert_eq!(hub.trim(), "deployment.apps/catseye-hub");
    let sensor = cluster
        .kubectl(&[
            "get",
            "daemonset",
            "catseye-sensor",
            "-n",
            "catseye-e2e-sensor",
            "-o",
            "name",
        ])
        .expect("it is there");
    assert_eq!(sensor.trim(), "daemonset.apps/catseye-sensor");
    let rights = cluster
        .kubectl(&[
            "auth",
            "can-i",
            "--list",
            "--as",
            "system:serviceaccount:catseye-e2e:catseye-hub",
        ])
        .expect("its rights");
    assert!(!rights.contains("*.*"), "no wildcard: {rights}");
    cluster
        .kubectl(&["delete", "-f", path, "--wait=false"])
        .expect("removed");
}

#[test]
fn a_real_api_server_understands_the_conditions_of_the_webhook() {
    let name = "a_real_api_server_understands_the_conditions_of_the_webhook";
    let Some(cluster) = catseye_e2e::cluster(name) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("catseye.toml");
    std::fs::write(&config, "[gate]\nfail = 'closed'\n").expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_catseye"))
        .args([
            "install",
            "--print",
            "--audit-from",
            "10.0.0.0/28",
            "--config",
        ])
        .arg(&config)
        .output()
        .expect("the program starts");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let webhook = text
        .split("\n---\n")
        .find(|document| document.contains("\nkind: ValidatingWebhookConfiguration\n"))
        .expect("the webhook is registered");
    let file = folder.path().join("webhook.yaml");
    std::fs::write(&file, webhook).expect("written");
    // The API server compiles the conditions; a dry run stores nothing.
    let said = cluster
        .kubectl(&[
            "apply",
            "--dry-run=server",
            "-f",
            file.to_str().expect("UTF-8"),
        ])
        .expect("accepted");
    assert!(said.contains("validatingwebhookconfiguration"), "{said}");
}
