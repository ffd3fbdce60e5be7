//! Workloads that fall ill: less ready than desired for long, programs that crash, images that do not
//! come. And what Kubernetes said about them, which it forgets after an hour.

use std::collections::{BTreeMap, VecDeque};

use catseye_model::{Fields, Inventory, Kind, Object, ObjectKey, Severity};
use jiff::{SignedDuration, Timestamp};

use crate::inbox::{Clue, Moment, Source};

/// How long a workload may be less than it should be before that is told.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);
const MOST_EVENTS: usize = 5000;

/// Reasons for which a container waits that do not pass by themselves.
const STUCK: [&str; 7] = [
    "CrashLoopBackOff",
    "ImagePullBackOff",
    "ErrImagePull",
    "InvalidImageName",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
];

/// Who is ill since when, and what Kubernetes said.
#[derive(Debug, Default)]
pub(crate) struct Ailments {
    since: BTreeMap<ObjectKey, (Timestamp, String, bool)>,
    events: VecDeque<(ObjectKey, Timestamp, String)>,
}

impl Ailments {
    /// Notes a Kubernetes Event.
    pub(crate) fn hear(&mut self, event: &Object) {
        let value = event.value();
        if value.text("type") != Some("Warning") {
            return;
        }
        let about = value.at("involvedObject");
        let api_version = about.text("apiVersion").unwrap_or_default();
        let key = ObjectKey {
            group: api_version.split_once('/').map_or("", |it| it.0).to_owned(),
            kind: about.text("kind").unwrap_or_default().to_owned(),
            namespace: about.text("namespace").unwrap_or_default().to_owned(),
            name: about.text("name").unwrap_or_default().to_owned(),
        };
        let time = ["lastTimestamp", "eventTime", "metadata.creationTimestamp"]
            .into_iter()
            .find_map(|field| value.text(field)?.parse().ok());
        let (Some(time), Some(reason)) = (time, value.text("reason")) else {
            return;
        };
        let words = format!("{reason}: {}", value.text("message").unwrap_or_default());
        if self.events.len() == MOST_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back((key, time, words));
    }

    /// The Warning events about an object, oldest first.
    pub(crate) fn events_of<'a>(
        &'a self,
        key: &'a ObjectKey,
    ) -> impl Iterator<Item = (Timestamp, &'a str)> {
        self.events
            .iter()
            .filter(move |(about, ..)| about == key)
            .map(|(_, time, words)| (*time, words.as_str()))
    }

    /// Looks at a workload that changed.
    pub(crate) fn look(&mut self, inventory: &Inventory, object: &Object, now: Timestamp) {
        let key = ObjectKey::of(object);
        match ailment(inventory, object) {
            Some(words) => {
                let known = self.since.entry(key).or_insert((now, String::new(), false));
                if known.1 != words {
                    known.1 = words;
                }
            }
            None => {
                self.since.remove(&key);
            }
        }
    }

    pub(crate) fn forget(&mut self, key: &ObjectKey) {
        self.since.remove(key);
    }

    /// What has lasted too long, each told once.
    pub(crate) fn overdue(&mut self, now: Timestamp) -> Vec<Clue> {
        let mut found = Vec::new();
        for (key, (since, words, told)) in &mut self.since {
            if *told || now.duration_since(*since) < PATIENCE {
                continue;
            }
            *told = true;
            let heard: Vec<(String, String)> = self
                .events
                .iter()
                .filter(|(about, ..)| {
                    about.namespace == key.namespace && about.name.starts_with(&key.name)
                })
                .take(5)
                .map(|(_, _, words)| ("event".to_owned(), words.clone()))
                .collect();
            found.push(Clue {
                subjects: vec![(key.clone(), "ill".to_owned())],
                moments: vec![Moment {
                    first: *since,
                    last: now,
                    count: 1,
                    source: Source::Health,
                    id: "HLT-001".to_owned(),
                    title: "Workload less ready than it should be".to_owned(),
                    sentence: format!("{key} is not as it should be: {words}"),
                    severity: Severity::Low,
                    weighed_by: None,
                    tactic: None,
                    technique: None,
                    targets: vec![key.to_string()],
                    events: Vec::new(),
                    fields: heard,
                    receipt: None,
                }],
                advice: vec![format!(
                    "See what changed last: `kubectl -n {} rollout history {}/{}`, and its events.",
                    key.namespace,
                    key.kind.to_lowercase(),
                    key.name
                )],
                ..Clue::default()
            });
        }
        found
    }

    /// Who is ill now, with the words for it.
    pub(crate) fn ill(&self) -> impl Iterator<Item = (&ObjectKey, Timestamp, &str)> {
        self.since
            .iter()
            .map(|(key, (since, words, _))| (key, *since, words.as_str()))
    }
}

/// What is wrong with a workload, in words.
fn ailment(inventory: &Inventory, object: &Object) -> Option<String> {
    let value = object.value();
    let (desired, ready) = match object.kind() {
        Kind::Deployment | Kind::StatefulSet => (
            value.integer("spec.replicas").unwrap_or(1),
            value.integer("status.readyReplicas").unwrap_or(0),
        ),
        Kind::DaemonSet => (
            value.integer("status.desiredNumberScheduled").unwrap_or(0),
            value.integer("status.numberReady").unwrap_or(0),
        ),
        _ => return None,
    };
    // Nobody has looked after it yet.
    if !value.has("status.observedGeneration") || ready >= desired {
        return None;
    }
    let mut words = format!("{ready} of {desired} pods ready");
    let id = inventory.id_of(object)?;
    let stuck = inventory
        .in_namespace(Kind::Pod, object.namespace())
        .filter(|(pod, _)| inventory.representative(*pod) == id)
        .flat_map(|(_, pod)| pod.value().list("status.containerStatuses"))
        .find_map(|status| {
            let reason = status.text("state.waiting.reason")?;
            STUCK.contains(&reason).then(|| {
                let restarts = status.integer("restartCount").unwrap_or(0);
                format!(
                    "container {} waits: {reason} ({restarts} restarts)",
                    status.text("name").unwrap_or_default()
                )
            })
        });
    if let Some(stuck) = stuck {
        words.push_str(", ");
        words.push_str(&stuck);
    }
    Some(words)
}
