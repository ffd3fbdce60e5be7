//! Every rule's event fixtures, judged by the rule; and the registry, held to its own rules.
//!
//! A fixture is one event, or several as YAML documents, in short: `exec:` is a command line, `process:`
//! the command line of who acted, `by:` the programs that started it, nearest first, `at: host` the node;
//! everything else is the form of `docs/runtime-events.md`. `repeat: N` stands for N events with `{n}`
//! counting. A document `given:` sets the Inventory, lists and addresses.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use catseye_event::runtime::RuntimeEvent;
use catseye_model::{Completeness, Fields as _, Inventory, Object, yaml};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{AREAS, Config, Rule, RuntimeRules, all};
use crate::about;
use crate::detection::Detection;

/// The events of a fixture, and what is given beside them.
struct Fixture {
    events: Vec<RuntimeEvent>,
    inventory: Option<Inventory>,
    config: Config,
}

impl Fixture {
    fn read(text: &str) -> Self {
        let mut fixture = Fixture {
            events: Vec::new(),
            inventory: None,
            config: Config::default(),
        };
        let mut second = 0;
        for document in yaml::documents(text) {
            let content = document
                .content
                .unwrap_or_else(|err| panic!("{err}\n{text}"));
            if content.has("given") {
                fixture.give(content.at("given"));
                continue;
            }
            let value: Value = content.into();
            for n in 0..value["repeat"].as_i64().unwrap_or(1) {
                let numbered = value.to_string().replace("{n}", &n.to_string());
                let value: Value = serde_json::from_str(&numbered).expect("still JSON");
                second = value["second"].as_i64().unwrap_or(second + 1);
                fixture.events.push(event(&value, second));
            }
        }
        assert!(
            !fixture.events.is_empty(),
            "a fixture without events:\n{text}"
        );
        fixture
    }

    fn give(&mut self, given: &catseye_model::Value) {
        let objects: Vec<Object> = given
            .list("inventory")
            .iter()
            .map(|value| Object::new(value.clone(), None).expect("an object"))
            .collect();
        if !objects.is_empty() {
            let inventory = Inventory::new(objects, Completeness::Cluster);
            self.config = std::mem::take(&mut self.config).with_inventory(&inventory);
            self.inventory = Some(inventory);
        }
        for list in ["addresses", "domains"] {
            let entries: Vec<&str> = given.texts(list).collect();
            if !entries.is_empty() {
                let made = "2026-01-01T00:00:00Z".parse().expect("a time");
                let added = self.config.intel.add(list, &entries.join("\n"), Some(made));
                added.expect("a list");
            }
        }
        let servers = given.texts("api_servers");
        self.config
            .api_servers
            .extend(servers.map(|it| it.parse::<std::net::IpAddr>().expect("an address")));
    }

    fn judged(self, rule: &'static Rule) -> Vec<Detection> {
        let mut rules = RuntimeRules::of([rule], self.config);
        if let Some(inventory) = &self.inventory {
            rules = rules.attributing(inventory);
        }
        let mut detections = Vec::new();
        for mut event in self.events {
            rules.prepare(&mut event);
            detections.extend(rules.observe(&event, self.inventory.as_ref()));
        }
        let lacking = rules.counts().any(|(_, count)| count.not_evaluable > 0);
        assert!(!lacking, "{} is not evaluable", rule.id);
        detections
    }
}

/// Words of a command line; those in quotes are one.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (place, part) in line.split('\'').enumerate() {
        if place % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

fn path_of(program: &str) -> String {
    if program.starts_with('/') || program.contains(':') {
        program.to_owned()
    } else {
        format!("/usr/bin/{program}")
    }
}

fn event(short: &Value, second: i64) -> RuntimeEvent {
    let start: Timestamp = "2026-01-05T10:00:00Z".parse().expect("a time");
    let line = short["exec"]
        .as_str()
        .or(short["process"].as_str())
        .unwrap_or("/app/server");
    let argv = words(line);
    let by: Vec<&str> = match &short["by"] {
        Value::String(one) => vec![one],
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let ancestors: Vec<Value> = by
        .iter()
        .enumerate()
        .map(|(n, program)| json!({"pid": 100 - n, "executable": path_of(program)}))
        .collect();
    let subject = if short["at"] == "host" {
        json!({"kind": "host"})
    } else {
        json!({"kind": "container", "container_id": "4f0c8a2b1c3d99", "namespace": "shop", "pod": "web-0",
            "workload": {"kind": "Deployment", "name": "web"}, "container": "web"})
    };
    let kinds = [
        "flow",
        "listen",
        "dns",
        "file",
        "mount",
        "namespace",
        "memory",
        "bpf",
        "module",
        "call",
        "killed",
        "alert",
        "exit",
    ];
    let mut what = json!({"exec": {}});
    for kind in kinds {
        if let Some(body) = short.get(kind) {
            let mut body = body.clone();
            if kind == "flow" {
                for (field, default) in [
                    ("direction", json!("out")),
                    ("transport", json!("tcp")),
                    ("count", json!(1)),
                ] {
                    body.as_object_mut()
                        .expect("a mapping")
                        .entry(field)
                        .or_insert(default);
                }
                for field in ["port", "client_port"] {
                    if let Some(text) = body[field].as_str() {
                        body[field] = json!(text.parse::<u16>().expect("a port"));
                    }
                }
            }
            what = json!({kind: body});
        }
    }
    let event = json!({"catseye": 1, "time": start + SignedDuration::from_secs(second), "node": "n1",
        "subject": subject,
        "process": {"exec_id": format!("n1:b:{second}:1"), "pid": 200 + second, "executable": path_of(&argv[0]), "argv": argv,
            "comm": short["comm"].as_str().unwrap_or_default(),
            "origin": short["origin"].as_str().unwrap_or("unknown"), "ancestors": ancestors},
        "what": what});
    serde_json::from_value(event).unwrap_or_else(|err| panic!("{err}: {short}"))
}

#[test]
fn rules_fire_on_what_they_are_for_and_say_what_happened() {
    let mut complaints = String::new();
    let mut messages: BTreeMap<&str, String> = BTreeMap::new();
    for rule in all() {
        for fixture in rule.fires {
            let detections = Fixture::read(fixture).judged(rule);
            if detections.is_empty() {
                let _ = writeln!(complaints, "{} is quiet on:\n{fixture}", rule.id);
            }
            for it in detections {
                let text = messages.entry(rule.id).or_default();
                let _ = writeln!(text, "{} {}: {}", it.severity, it.actor, it.message);
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
            for detection in Fixture::read(fixture).judged(rule) {
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
            about::assert_well_formed(rule, "RUN-", area.name);
            assert!(!rule.on.is_empty(), "{id}");
        }
    }
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test that reads the source tree"
)]
fn every_rule_file_is_registered() {
    let registered: BTreeSet<String> = all()
        .map(|rule| format!("{}/{}.rs", rule.area(), rule.file_name()))
        .collect();
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/runtime");
    for area in AREAS {
        for entry in source
            .join(area.name)
            .read_dir()
            .expect("the area has a folder")
        {
            let path = entry.expect("a readable entry").path();
            let text = std::fs::read_to_string(&path).expect("a readable file");
            if text.contains("\nruntime_rule! {") {
                let file = path.file_name().unwrap_or_default().to_string_lossy();
                let name = format!("{}/{file}", area.name);
                assert!(registered.contains(&name), "{name} is not in RULES");
            }
        }
    }
}
