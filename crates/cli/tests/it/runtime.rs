//! `catseye runtime` and `catseye network` on the bundled recordings.

use std::path::{Path, PathBuf};

use super::{Ran, catseye};

/// The folder with the examples.
fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

fn run(args: &[&str]) -> Ran {
    catseye(&examples(), args)
}

#[test]
fn one_attack_is_one_incident_with_its_processes_connections_and_names() {
    let run = run(&["runtime", "runtime/attack.jsonl"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert_eq!(run.stdout.matches("INC-").count(), 1, "{}", run.stdout);
    for part in [
        "shop/Deployment/cart",
        "Processes:",
        "/tmp/.k -c /tmp/.k.json (not of the image)",
        "Connections:",
        "198.51.100.41:3333",
        "Names asked for:",
        "pool.supportxmr.com",
        "RUN-041",
    ] {
        assert!(
            run.stdout.contains(part),
            "{part} is not in\n{}",
            run.stdout
        );
    }
}

#[test]
fn an_ordinary_quarter_of_an_hour_is_no_incident() {
    let run = run(&["runtime", "runtime/ordinary.jsonl"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
}

#[test]
fn a_listed_address_is_told_with_the_list_and_its_age() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("feodo.csv");
    std::fs::write(&list, "# Last updated: 2026-11-20 00:00:00 UTC\n\"dst_ip\",\"dst_port\"\n\"203.0.113.66\",\"80\"\n").unwrap();
    let run = run(&[
        "runtime",
        "runtime/attack.jsonl",
        "--intel",
        list.to_str().unwrap(),
        "--format",
        "json",
    ]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(
        run.stdout.contains("is on the list feodo.csv (4 days old)"),
        "{}",
        run.stdout
    );
    assert!(
        run.stderr.contains("feodo.csv: 1 addresses"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_is_learned_is_normal_and_what_is_new_is_told_with_a_receipt() {
    let folder = tempfile::tempdir().unwrap();
    let (profile, log) = (
        folder.path().join("normal.json"),
        folder.path().join("log.jsonl"),
    );
    let line = |program: &str| {
        format!(
            "{{\"catseye\":1,\"time\":\"2026-01-05T10:00:00Z\",\"subject\":{{\"kind\":\"container\",\"namespace\":\"shop\",\"pod\":\"web-0\"}},\"process\":{{\"pid\":7,\"executable\":\"{program}\"}},\"what\":{{\"exec\":{{}}}}}}\n"
        )
    };
    std::fs::write(&log, line("/app/server").repeat(200)).unwrap();
    let (profile, log) = (profile.to_str().unwrap(), log.to_str().unwrap());
    let learned = run(&["runtime", log, "--write-profile", profile]);
    assert_eq!(learned.code, 0, "{}", learned.stderr);
    assert!(
        learned.stderr.contains("1 have enough evidence"),
        "{}",
        learned.stderr
    );
    assert_eq!(run(&["runtime", log, "--profile", profile]).code, 0);
    std::fs::write(log, line("/app/other")).unwrap();
    let told = run(&["runtime", log, "--profile", profile]);
    assert_eq!(told.code, 1, "{}", told.stdout);
    assert!(
        told.stdout.contains("never seen among 200 observations"),
        "{}",
        told.stdout
    );
}

#[test]
fn what_is_no_recording_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.jsonl");
    std::fs::write(&file, "{\"hello\":1}\n").unwrap();
    let run = run(&["runtime", file.to_str().unwrap()]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("no runtime events"), "{}", run.stderr);
}

#[test]
fn generated_policies_come_with_the_proof_that_nothing_breaks() {
    let run = run(&[
        "network",
        "generate",
        "runtime/ordinary.jsonl",
        "--inventory",
        "shop",
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("kind: NetworkPolicy"), "{}", run.stdout);
    assert!(run.stderr.contains("0 of "), "{}", run.stderr);
}

#[test]
fn the_map_says_what_policies_say_of_each_edge() {
    let run = run(&[
        "network",
        "map",
        "runtime/ordinary.jsonl",
        "--inventory",
        "shop",
        "--unused",
    ]);
    assert!(
        run.stdout
            .contains("shop/web[Deployment] => shop/cart[Deployment] : TCP 8080"),
        "{}{}",
        run.stdout,
        run.stderr
    );
    assert!(
        run.stdout.contains("api.payments.example"),
        "{}",
        run.stdout
    );
}
