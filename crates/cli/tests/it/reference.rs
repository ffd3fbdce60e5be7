//! `explain`, `checks`, `frameworks`, `completions`.

use crate::{catseye, folder};

#[test]
fn a_detection_is_explained_with_what_it_looks_at() {
    let folder = folder(&[]);
    let by_id = catseye(folder.path(), &["explain", "aud-035", "--examples"]);
    let by_name = catseye(
        folder.path(),
        &["explain", "all-secrets-listed", "--examples"],
    );
    assert_eq!(by_id.stdout, by_name.stdout);
    let text = by_id.stdout;
    for expected in [
        "AUD-035",
        "All secrets of the cluster listed",
        "list  secrets",
        "Benign:",
        "Respond:",
        "Keeps quiet",
    ] {
        assert!(
            text.contains(expected),
            "{expected:?} is missing in:\n{text}"
        );
    }
}

#[test]
fn a_check_is_explained_by_id_and_by_name() {
    let folder = folder(&[]);
    let by_id = catseye(folder.path(), &["explain", "pod-001", "--examples"]);
    let by_name = catseye(
        folder.path(),
        &["explain", "privileged-container", "--examples"],
    );
    assert_eq!(by_id.code, 0);
    assert_eq!(by_id.stdout, by_name.stdout);
    for expected in [
        "A container runs privileged",
        "Fix:",
        "pss-baseline",
        "Fails",
        "Passes",
    ] {
        assert!(
            by_id.stdout.contains(expected),
            "{expected} in\n{}",
            by_id.stdout
        );
    }
}

#[test]
fn the_catalogue_can_be_filtered() {
    let folder = folder(&[]);
    let listed = |args: &[&str]| {
        let ran = catseye(
            folder.path(),
            &[&["checks", "--format", "json"], args].concat(),
        );
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.json().as_array().map_or(0, Vec::len)
    };
    let all = listed(&[]);
    assert!(listed(&["--area", "workload"]) < all);
    assert!(listed(&["--framework", "pss-restricted"]) < all);
    assert!(listed(&["--min-severity", "critical"]) < all);
    assert_eq!(listed(&["privileged-container"]), 1);
}

#[test]
fn frameworks_are_listed_with_their_coverage() {
    let folder = folder(&[]);
    let all = catseye(folder.path(), &["frameworks"]).stdout;
    for id in ["pss-baseline", "pss-restricted", "cis-1.10", "cis-1.12"] {
        assert!(all.contains(id), "{id} in\n{all}");
    }
    let one = catseye(folder.path(), &["frameworks", "pss-baseline"]).stdout;
    assert!(one.contains("POD-001"), "{one}");
}

#[test]
fn completions_are_written_for_every_shell() {
    let folder = folder(&[]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = catseye(folder.path(), &["completions", shell]);
        assert!(ran.code == 0 && ran.stdout.contains("catseye"), "{shell}");
    }
}
