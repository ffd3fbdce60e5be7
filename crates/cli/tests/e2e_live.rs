//! A real cluster, asked live and through a dump: the answers are the same.
#![allow(
    clippy::disallowed_methods,
    reason = "tests start the program and read what it wrote"
)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// A namespace with something to find in it.
const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: live}\n";
const WEB: &str = r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: live}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: registry.example.com/web:1
          securityContext: {privileged: true}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: live}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Secret
metadata: {name: web, namespace: live}
stringData: {password: correct-horse-battery-staple}
";

fn catseye(kubeconfig: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_catseye"))
        .args(arguments)
        .env("KUBECONFIG", kubeconfig)
        .output()
        .expect("the program starts")
}

/// The findings of a JSON result without places in files, which a live cluster does not have.
fn findings(output: &Output) -> Vec<(String, String, Vec<String>)> {
    let scan: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|err| {
        panic!("{err}: {}", String::from_utf8_lossy(&output.stderr));
    });
    let mut findings: Vec<_> = scan["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|finding| {
            let places = finding["places"].as_array().expect("places");
            let told = places.iter().map(|place| {
                format!(
                    "{} {} {}",
                    place["path"], place["message"], place["fingerprint"]
                )
            });
            (
                finding["check"].to_string(),
                finding["object"].to_string(),
                told.collect(),
            )
        })
        .collect();
    findings.sort();
    findings
}

#[test]
fn a_dump_answers_what_the_cluster_answers() {
    let Some(cluster) = catseye_e2e::cluster("a_dump_answers_what_the_cluster_answers") else {
        return;
    };
    cluster.apply(NAMESPACE).expect("the namespace is accepted");
    cluster.apply(WEB).expect("the workload is accepted");
    let ready = [
        "-n",
        "live",
        "rollout",
        "status",
        "deployment/web",
        "--timeout=60s",
    ];
    cluster.kubectl(&ready).expect("the workload runs");

    let folder = tempfile::tempdir().expect("a folder");
    let dump = folder.path().join("cluster.json");
    let file = dump.to_str().expect("UTF-8");
    let dumped = catseye(cluster.kubeconfig(), &["dump", "-o", file]);
    assert!(dumped.status.success(), "{dumped:?}");
    // Findings about pods come and go while other tests run: everything of our own namespace stays.
    let scan = [
        "--format",
        "json",
        "--kubernetes-version",
        "1.36",
        "--min-severity",
        "info",
    ];
    let mut from_dump = findings(&catseye(
        cluster.kubeconfig(),
        &[&["scan", file], &scan[..]].concat(),
    ));
    let mut live = findings(&catseye(
        cluster.kubeconfig(),
        &[&["scan", "--live"], &scan[..]].concat(),
    ));
    for findings in [&mut from_dump, &mut live] {
        findings.retain(|(_, object, _)| object.contains(r#""namespace":"live""#));
        assert!(!findings.is_empty());
    }
    assert_eq!(from_dump, live);
}

#[test]
fn an_identity_with_few_rights_is_told_what_it_does_not_see() {
    let Some(cluster) = catseye_e2e::cluster("an_identity_with_few_rights") else {
        return;
    };
    if cluster.description().is_none() {
        return; // users can be made on our own cluster only
    }
    let kubeconfig = cluster.user("looks-after-nodes", &[]).expect("a user");
    let rights = r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: looks-after-nodes}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: looks-after-nodes}]
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'system:node-proxier'}
";
    cluster.apply(rights).expect("the rights are granted");
    let output = catseye(&kubeconfig, &["scan", "--live"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.contains("this identity may not list them"),
        "{output:?}"
    );
    assert!(text.contains("deployments.apps"), "{output:?}");
    let dump = catseye(&kubeconfig, &["dump"]);
    assert_eq!(dump.status.code(), Some(2), "{dump:?}");
    assert!(String::from_utf8_lossy(&dump.stdout).contains("node-1"));
}

#[test]
fn who_may_see_nothing_is_told_so() {
    let Some(cluster) = catseye_e2e::cluster("who_may_see_nothing_is_told_so") else {
        return;
    };
    if cluster.description().is_none() {
        return; // users can be made on our own cluster only
    }
    let kubeconfig = cluster.user("nobody-special", &[]).expect("a user");
    let output = catseye(&kubeconfig, &["scan", "--live"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("nothing could be listed"), "{told}");
    assert!(told.contains("nobody-special"), "{told}");
}
