//! What every recording promises in its README.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use catseye_e2e_scenario::call::Deed;
use catseye_e2e_scenario::recording::Recording;
use catseye_e2e_scenario::repository::{objects, path_of};
use catseye_model::{Fields, Object};
use serde_json::Value;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/clusters")
        .join(name)
}

/// Each is read once: they hold tens of thousands of events.
fn recording(name: &str) -> &'static Recording {
    static SHOP: LazyLock<Recording> = LazyLock::new(|| read("shop"));
    static QUIET: LazyLock<Recording> = LazyLock::new(|| read("quiet"));
    if name == "shop" { &SHOP } else { &QUIET }
}

fn read(name: &str) -> Recording {
    Recording::read(&folder(name)).expect("the recording reads back")
}

#[test]
fn every_label_and_count_is_borne_out_by_the_audit_log() {
    for name in ["shop", "quiet"] {
        recording(name).check().expect(name);
    }
}

#[test]
fn the_readme_of_the_shop_has_the_table_of_its_scenarios() {
    let readme = fs::read_to_string(folder("shop").join("README.md")).expect("a README");
    let table = recording("shop").scenarios();
    assert!(readme.contains(&table), "put this table into it:\n{table}");
}

#[test]
fn quiet_days_have_no_labels_and_no_stranger() {
    let quiet = recording("quiet");
    assert!(quiet.labels.is_empty());
    for event in &quiet.events {
        let from = event.texts("sourceIPs").next().unwrap_or_default();
        let inside = from.starts_with("10.") || from.starts_with("127.0.0.");
        assert!(inside, "{from}: {}", event.at("requestURI"));
    }
}

#[test]
fn labels_tell_attacks_with_techniques_from_changes_by_hand() {
    for label in &recording("shop").labels {
        assert_eq!(
            label.technique.is_some(),
            label.kind == Deed::Attack,
            "{label:?}"
        );
    }
}

/// A detector that learns from the recording must not learn from the way it was made.
#[test]
fn nothing_in_the_traffic_marks_an_attack() {
    let shop = recording("shop");
    let labelled: BTreeSet<&str> = shop
        .labels
        .iter()
        .map(|label| label.audit_id.as_str())
        .collect();
    let scenarios: BTreeSet<&str> = shop
        .labels
        .iter()
        .map(|label| label.scenario.as_str())
        // A name of one word is a word of the API as well.
        .filter(|scenario| scenario.contains('-'))
        .collect();
    for event in &shop.events {
        let id = event.text("auditID").unwrap_or_default();
        if !labelled.contains(id) {
            continue;
        }
        let text = event.to_string().to_lowercase();
        let telling = ["attack", "malicious", "hostile", "handmade", "catseye"];
        for word in telling.iter().chain(&scenarios) {
            assert!(!text.contains(word), "{word}: {}", event.at("requestURI"));
        }
    }
}

#[test]
fn events_stand_in_the_order_of_their_times() {
    for name in ["shop", "quiet"] {
        let times: Vec<String> = recording(name)
            .events
            .iter()
            .map(|event| event.text("stageTimestamp").expect("a time").to_owned())
            .collect();
        assert!(times.is_sorted(), "{name}");
    }
}

#[test]
fn no_token_and_no_private_key_is_in_a_recording() {
    for name in ["shop", "quiet"] {
        let recording = recording(name);
        let all = recording
            .events
            .iter()
            .chain(recording.snapshots.values().flatten());
        for value in all {
            let text = value.to_string();
            // The head of a JSON web token, of a PEM key, and of the latter in base64.
            for head in ["eyJhbGciOi", "PRIVATE KEY", "LS0tLS1CRUdJTiBQUklWQVRF"] {
                assert!(!text.contains(head), "{name}: {head}");
            }
        }
    }
}

#[test]
fn every_object_of_every_snapshot_reads_as_an_object() {
    for name in ["shop", "quiet"] {
        for (snapshot, values) in &recording(name).snapshots {
            let mut places = BTreeSet::new();
            for value in values {
                let object = Object::new(value.clone(), None).expect("an object");
                assert_eq!(object.value(), value);
                let place = (
                    object.api_version().to_owned(),
                    object.kind_name().to_owned(),
                    object.namespace().to_owned(),
                    object.name().to_owned(),
                );
                assert!(places.insert(place.clone()), "{snapshot}: {place:?} twice");
            }
        }
    }
}

#[test]
fn what_delivery_wants_is_there_when_nobody_interfered() {
    for name in ["shop", "quiet"] {
        let recording = recording(name);
        let live: BTreeSet<String> = recording.snapshots["T1"]
            .iter()
            .filter_map(|object| path_of(object).ok())
            .collect();
        let mut wanted = Vec::new();
        manifests(&folder(name).join("desired/T1"), &mut wanted);
        assert!(wanted.len() > 150, "{}", wanted.len());
        for object in wanted {
            let path = path_of(&object).expect("a path");
            assert!(live.contains(&path), "{name}: {path}");
        }
    }
}

fn manifests(folder: &Path, found: &mut Vec<Value>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            manifests(&path, found);
        } else {
            let text = fs::read_to_string(&path).expect("a manifest");
            found.extend(objects(&text).expect("YAML"));
        }
    }
}
