//! What is read: folders, standard input, lists, kustomizations, charts.

use std::io::Write as _;
use std::process::Command;

use crate::{PRIVILEGED, SOUND, catseye_reading, folder, scan};

#[test]
fn a_folder_is_read_as_git_sees_it() {
    let folder = folder(&[
        ("a/pod.yaml", PRIVILEGED),
        (
            "a/pod.json",
            r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"json"},"spec":{"containers":[{"name":"c","securityContext":{"privileged":true}}]}}"#,
        ),
        ("build/pod.yaml", PRIVILEGED),
        (".hidden/pod.yaml", PRIVILEGED),
        ("readme.txt", PRIVILEGED),
        (".gitignore", "build/\n"),
    ]);
    let ran = scan(&folder, &["."]);
    assert_eq!(
        ran.findings(),
        ["POD-001 Pod bad a/pod.yaml", "POD-001 Pod json a/pod.json"]
    );
    assert_eq!(ran.code, 1);
}

#[test]
fn a_file_that_is_named_twice_is_read_once() {
    let folder = folder(&[("pod.yaml", PRIVILEGED)]);
    assert_eq!(
        scan(&folder, &["pod.yaml", "pod.yaml", "."])
            .findings()
            .len(),
        1
    );
}

#[test]
fn standard_input_is_read_and_lists_are_opened() {
    let folder = folder(&[]);
    let list = r#"{"apiVersion":"v1","kind":"List","items":[
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},
         "spec":{"containers":[{"name":"c","securityContext":{"privileged":true}}]}}]}"#;
    let args = ["scan", "--check", "POD-001", "--format", "json", "-"];
    let ran = catseye_reading(folder.path(), &args, list);
    assert_eq!(ran.findings(), ["POD-001 Pod a -"]);
    let position = &ran.json()["findings"][0]["places"][0];
    assert_eq!(
        (position["line"].as_u64(), position["exact"].as_bool()),
        (Some(3), Some(true))
    );
}

#[test]
fn a_finding_stands_at_the_owner() {
    let pod = |kind: &str, name: &str, owner: &str| {
        let template = "containers: [{name: c, securityContext: {privileged: true}}]";
        let owner = match owner.split_once(' ') {
            Some((kind, name)) => format!(
                "ownerReferences: [{{apiVersion: apps/v1, kind: {kind}, name: {name}, uid: u, controller: true}}]"
            ),
            None => "labels: {}".to_owned(),
        };
        let (api, spec) = match kind {
            "Pod" => ("v1", template.to_owned()),
            _ => ("apps/v1", format!("template: {{spec: {{{template}}}}}")),
        };
        format!(
            "apiVersion: {api}\nkind: {kind}\nmetadata:\n  name: {name}\n  {owner}\nspec: {{{spec}}}\n---\n"
        )
    };
    let dump = [
        pod("Pod", "cart-1-x", "ReplicaSet cart-1"),
        pod("ReplicaSet", "cart-1", "Deployment cart"),
        pod("Deployment", "cart", ""),
    ]
    .concat();
    let folder = folder(&[("dump.yaml", &dump)]);
    assert_eq!(
        scan(&folder, &["."]).findings(),
        ["POD-001 Deployment cart dump.yaml"]
    );
}

#[test]
fn other_tools_files_are_passed_over_with_a_word() {
    let folder = folder(&[
        ("compose.yaml", "services: {web: {image: a}}"),
        ("broken.yaml", "a: [1"),
        ("pod.yaml", SOUND),
    ]);
    let ran = scan(&folder, &["."]);
    assert_eq!(ran.code, 0);
    assert_eq!(ran.notices(), ["note not-an-object -:0"]);
    let message = ran.json()["notices"][0]["message"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(message.contains("broken.yaml, compose.yaml"), "{message}");
}

/// True when the program runs here; tells why a test skips, or fails it where it must not.
fn has(program: &str, probe: &[&str]) -> bool {
    let works = Command::new(program)
        .args(probe)
        .output()
        .is_ok_and(|ran| ran.status.success());
    if !works {
        let required = std::env::var_os("CATSEYE_REQUIRE_RENDERERS").is_some();
        assert!(
            !required,
            "{program} does not run, and CATSEYE_REQUIRE_RENDERERS is set"
        );
        // Past the test harness, which keeps the words of tests that pass to itself.
        let _ = writeln!(std::io::stderr(), "skipped: {program} is not on PATH");
    }
    works
}

const KUSTOMIZED: [(&str, &str); 4] = [
    ("base/kustomization.yaml", "resources: [pod.yaml]\n"),
    ("base/pod.yaml", PRIVILEGED),
    (
        "prod/kustomization.yaml",
        "resources: [../base]\npatches: [{path: patch.yaml}]\n",
    ),
    (
        "prod/patch.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: bad}\nspec:\n  containers:\n    - name: app\n      securityContext: {privileged: false}\n",
    ),
];

#[test]
fn a_base_is_judged_as_its_overlay_makes_it() {
    if !has("kubectl", &["kustomize", "--help"]) {
        return;
    }
    let folder = folder(&KUSTOMIZED);
    let ran = scan(&folder, &["."]);
    assert_eq!(ran.findings(), [""; 0], "{}", ran.stdout);
    assert_eq!(ran.json()["summary"]["objects"], 1);
    assert_eq!(ran.code, 0);
}

#[test]
fn a_kustomization_of_the_current_folder_is_rendered() {
    if !has("kubectl", &["kustomize", "--help"]) {
        return;
    }
    let folder = folder(&[
        (
            "kustomization.yaml",
            "namePrefix: x-\nresources: [pod.yaml]\n",
        ),
        ("pod.yaml", PRIVILEGED),
    ]);
    let ran = scan(&folder, &["."]);
    assert_eq!(
        ran.findings(),
        ["POD-001 Pod x-bad ./kustomization.yaml (rendered)"]
    );
}

#[test]
fn without_rendering_patches_are_left_out_and_the_scan_says_so() {
    let folder = folder(&KUSTOMIZED);
    let ran = scan(&folder, &[".", "--no-render"]);
    assert_eq!(ran.findings(), ["POD-001 Pod bad base/pod.yaml"]);
    assert_eq!(ran.notices(), ["warning not-rendered prod:0"]);
    assert_eq!(ran.json()["summary"]["objects"], 1);
}

#[test]
fn a_remote_base_is_not_fetched() {
    let folder = folder(&[
        (
            "kustomization.yaml",
            "resources: [pod.yaml, 'https://example.com/base?ref=v1']\n",
        ),
        ("pod.yaml", PRIVILEGED),
    ]);
    let ran = scan(&folder, &["."]);
    assert_eq!(ran.findings(), ["POD-001 Pod bad pod.yaml"]);
    assert_eq!(ran.notices(), ["warning not-rendered .:0"]);
}

const CHART: [(&str, &str); 5] = [
    (
        "chart/Chart.yaml",
        "apiVersion: v2\nname: shop\nversion: 0.1.0\n",
    ),
    ("chart/values.yaml", "privileged: true\n"),
    ("safe.yaml", "privileged: false\n"),
    (
        "chart/templates/pod.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .Release.Name }}}\nspec:\n  containers:\n    - name: c\n      securityContext: {privileged: {{ .Values.privileged }}}\n",
    ),
    (
        "chart/crds/crd.yaml",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a.b}\n",
    ),
];

#[test]
fn a_chart_is_rendered_with_the_values_given() {
    if !has("helm", &["version"]) {
        return;
    }
    let folder = folder(&CHART);
    let ran = scan(&folder, &["."]);
    assert_eq!(
        ran.findings(),
        ["POD-001 Pod chart chart/Chart.yaml (rendered)"]
    );
    let ran = scan(&folder, &["chart", "--helm-values", "safe.yaml"]);
    assert_eq!(ran.findings(), [""; 0]);
}

#[test]
fn a_chart_that_is_not_rendered_is_named_and_its_definitions_are_read() {
    let folder = folder(&CHART);
    let ran = scan(&folder, &["chart", "--no-render"]);
    assert_eq!(ran.notices(), ["warning not-rendered chart:0"]);
    assert_eq!(ran.json()["summary"]["objects"], 1);
    assert_eq!(ran.code, 0);
}
