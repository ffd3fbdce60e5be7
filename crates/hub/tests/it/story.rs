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
        settings: catseye_detect::Settings::default(),
    }
}

fn played() -> Hub {
    let recording = Recording::shop().unwrap();
    let clock = Clock::told(recording.start().unwrap());
    let hub = Hub::open(config(), clock.clone()).unwrap();
    play(&hub, &clock, &recording, Speed::Max, None, &mut |_| {}).unwrap();
    hub.settle();
    hub
}

/// The scenarios whose calls are evidence of an incident, from the first incident of the list on.
fn scenarios(incidents: &[std::sync::Arc<Incident>], labels: &[Label]) -> BTreeSet<String> {
    let by_event: BTreeMap<&str, &Label> = labels
        .iter()
        .map(|label| (label.audit_id.as_str(), label))
        .collect();
    let told = incidents.iter().flat_map(|it| events(it));
    told.filter_map(|id| by_event.get(id.as_str()).map(|label| label.name()))
        .collect()
}

#[test]
fn the_list_of_the_shop_holds_what_was_planted_on_top() {
    let hub = played();
    let page = hub.inbox().list(&Filter {
        limit: 500,
        ..Filter::default()
    });
    let labels = labels();
    if std::env::var_os("CATSEYE_PRINT_STORY").is_some() {
        print(&page.incidents, &labels);
    }
    let all: BTreeSet<String> = labels.iter().map(Label::name).collect();
    let found = scenarios(&page.incidents, &labels);
    let missing: Vec<&String> = all.difference(&found).collect();
    // Whoever uses only what is theirs, slowly or once, from where they always are, shows in no single call.
    assert_eq!(
        missing,
        [
            "attack impersonation living-off-the-land",
            "attack miner slow"
        ]
    );
    let top = &page.incidents[..18];
    let planted = top
        .iter()
        .filter(|incident| !scenarios(std::slice::from_ref(*incident), &labels).is_empty())
        .count();
    assert_eq!(planted, 18, "the first page is all planted");
    for incident in top {
        let actor = incident
            .actor
            .as_ref()
            .map_or("", |actor| actor.name.as_str());
        let who = actor.rsplit(':').next().unwrap_or_default();
        assert!(incident.title.contains(who), "{}", incident.title);
        assert!(!incident.why_now.is_empty() && !incident.advice.is_empty());
    }
}

fn print(incidents: &[std::sync::Arc<Incident>], labels: &[Label]) {
    for (place, incident) in incidents.iter().enumerate() {
        println!(
            "{:>3} {:>6.1} {:<8} {} | {}\n      why: {}\n      {:?} {:?}",
            place + 1,
            incident.rank.points,
            incident.severity.as_str(),
            incident.first.strftime("%d %H:%M"),
            incident.title,
            incident.why_now,
            incident.sources,
            scenarios(std::slice::from_ref(incident), labels),
        );
    }
}

impl Label {
    fn name(&self) -> String {
        format!("{} {} {}", self.kind, self.scenario, self.variant)
    }
}

fn events(incident: &Incident) -> Vec<String> {
    incident
        .timeline
        .iter()
        .flat_map(|moment| moment.events.clone())
        .collect()
}
