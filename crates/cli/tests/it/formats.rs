//! Every format, from the outside.

use std::fs;

use crate::{PRIVILEGED, SOUND, catseye, folder, scan};

#[test]
fn the_table_names_the_object_the_line_and_the_fix_without_colour_in_a_pipe() {
    let folder = folder(&[("pod.yaml", PRIVILEGED)]);
    let ran = catseye(folder.path(), &["scan", "--check", "POD-001", "."]);
    assert!(!ran.stdout.contains('\u{1b}'));
    for expected in [
        "Pod bad  pod.yaml",
        "critical POD-001",
        "10:9",
        "What to do",
        "1 finding: 1 critical",
    ] {
        assert!(
            ran.stdout.contains(expected),
            "{expected} in\n{}",
            ran.stdout
        );
    }
    let args = ["--color", "always", "scan", "--check", "POD-001", "."];
    assert!(catseye(folder.path(), &args).stdout.contains('\u{1b}'));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let folder = folder(&[
        ("a.yaml", PRIVILEGED),
        ("b.yaml", SOUND),
        ("c/d.yaml", PRIVILEGED),
    ]);
    for format in ["table", "json", "sarif", "junit", "markdown", "html"] {
        let args = |jobs: &'static str| ["scan", ".", "--format", format, "--jobs", jobs];
        let first = catseye(folder.path(), &args("1"));
        let second = catseye(folder.path(), &args("4"));
        assert!(!first.stdout.is_empty(), "{format}: {}", first.stderr);
        assert_eq!(first.stdout, second.stdout, "{format}");
    }
}

#[test]
fn a_file_is_written_and_errors_still_show() {
    let folder = folder(&[("pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: [\n")]);
    let ran = scan(&folder, &["pod.yaml", "-o", "out.txt"]);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("pod.yaml:"), "{}", ran.stderr);
    assert!(
        fs::read_to_string(folder.path().join("out.txt"))
            .unwrap()
            .contains("\"version\": 1")
    );
}

#[test]
fn a_framework_brings_its_table() {
    let folder = folder(&[("pod.yaml", PRIVILEGED)]);
    let args = [
        "scan",
        ".",
        "--framework",
        "pss-baseline",
        "--format",
        "json",
    ];
    let json = catseye(folder.path(), &args).json();
    let framework = &json["frameworks"][0];
    assert_eq!(framework["id"], "pss-baseline");
    let statuses: Vec<&str> = framework["controls"]
        .as_array()
        .expect("controls")
        .iter()
        .filter_map(|control| control["status"].as_str())
        .collect();
    assert!(
        statuses.contains(&"fail") && statuses.contains(&"pass"),
        "{statuses:?}"
    );
}

#[test]
fn a_scan_by_the_standard_says_what_admission_of_that_version_would() {
    // Restricted demands a seccomp profile since 1.19 and dropped capabilities since 1.22.
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  securityContext: {runAsNonRoot: true}\n  containers: [{name: c, image: c:1, securityContext: {allowPrivilegeEscalation: false}}]\n";
    let folder = folder(&[("pod.yaml", pod)]);
    for (version, code) in [("1.18", 0), ("1.19", 1), ("1.22", 1), ("latest", 1)] {
        let args = [
            "scan",
            ".",
            "--framework",
            "pss-restricted",
            "--kubernetes-version",
            version,
        ];
        assert_eq!(catseye(folder.path(), &args).code, code, "{version}");
    }
}

#[test]
fn passed_checks_are_listed_when_asked_for() {
    let folder = folder(&[("pod.yaml", SOUND)]);
    let json = scan(&folder, &[".", "--show-passed"]).json();
    assert_eq!(json["passed"][0]["checks"][0], "POD-001");
    assert!(scan(&folder, &["."]).json().get("passed").is_none());
}
