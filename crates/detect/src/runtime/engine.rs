//! The rules over a stream of runtime events.

use std::borrow::Cow;
use std::collections::BTreeMap;

use catseye_event::runtime::{Activity, RuntimeEvent, Subject};
use catseye_model::{Inventory, Severity};

use super::attribution::Attribution;
use super::config::Config;
use super::names::Names;
use super::processes::Processes;
use super::rule::{Needs, Rule, Run};
use super::scene::Scene;
use crate::audit::found::Found;
use crate::audit::memory::Memory;
use crate::detection::{Detection, Evidence, Target};

/// All rules, with what they remember.
#[derive(Debug)]
pub struct RuntimeRules {
    rules: Vec<&'static Rule>,
    counts: Vec<RuleCount>,
    /// The places of the rules that look at a kind of event.
    by_kind: BTreeMap<&'static str, Vec<usize>>,
    config: Config,
    attribution: Attribution,
    processes: Processes,
    names: Names,
    memory: Memory,
    found: Found,
    events: u64,
}

/// How one rule fared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RuleCount {
    /// Events that it was asked about.
    pub judged: u64,
    /// Matches.
    pub fired: u64,
    /// Events on which it could not be asked, because it lacks something.
    pub not_evaluable: u64,
    /// What it lacks.
    pub lacks: Option<Needs>,
}

impl RuntimeRules {
    /// Every rule there is.
    pub fn new(config: Config) -> Self {
        Self::of(super::all(), config)
    }

    /// These rules only.
    pub fn of(rules: impl IntoIterator<Item = &'static Rule>, config: Config) -> Self {
        let rules: Vec<&'static Rule> = rules.into_iter().collect();
        let counts = rules
            .iter()
            .map(|rule| RuleCount {
                lacks: config.lacks(rule),
                ..RuleCount::default()
            })
            .collect();
        let mut by_kind: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
        for (place, rule) in rules.iter().enumerate() {
            for kind in rule.on {
                by_kind.entry(kind).or_default().push(place);
            }
        }
        RuntimeRules {
            rules,
            counts,
            by_kind,
            config,
            attribution: Attribution::default(),
            processes: Processes::default(),
            names: Names::default(),
            memory: Memory::default(),
            found: Found::default(),
            events: 0,
        }
    }

    /// The same, knowing the pods of the cluster.
    #[must_use]
    pub fn attributing(mut self, inventory: &Inventory) -> Self {
        self.attribution = Attribution::of(inventory);
        self
    }

    /// Knows the pods and the API server of the cluster as they are now; what events told of containers
    /// stays known.
    pub fn know(&mut self, inventory: &Inventory) {
        self.attribution.renew(inventory);
        self.config = std::mem::take(&mut self.config).with_inventory(inventory);
    }

    /// Fills in what is known of the event's container, process and names. An event is prepared once,
    /// before anything else looks at it.
    pub fn prepare(&mut self, event: &mut RuntimeEvent) {
        self.attribution.complete(event);
        self.names.join(event);
        if let Some(process) = &mut event.process {
            self.processes.complete(process);
            if matches!(event.what, Activity::Exec(_)) {
                self.processes.note(process);
            }
        }
    }

    /// Fills in what is known by now of the container and the peer of an event that was prepared before.
    pub fn attribute(&mut self, event: &mut RuntimeEvent) {
        self.attribution.complete(event);
    }

    /// Judges an event that was prepared.
    pub fn observe(
        &mut self,
        event: &RuntimeEvent,
        inventory: Option<&Inventory>,
    ) -> Vec<Detection> {
        self.events += 1;
        let RuntimeRules {
            rules,
            counts,
            by_kind,
            config,
            memory,
            found,
            ..
        } = self;
        let mut detections = Vec::new();
        let Some(places) = by_kind.get(event.what.kind()) else {
            return detections;
        };
        let scene = Scene::new(event, config, inventory);
        for &place in places {
            let (rule, count) = (rules[place], &mut counts[place]);
            if count.lacks.is_some() {
                count.not_evaluable += 1;
                continue;
            }
            count.judged += 1;
            found.clear();
            match rule.run {
                Run::One(run) => run(&scene, found),
                Run::Sequence(run) => {
                    let now = event.time.as_microsecond();
                    run(&scene, &mut memory.window(rule.id, now), found);
                }
            }
            if found.is_match() {
                count.fired += 1;
                detections.push(detection(rule, event, found));
            }
        }
        detections
    }

    /// How many events were judged.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// What the rules are told.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The rules, and how they fared.
    pub fn counts(&self) -> impl Iterator<Item = (&'static Rule, RuleCount)> {
        self.rules.iter().copied().zip(self.counts.iter().copied())
    }
}

fn detection(rule: &'static Rule, event: &RuntimeEvent, found: &mut Found) -> Detection {
    let mut evidence = std::mem::take(&mut found.evidence);
    let mut title = Cow::Borrowed(rule.title());
    let mut severity = found.severity.unwrap_or(rule.severity);
    if let Activity::Alert(alert) = &event.what {
        title = Cow::Owned(format!("{} alert: {}", event.source, alert.rule));
        severity = severity.max(Severity::Info);
    }
    if let Some(process) = &event.process {
        let field = "process.argv".to_owned();
        if evidence.iter().all(|it| it.field != field) && !process.argv.is_empty() {
            evidence.push(Evidence {
                field,
                value: shortened(&process.command_line()),
            });
        }
    }
    Detection {
        rule: Cow::Borrowed(rule.id),
        title,
        severity,
        tactic: rule.tactic,
        technique: Cow::Borrowed(rule.technique),
        actor: actor(&event.subject, &event.node),
        impersonator: None,
        target: target(event),
        event: event_id(event),
        time: event.time,
        message: std::mem::take(&mut found.messages).join("; "),
        evidence,
    }
}

/// Who is held to account: the workload, or the next best thing that is known.
pub fn actor(subject: &Subject, node: &str) -> String {
    if let Some(workload) = &subject.workload {
        return format!("{}/{}/{}", subject.namespace, workload.kind, workload.name);
    }
    if subject.is_container() {
        let mut plain = subject.clone();
        plain.container = String::new();
        return plain.to_string();
    }
    if node.is_empty() {
        subject.to_string()
    } else {
        format!("node {node}")
    }
}

/// A name for the event: the execution that it belongs to.
pub fn event_id(event: &RuntimeEvent) -> String {
    match &event.process {
        Some(process) if !process.exec_id.is_empty() => process.exec_id.0.clone(),
        Some(process) if process.pid > 0 => format!("{}:{}", event.node, process.pid),
        _ => String::new(),
    }
}

fn target(event: &RuntimeEvent) -> Target {
    let subject = &event.subject;
    Target {
        verb: event.what.kind().to_owned(),
        resource: if subject.is_container() {
            "pods"
        } else {
            "nodes"
        }
        .to_owned(),
        subresource: String::new(),
        namespace: subject.namespace.clone(),
        name: if subject.is_container() {
            subject.pod.clone()
        } else {
            event.node.clone()
        },
    }
}

fn shortened(value: &str) -> String {
    const LONGEST: usize = 400;
    if value.len() <= LONGEST {
        return value.to_owned();
    }
    let cut = value.floor_char_boundary(LONGEST);
    format!("{}…", value.get(..cut).unwrap_or_default())
}
