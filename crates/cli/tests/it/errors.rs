//! Bad input: named with file and line, the rest still scanned, and the exit code says so.

use std::fs;

use crate::{PRIVILEGED, SOUND, catseye, folder, scan};

#[test]
fn one_broken_document_hides_nothing() {
    let broken = format!("{PRIVILEGED}---\napiVersion: v1\nkind: Pod\nmetadata: [\n---\n{SOUND}");
    let folder = folder(&[("pods.yaml", &broken), ("more.yaml", PRIVILEGED)]);
    let ran = scan(&folder, &["."]);
    assert_eq!(ran.code, 2);
    assert_eq!(
        ran.findings(),
        ["POD-001 Pod bad more.yaml", "POD-001 Pod bad pods.yaml"]
    );
    let notices = ran.notices();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(
        notices[0].starts_with("error syntax pods.yaml:"),
        "{notices:?}"
    );
    assert_eq!(ran.json()["summary"]["objects"], 3);
}

#[test]
fn a_document_without_a_kind_is_an_error_where_the_file_was_named() {
    let folder = folder(&[("pod.yaml", "a: 1\n---\napiVersion: v1\nkind: 7\n")]);
    let ran = scan(&folder, &["pod.yaml"]);
    assert_eq!(ran.code, 2);
    assert_eq!(
        ran.notices(),
        [
            "error not-an-object pod.yaml:1",
            "error not-an-object pod.yaml:4"
        ]
    );
}

#[test]
fn text_that_is_no_utf8_is_an_error() {
    let folder = folder(&[("good.yaml", SOUND)]);
    fs::write(
        folder.path().join("latin.yaml"),
        b"apiVersion: v1\nkind: Pod # caf\xe9\n",
    )
    .unwrap();
    let ran = scan(&folder, &["."]);
    assert_eq!(ran.notices(), ["error unreadable latin.yaml:0"]);
    assert_eq!(ran.code, 2);
}

#[test]
fn a_kind_under_a_wrong_group_is_not_judged_in_silence() {
    let folder = folder(&[(
        "d.yaml",
        "apiVersion: v1\nkind: Deployment\nmetadata: {name: a}\n",
    )]);
    assert_eq!(
        scan(&folder, &["."]).notices(),
        ["warning suspicious d.yaml:1"]
    );
}

#[test]
fn what_cannot_be_run_says_what_to_write() {
    let folder = folder(&[("pod.yaml", SOUND), ("bad.toml", "[images]\nallow = []\n")]);
    for (args, expected) in [
        (vec!["scan", "nowhere"], "failed to read nowhere"),
        (
            vec!["scan", ".", "--check", "POD-999"],
            "`catseye checks` lists them",
        ),
        (vec!["scan", ".", "--framework", "iso"], "write one of"),
        (
            vec!["scan", ".", "--kubernetes-version", "new"],
            "write 1.31",
        ),
        (
            vec!["scan", ".", "--min-severity", "bad"],
            "write critical, high",
        ),
        (
            vec!["scan", ".", "--config", "bad.toml"],
            "unknown field `allow`",
        ),
        (vec!["scan", ".", "--exceptions", "pod.yaml"], "version: 1"),
        (
            vec!["scan", ".", "--baseline", "pod.yaml"],
            "not a baseline",
        ),
        (
            vec!["scan", ".", "--write-baseline"],
            "--baseline FILE --write-baseline",
        ),
        (
            vec!["explain", "nothing-like-it"],
            "`catseye checks` lists them",
        ),
        (vec!["explain", "privileged"], "privileged-container"),
    ] {
        let ran = catseye(folder.path(), &args);
        assert_eq!(ran.code, 2, "{args:?} {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn the_threshold_decides_the_exit_code() {
    let folder = folder(&[("pod.yaml", PRIVILEGED)]);
    assert_eq!(scan(&folder, &["."]).code, 1);
    assert_eq!(scan(&folder, &[".", "--fail-on", "critical"]).code, 1);
    assert_eq!(scan(&folder, &[".", "--fail-on", "never"]).code, 0);
}

#[test]
fn hostile_yaml_ends_in_an_error() {
    let bomb = (1..30).fold("a0: &a0 [x, x]\n".to_owned(), |text, level| {
        let below = level - 1;
        format!("{text}a{level}: &a{level} [*a{below}, *a{below}]\n")
    });
    let deep = "[".repeat(100_000);
    let folder = folder(&[("bomb.yaml", &bomb), ("deep.yaml", &deep)]);
    let ran = scan(&folder, &["bomb.yaml", "deep.yaml"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.notices()
            .iter()
            .all(|notice| notice.starts_with("error syntax"))
    );
}
