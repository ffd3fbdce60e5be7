//! Every rule's event fixtures, judged by the rule; and the registry, held to its own rules.
//!
//! A fixture is one event, or several as YAML documents, of which only what matters is written; the
//! rest is filled in by [`event`]. `repeat: N` stands for N events, with `{n}` counting. A document
//! `given:` sets the Inventory and the configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use catseye_event::intake::Intake;
use catseye_model::{Completeness, Fields as _, Inventory, Object, RedactionKey, yaml};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{AREAS, Config, Rule, Rules, all};
use crate::about;
use crate::detection::Detection;

/// The events of a fixture, as a log, and what is given beside it.
pub(crate) struct Fixture {
    pub(crate) log: String,
    pub(crate) inventory: Option<Inventory>,
    pub(crate) config: Config,
}

impl Fixture {
    pub(crate) fn read(text: &str) -> Self {
        let mut fixture = Fixture {
            log: String::new(),
            inventory: None,
            config: Config::default(),
        };
        let mut count = 0;
        let mut second = 0;
        for document in yaml::documents(text) {
            let value: Value = document
                .content
                .unwrap_or_else(|err| panic!("{err}\n{text}"))
                .into();
            if value.has("given") {
                fixture.give(value.at("given"));
                continue;
            }
            let repeat = value.integer("repeat").unwrap_or(1);
            for n in 0..repeat {
                let numbered = value.to_string().replace("{n}", &n.to_string());
                let mut value: Value = serde_json::from_str(&numbered).expect("still JSON");
                second = value.integer("second").unwrap_or(second + 1);
                event(&mut value, count, second);
                count += 1;
                fixture.log.push_str(&value.to_string());
                fixture.log.push('\n');
            }
        }
        assert!(count > 0, "a fixture without events:\n{text}");
        fixture
    }

    fn give(&mut self, given: &Value) {
        let list = |field: &str| -> Vec<String> { given.texts(field).map(str::to_owned).collect() };
        let objects: Vec<Object> = given
            .list("inventory")
            .iter()
            .map(|value| Object::new(value.clone(), None).expect("an object"))
            .collect();
        if !objects.is_empty() {
            self.inventory = Some(Inventory::new(objects, Completeness::Cluster));
        }
        let texts = |field: &str| -> Vec<&str> { given.texts(field).collect() };
        self.config = Config {
            deployers: list("deployers"),
            break_glass: list("break_glass"),
            expected_nodes: list("expected_nodes"),
            ..Config::default()
        }
        .with_addresses(&texts("malicious"), &texts("anonymisers"), &texts("nodes"))
        .expect("prefixes");
    }

    /// What these rules say of the events, all of which they can judge.
    pub(crate) fn judged(&self, rules: impl IntoIterator<Item = &'static Rule>) -> Vec<Detection> {
        let (detections, rules) = self.run(rules);
        let gaps: Vec<_> = rules.coverage().gaps().map(|(rule, _)| rule.id).collect();
        assert!(gaps.is_empty(), "not evaluable for {gaps:?}: {}", self.log);
        detections
    }

    /// What all rules say of the events.
    pub(crate) fn judged_by_all(&self) -> Vec<Detection> {
        self.run(all()).0
    }

    fn run(&self, rules: impl IntoIterator<Item = &'static Rule>) -> (Vec<Detection>, Rules) {
        let mut rules = Rules::of(rules, self.config.clone());
        let mut detections = Vec::new();
        let mut intake = Intake::new(RedactionKey::new([0; 32]));
        let mut sink = |event: &catseye_event::Event<'_>| {
            detections.extend(rules.observe(event, self.inventory.as_ref()));
        };
        intake.feed(self.log.as_bytes(), &mut sink);
        intake.finish(&mut sink);
        (detections, rules)
    }
}

/// Fills in what a fixture leaves out.
fn event(value: &mut Value, count: usize, second: i64) {
    let code = if value.text("verb") == Some("create") {
        201
    } else {
        200
    };
    let code = value.integer("responseStatus.code").unwrap_or(code);
    let target = value.at("objectRef").clone();
    let text = |field: &str| target.text(field).unwrap_or_default().to_owned();
    let mut uri = match text("apiGroup") {
        group if group.is_empty() => "/api/v1".to_owned(),
        group => format!("/apis/{group}/v1"),
    };
    if !text("namespace").is_empty() && text("resource") != "namespaces" {
        let _ = write!(uri, "/namespaces/{}", text("namespace"));
    }
    for part in ["resource", "name", "subresource"] {
        if !text(part).is_empty() {
            let _ = write!(uri, "/{}", text(part));
        }
    }
    let start: Timestamp = "2026-01-05T10:00:00Z".parse().expect("a time");
    let time = (start + SignedDuration::from_secs(second)).to_string();
    let fields = value.as_object_mut().expect("an event is a mapping");
    let defaults = [
        ("kind", json!("Event")),
        ("apiVersion", json!("audit.k8s.io/v1")),
        ("auditID", json!(format!("event-{count}"))),
        ("level", json!("RequestResponse")),
        ("stage", json!("ResponseComplete")),
        ("requestURI", json!(uri)),
        (
            "user",
            json!({"username": "mallory", "groups": ["system:authenticated"]}),
        ),
        ("sourceIPs", json!(["10.0.0.7"])),
        (
            "userAgent",
            json!("kubectl/v1.36.3 (linux/amd64) kubernetes/0123456"),
        ),
        ("responseStatus", json!({"code": code})),
        ("requestReceivedTimestamp", json!(time)),
    ];
    for (field, default) in defaults {
        fields.entry(field).or_insert(default);
    }
    let annotations = fields.entry("annotations").or_insert_with(|| json!({}));
    let decision = if code == 403 { "forbid" } else { "allow" };
    annotations
        .as_object_mut()
        .expect("annotations are a mapping")
        .entry("authorization.k8s.io/decision")
        .or_insert_with(|| json!(decision));
}

#[test]
fn rules_fire_on_what_they_are_for_and_say_what_happened() {
    let mut complaints = String::new();
    let mut messages: BTreeMap<&str, String> = BTreeMap::new();
    for rule in all() {
        for fixture in rule.fires {
            let detections = Fixture::read(fixture).judged([rule]);
            if detections.is_empty() {
                let _ = writeln!(complaints, "{} is quiet on:\n{fixture}", rule.id);
            }
            for it in detections {
                let text = messages.entry(rule.id).or_default();
                let _ = writeln!(text, "{} {} {}", it.severity, it.actor, it.message);
                for evidence in it.evidence {
                    let _ = writeln!(text, "    {} = {}", evidence.field, evidence.value);
                }
            }
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
    for area in AREAS {
        let text = area.rules.iter().fold(String::new(), |mut text, rule| {
            let _ = writeln!(
                text,
                "# {} {}\n{}",
                rule.id,
                rule.title(),
                messages[rule.id]
            );
            text
        });
        insta::assert_snapshot!(area.name, text);
    }
}

#[test]
fn rules_keep_quiet_on_what_is_no_attack() {
    let mut complaints = String::new();
    for rule in all() {
        for fixture in rule.quiet {
            for detection in Fixture::read(fixture).judged([rule]) {
                let _ = writeln!(
                    complaints,
                    "{} fires ({}) on:\n{fixture}",
                    rule.id, detection.message
                );
            }
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
}

#[test]
fn rules_are_well_formed() {
    let mut ids = BTreeSet::new();
    let mut names = BTreeSet::new();
    for area in AREAS {
        let in_order: Vec<&str> = area.rules.iter().map(|rule| rule.id).collect();
        assert!(in_order.is_sorted(), "{}: list rules by id", area.name);
        for rule in area.rules {
            let id = rule.id;
            assert!(ids.insert(id), "{id} is used twice");
            assert!(names.insert(rule.name()), "{} is used twice", rule.name());
            about::assert_well_formed(rule, "AUD-", area.name);
        }
    }
}

/// What one actor is told must not depend on what others do between its events.
#[test]
fn events_of_other_actors_change_nothing_for_one() {
    let one: Vec<String> = all()
        .flat_map(|rule| rule.fires)
        .filter(|fixture| !fixture.contains("given:"))
        .flat_map(|fixture| {
            Fixture::read(fixture)
                .log
                .lines()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .map(|line| line.replace("mallory", "one"))
        .filter(|line| line.contains("\"username\":\"one\"") && !line.contains("impersonatedUser"))
        .take(150)
        .collect();
    let others: Vec<String> = one
        .iter()
        .map(|line| {
            line.replace("\"one\"", "\"another\"")
                .replace("10.0.0.7", "10.0.0.9")
                .replace("event-", "other-")
        })
        .collect();
    let told = |lines: &[String]| -> Vec<String> {
        let fixture = Fixture {
            log: lines.join("\n") + "\n",
            inventory: None,
            config: Config::default(),
        };
        let detections = fixture.judged_by_all();
        detections
            .into_iter()
            .filter(|it| it.actor == "one")
            .map(|it| format!("{} {} {}", it.rule, it.event, it.message))
            .collect()
    };
    let alone = told(&one);
    assert!(
        alone.len() > 50,
        "too little is detected to compare: {}",
        alone.len()
    );
    proptest::proptest!(proptest::prelude::ProptestConfig::with_cases(24), |(places in proptest::collection::vec(0_usize..1000, 60))| {
        // The other's events come in any order, between any of the one's.
        let mut mixed = one.clone();
        for (n, place) in places.iter().enumerate() {
            let other = &others[(n * 7 + place) % others.len()];
            // Names of requests for certificates are the cluster's, not an actor's.
            if !other.contains("certificatesigningrequests") {
                mixed.insert(place % (mixed.len() + 1), other.clone());
            }
        }
        proptest::prop_assert_eq!(&told(&mixed), &alone);
    });
}

/// The rows of the catalogue, and those that no rule answers, each with the reason.
#[test]
fn every_row_is_answered_or_has_its_reason() {
    let lines = |text: &'static str| {
        text.lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
            .map(|line| line.split_once(' ').unwrap_or((line, "")))
    };
    let rows: BTreeSet<&str> = lines(include_str!("../../catalogue.txt"))
        .map(|(row, _)| row)
        .collect();
    let answered: BTreeSet<&str> = all().flat_map(|rule| rule.rows).copied().collect();
    let unknown: Vec<_> = answered.difference(&rows).collect();
    assert!(unknown.is_empty(), "no such rows: {unknown:?}");
    let mut uncovered = BTreeSet::new();
    for (row, reason) in lines(include_str!("../../uncovered.txt")) {
        assert!(rows.contains(row), "uncovered.txt: no row {row}");
        assert!(
            !answered.contains(row),
            "row {row} is answered: take it out of uncovered.txt"
        );
        assert!(
            reason.len() > 10,
            "uncovered.txt: row {row} needs its reason"
        );
        uncovered.insert(row);
    }
    let silent: Vec<_> = rows
        .iter()
        .filter(|row| !answered.contains(*row) && !uncovered.contains(*row))
        .collect();
    assert!(
        silent.is_empty(),
        "neither answered nor in uncovered.txt: {silent:?}"
    );
}
