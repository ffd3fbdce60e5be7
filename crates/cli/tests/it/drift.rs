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

#[test]
fn a_cluster_is_like_itself_and_another_is_told_field_by_field() {
    let folder = TempDir::new().unwrap();
    let dump = example().join("live.json").display().to_string();
    let same = catseye(
        folder.path(),
        &["drift", "--dump", &dump, "--parity", &dump],
    );
    assert_eq!(same.code, 0, "{}{}", same.stdout, same.stderr);
    assert!(
        same.stdout.contains(" objects alike, 0 not"),
        "{}",
        same.stdout
    );
    let text = std::fs::read_to_string(&dump).unwrap();
    let other = folder.path().join("other.json");
    std::fs::write(&other, text.replace("web:hotfix", "web:1.5.0")).unwrap();
    let other = other.display().to_string();
    let ran = catseye(
        folder.path(),
        &["drift", "--dump", &dump, "--parity", &other],
    );
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stdout.contains("Deployment corner-shop/web\n") && ran.stdout.contains("web:hotfix"),
        "{}",
        ran.stdout
    );
    let wrong = catseye(
        folder.path(),
        &["drift", "--dump", &dump, "--parity", "namespaces:one"],
    );
    assert_eq!(wrong.code, 2);
    assert!(
        wrong.stderr.contains("write namespaces:ONE=OTHER"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn drift_as_it_was_comes_from_the_store_of_a_hub() {
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("state").display().to_string();
    let text = std::fs::read_to_string(example().join("live.json")).unwrap();
    let live: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut web = live["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["kind"] == "Deployment")
        .unwrap()
        .clone();
    let at = |text: &str| -> jiff::Timestamp { text.parse().unwrap() };
    let version = |body: &serde_json::Value, time: &str| catseye_store::ObjectChange {
        key: catseye_store::ObjectKey {
            group: "apps".to_owned(),
            kind: "Deployment".to_owned(),
            namespace: "corner-shop".to_owned(),
            name: "web".to_owned(),
        },
        uid: String::new(),
        resource_version: time.to_owned(),
        at: at(time),
        body: Some(body.clone()),
        depth: catseye_store::Depth::Intent,
    };
    let first = version(&web, "2026-11-20T00:00:00Z");
    web["spec"]["template"]["spec"]["containers"][0]["image"] =
        "elsewhere.example/web:later".into();
    let second = version(&web, "2026-11-22T00:00:00Z");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = catseye_store::Store::open(&place, catseye_store::Options::default())
            .await
            .unwrap();
        for object in [first, second] {
            let batch = catseye_store::Batch {
                objects: vec![object],
                ..catseye_store::Batch::default()
            };
            store.apply(batch).await.unwrap();
        }
    });
    let desired = example().join("desired").display().to_string();
    let told = |time: &str| {
        catseye(
            folder.path(),
            &["drift", &desired, "--at", time, "--store", &place],
        )
    };
    let then = told("2026-11-21T00:00:00Z");
    assert!(
        then.stdout.contains("web:hotfix"),
        "{}{}",
        then.stdout,
        then.stderr
    );
    let later = told("2026-11-23T00:00:00Z");
    assert!(
        later.stdout.contains("elsewhere.example/web:later"),
        "{}",
        later.stdout
    );
    let before = told("2026-11-01T00:00:00Z");
    assert_eq!(before.code, 2);
    assert!(
        before.stderr.contains("remembers no object"),
        "{}",
        before.stderr
    );
}
