//! `catseye config` and `catseye events`.

use crate::{catseye, folder};

#[test]
fn a_configuration_is_checked_as_every_command_reads_it() {
    let folder = folder(&[
        (
            "good.toml",
            "[hub]\ncluster = \"shop\"\n[images]\nallowed = [\"ghcr.io\"]\n[audit]\ndeployers = []\n\
             [[alert]]\nname = \"soc\"\nwebhook = { url = { is = \"https://soc.example/secret-path\" } }\n",
        ),
        ("hub.toml", "[hub]\nclustre = \"shop\"\n"),
        ("checks.toml", "[images]\nalowed = []\n"),
        ("alert.toml", "[hub]\n\n[[alert]]\nname = \"soc\"\n"),
    ]);
    let good = catseye(folder.path(), &["config", "check", "good.toml"]);
    assert_eq!(good.code, 0, "{}", good.stderr);
    let printed = catseye(folder.path(), &["config", "print", "good.toml"]);
    assert!(
        printed.stdout.contains("incidents-a-day = 20"),
        "{}",
        printed.stdout
    );
    assert!(printed.stdout.contains("https://soc.example"));
    assert!(
        !printed.stdout.contains("secret-path"),
        "{}",
        printed.stdout
    );
    for (file, says) in [
        (
            "hub.toml",
            "hub.toml:2:1: no key is called \"clustre\": write `cluster`",
        ),
        ("checks.toml", "alowed"),
        ("alert.toml", "alert.toml:4:"),
    ] {
        let ran = catseye(folder.path(), &["config", "check", file]);
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains(says), "{file}: {}", ran.stderr);
    }
    let schema = catseye(folder.path(), &["config", "schema"]).json();
    assert_eq!(schema["title"], "catseye.toml");
}

#[test]
fn events_of_no_store_are_refused() {
    let folder = folder(&[]);
    let ran = catseye(folder.path(), &["events", "--store", "nowhere"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("nowhere is no folder"),
        "{}",
        ran.stderr
    );
}
