//! Exceptions and baselines.

use crate::{PRIVILEGED, SOUND, catseye, folder, scan};

fn exceptions(expires: &str) -> String {
    format!(
        "version: 1\nexceptions:\n  - checks: [privileged-container]\n    kind: Pod\n    name: ba*\n    \
         reason: needs the device\n    author: ann\n    expires: {expires}\n"
    )
}

#[test]
fn an_exception_hides_a_finding_and_the_scan_tells_why() {
    let folder = folder(&[
        ("pod.yaml", PRIVILEGED),
        ("e.yml", &exceptions("2999-01-01")),
    ]);
    let ran = scan(&folder, &["pod.yaml", "--exceptions", "e.yml"]);
    assert_eq!((ran.code, ran.findings().len()), (0, 0));
    let accepted = &ran.json()["accepted"][0];
    assert_eq!(accepted["reason"], "needs the device");
    assert_eq!(accepted["author"], "ann");
}

#[test]
fn an_expired_exception_hides_nothing_and_is_reported() {
    let folder = folder(&[
        ("pod.yaml", PRIVILEGED),
        ("e.yml", &exceptions("2020-01-01")),
    ]);
    let ran = scan(&folder, &["pod.yaml", "--exceptions", "e.yml"]);
    assert_eq!((ran.code, ran.findings().len()), (1, 1));
    assert_eq!(ran.notices(), ["warning expired-exception e.yml:3"]);
}

#[test]
fn an_exception_that_hides_nothing_is_reported() {
    let folder = folder(&[("pod.yaml", SOUND), ("e.yml", &exceptions("2999-01-01"))]);
    let ran = scan(&folder, &["pod.yaml", "--exceptions", "e.yml"]);
    assert_eq!(ran.notices(), ["warning unused-exception e.yml:3"]);
    assert_eq!(ran.code, 0);
}

#[test]
fn a_wrong_exceptions_file_names_the_line() {
    let text = "version: 1\nexceptions:\n  - checks: [POD-001]\n    reason: r\n    author: a\n    expires: soon\n";
    let folder = folder(&[("pod.yaml", SOUND), ("e.yml", text)]);
    let ran = scan(&folder, &["pod.yaml", "--exceptions", "e.yml"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("e.yml:6:5: exceptions[0].expires"),
        "{}",
        ran.stderr
    );
}

#[test]
fn an_annotation_hides_a_finding_beside_the_object() {
    let annotated = PRIVILEGED.replace(
        "  name: bad\n",
        "  name: bad\n  annotations:\n    catseye.dev/ignore: 'POD-001 by=ann: needs the device'\n",
    );
    let silent = annotated.replace(": needs the device", "");
    let folder = folder(&[("a/pod.yaml", &annotated), ("b/pod.yaml", &silent)]);
    let ran = scan(&folder, &["a"]);
    assert_eq!((ran.code, ran.findings().len()), (0, 0));
    // Without a reason it does not hold.
    let ran = scan(&folder, &["b"]);
    assert_eq!((ran.code, ran.findings().len()), (1, 1));
    assert_eq!(ran.notices(), ["warning invalid-exception b/pod.yaml:0"]);
}

#[test]
fn a_baseline_leaves_what_is_new() {
    let folder = folder(&[("a.yaml", PRIVILEGED)]);
    let ran = scan(
        &folder,
        &[".", "--baseline", "known.txt", "--write-baseline"],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ran = scan(&folder, &[".", "--baseline", "known.txt"]);
    assert_eq!((ran.code, ran.findings().len()), (0, 0));
    assert_eq!(ran.json()["summary"]["known"], 1);

    // Moving lines brings nothing back; another object does.
    let moved = format!(
        "# moved\n\n{PRIVILEGED}---\n{}",
        PRIVILEGED.replace("bad", "worse")
    );
    std::fs::write(folder.path().join("a.yaml"), moved).unwrap();
    let ran = scan(&folder, &[".", "--baseline", "known.txt"]);
    assert_eq!(ran.findings(), ["POD-001 Pod worse a.yaml"]);
}

#[test]
fn the_bundled_example_and_its_exceptions_fit_together() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let args = [
        "scan",
        "examples/shop",
        "--exceptions",
        "examples/exceptions.yaml",
        "--format",
        "json",
    ];
    let ran = catseye(root.as_ref(), &args);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert_eq!(ran.notices(), [""; 0]);
    assert!(
        ran.json()["accepted"]
            .as_array()
            .is_some_and(|accepted| !accepted.is_empty())
    );
}
