//! `catseye drift` and `catseye baseline` on the bundled example.

use std::path::Path;

use tempfile::TempDir;

use crate::catseye;

fn example() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/drift")
}

fn arguments<'a>(desired: &'a str, dump: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["drift", desired, "--dump", dump];
    arguments.extend(more);
    arguments
}

#[test]
fn the_example_tells_who_opened_the_corner_shop() {
    let folder = TempDir::new().unwrap();
    let desired = example().join("desired").display().to_string();
    let dump = example().join("live.json").display().to_string();
    let audit = example().join("audit.jsonl").display().to_string();
    let ran = catseye(
        folder.path(),
        &arguments(&desired, &dump, &["--audit", &audit]),
    );
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    for words in [
        "Deployment corner-shop/web  critical",
        "registry.example.com/corner/web:1.4.0 -> registry.example.com/corner/web:hotfix",
        "by jane with kubectl-edit",
        "means     POD-001 critical: runs privileged",
        "by eve as bob with kubectl",
        "4 objects desired: 1 as desired, 2 differ, 1 missing; 1 live objects that nobody desires",
    ] {
        assert!(ran.stdout.contains(words), "{words}\n{}", ran.stdout);
    }
    let weak = catseye(folder.path(), &arguments(&desired, &dump, &[]));
    assert!(
        weak.stdout.contains("a client named kubectl-edit"),
        "{}",
        weak.stdout
    );
    assert!(!weak.stdout.contains("jane"), "{}", weak.stdout);
}

#[test]
fn a_ledger_answers_after_the_log_is_gone() {
    let folder = TempDir::new().unwrap();
    let desired = example().join("desired").display().to_string();
    let dump = example().join("live.json").display().to_string();
    let audit = example().join("audit.jsonl").display().to_string();
    let ledger = folder.path().join("ledger.json").display().to_string();
    let first = catseye(
        folder.path(),
        &arguments(&desired, &dump, &["--audit", &audit, "--ledger", &ledger]),
    );
    let later = catseye(
        folder.path(),
        &arguments(&desired, &dump, &["--ledger", &ledger]),
    );
    assert!(
        later.stdout.contains("by jane with kubectl-edit"),
        "{}",
        later.stdout
    );
    assert_eq!(first.stdout, later.stdout);
}

#[test]
fn the_plan_names_only_what_drifted_and_a_dump_is_not_restored() {
    let folder = TempDir::new().unwrap();
    let desired = example().join("desired").display().to_string();
    let dump = example().join("live.json").display().to_string();
    let ran = catseye(
        folder.path(),
        &arguments(&desired, &dump, &["--restore", "plan"]),
    );
    assert!(
        ran.stdout.contains("patch   Deployment corner-shop/web"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains("create  NetworkPolicy corner-shop/default-deny"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("3 actions, 0 refused, 1 left"),
        "{}",
        ran.stdout
    );
    let ran = catseye(
        folder.path(),
        &arguments(&desired, &dump, &["--restore", "apply"]),
    );
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("a dump cannot be restored"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_blueprint_tells_what_nobody_approved() {
    let folder = TempDir::new().unwrap();
    let desired = example().join("desired").display().to_string();
    let dump = example().join("live.json").display().to_string();
    let file = folder.path().join("blueprint.json").display().to_string();
    let wrote = catseye(
        folder.path(),
        &[
            "baseline",
            "write",
            &desired,
            "-o",
            &file,
            "--approved-by",
            "jane",
        ],
    );
    assert_eq!(wrote.code, 0, "{}", wrote.stderr);
    let same = catseye(folder.path(), &["baseline", "check", &file, &desired]);
    assert_eq!(
        (same.code, same.stdout.as_str()),
        (0, "everything is as approved\n")
    );
    let ran = catseye(folder.path(), &["baseline", "check", &file, &dump]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout.contains("unexpected Pod corner-shop/debug"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains("missing    NetworkPolicy corner-shop/default-deny"),
        "{}",
        ran.stdout
    );
}
