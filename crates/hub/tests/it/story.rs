//! The recorded shop: what the list says, held to the labels of what was played.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use catseye_hub::replay::{Recording, Speed, play};
use catseye_hub::{Clock, Durability, Filter, Hub, HubConfig, Incident};
use catseye_model::{Completeness, RedactionKey};
use serde::Deserialize;

/// A labelled call.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Label {
    #[serde(rename = "auditID")]
    audit_id: String,
    kind: String,
    scenario: String,
    variant: String,
    actor: String,
    call: String,
}

fn labels() -> Vec<Label> {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/clusters/shop/labels.jsonl");
    std::fs::read_to_string(file)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

pub(crate) fn config() -> HubConfig {
    HubConfig {
        cluster: "shop".to_owned(),
        completeness: Completeness::Cluster,
        incidents_a_day: 0,
        redaction_key: RedactionKey::new([7; 32]),
        durability: Durability::Gathered,
    }
}

fn played() -> Hub {
    let recording = Recording::shop().unwrap();
    let clock = Clock::told(recording.start().unwrap());
    let hub = Hub::open(config(), clock.clone()).unwrap();
    play(&hub, &clock, &recording, Speed::Max, None, &mut |_| {
        hub.settle()
    })
    .unwrap();
    hub.settle();
    hub
}

#[test]
fn the_list_of_the_shop() {
    let started = std::time::Instant::now();
    let hub = played();
    let took = started.elapsed();
    let page = hub.inbox().list(&Filter {
        limit: 500,
        ..Filter::default()
    });
    let labels = labels();
    let by_event: BTreeMap<&str, &Label> = labels
        .iter()
        .map(|label| (label.audit_id.as_str(), label))
        .collect();
    let mut found: BTreeSet<(String, String, String)> = BTreeSet::new();
    for (place, incident) in page.incidents.iter().enumerate() {
        let told: BTreeSet<String> = events(incident)
            .iter()
            .filter_map(|id| by_event.get(id.as_str()))
            .map(|label| {
                found.insert(scenario(label));
                format!("{}/{}", label.scenario, label.variant)
            })
            .collect();
        println!(
            "{:>3} {:>6.1} {:<8} {} {} | {}\n      why: {}\n      {:?} {:?} labels {told:?}",
            place + 1,
            incident.rank.points,
            incident.severity.as_str(),
            incident.id,
            incident.first.strftime("%d %H:%M"),
            incident.title,
            incident.why_now,
            incident.sources,
            incident.fix.as_ref().map(|fix| format!(
                "{} {:?} {}→{}",
                fix.object, fix.changes, fix.ways_before, fix.ways_after
            )),
        );
    }
    let all: BTreeSet<_> = labels.iter().map(scenario).collect();
    println!(
        "{} incidents, {:?}, stats {:?}",
        page.total,
        took,
        hub.stats()
    );
    for missing in all.difference(&found) {
        println!("missing: {missing:?}");
    }
}

fn scenario(label: &Label) -> (String, String, String) {
    (
        label.kind.clone(),
        label.scenario.clone(),
        label.variant.clone(),
    )
}

fn events(incident: &Incident) -> Vec<String> {
    incident
        .timeline
        .iter()
        .flat_map(|moment| moment.events.clone())
        .collect()
}
