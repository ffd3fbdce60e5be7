//! What is normal for a container: the programs that it runs, the files it touches, the peers it talks to.
//!
//! ```text
//!  RuntimeEvent ─► look (is it new? receipt) ─► Deviation
//!              └─► learn ─► Profile of (namespace, workload, container, image digest), over all replicas
//!                             observe ─► alert ─► enforce: by evidence, never by a clock
//! ```
//!
//! A profile knows how likely the next thing is new: by Good and Turing, the share of things that were seen
//! once. It alerts when that is small, for an idle container later than for a busy one. An interval in which
//! a sensor lost events taints what was learned: only what comes after it counts as evidence. A new image
//! digest is a new profile, which begins with what the one before knew and must earn its own evidence.

mod facet;
mod signed;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;

use catseye_event::runtime::{Activity, Direction, RuntimeEvent, Subject};
use catseye_model::Severity;
use serde::{Deserialize, Serialize};

pub use facet::{Facet, FacetKind, Known};
pub use signed::{SignatureError, Signed, sign, verify};

use crate::audit::address::is_public;
use crate::detection::{Detection, Evidence, Tactic, Target};
use crate::runtime::event_id;

/// The id that deviations have among rules.
pub const RULE: &str = "profile";
/// The version of the written form.
pub const FORMAT: u32 = 1;
/// At most so many profiles are kept; the one with the least evidence goes first.
const MOST_PROFILES: usize = 20_000;

/// Which container a profile is of.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// The namespace.
    pub namespace: String,
    /// The workload, as `Deployment/web`; the pod where no workload is known.
    pub workload: String,
    /// The container's name.
    pub container: String,
    /// The digest of the image; the image's name where the digest is not known.
    pub image: String,
}

/// What a profile is used for.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// It learns, and says nothing.
    #[default]
    Observe,
    /// It says what deviates.
    Alert,
    /// What deviates is to be stopped. Only people set this.
    Enforce,
}

/// The profile of one container, over all its replicas.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// What it is used for.
    pub mode: Mode,
    /// Programs, by path and the program that starts them.
    pub processes: Facet,
    /// Files, by folder where there are many.
    pub files: Facet,
    /// Peers and listening ports.
    pub peers: Facet,
    /// Intervals in which events were lost.
    pub losses: u64,
}

/// Something that a profile does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deviation {
    /// Of which kind.
    pub facet: FacetKind,
    /// What it is.
    pub value: String,
    /// The nearest that is known.
    pub nearest: Option<String>,
    /// How many observations of this kind there are.
    pub observations: u64,
    /// How many different ones.
    pub distinct: usize,
    /// How likely something new was, one in so many.
    pub one_in: u64,
    /// What the profile is used for.
    pub mode: Mode,
}

impl Deviation {
    /// The receipt in words.
    pub fn receipt(&self) -> String {
        let nearest = self.nearest.as_ref();
        let nearest = nearest.map_or_else(String::new, |it| format!("; the nearest known is {it}"));
        format!(
            "{} was never seen among {} observations of {} different ones, of which one in {} is new{nearest}",
            self.value, self.observations, self.distinct, self.one_in
        )
    }

    /// What it comes to, of the event that showed it.
    pub fn detection(&self, event: &RuntimeEvent) -> Detection {
        let (title, tactic) = match self.facet {
            FacetKind::Process => ("A program it never ran", Tactic::Execution),
            FacetKind::File => ("A file it never touched", Tactic::Collection),
            FacetKind::Peer => ("A peer it never talked to", Tactic::CommandAndControl),
        };
        Detection {
            rule: Cow::Borrowed(RULE),
            title: Cow::Borrowed(title),
            severity: if self.mode == Mode::Enforce {
                Severity::High
            } else {
                Severity::Medium
            },
            tactic,
            technique: Cow::Borrowed(""),
            actor: event.subject.to_string(),
            impersonator: None,
            target: Target {
                verb: event.what.kind().to_owned(),
                resource: "pods".to_owned(),
                subresource: String::new(),
                namespace: event.subject.namespace.clone(),
                name: event.subject.pod.clone(),
            },
            event: event_id(event),
            time: event.time,
            message: self.receipt(),
            evidence: vec![Evidence {
                field: self.facet.as_str().to_owned(),
                value: self.value.clone(),
            }],
        }
    }
}

/// All profiles.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profiles {
    by_key: BTreeMap<Key, Profile>,
    /// The nodes on which each was seen since, for losses.
    nodes: BTreeMap<String, std::collections::BTreeSet<Key>>,
    dropped: u64,
}

/// The written form.
#[derive(Debug, Serialize, Deserialize)]
struct Written {
    version: u32,
    profiles: Vec<(Key, Profile)>,
}

/// A text that is no file of profiles.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is no JSON of the right shape.
    #[error("it is no file of profiles")]
    Shape(#[source] serde_json::Error),
    /// It was written by a later version.
    #[error("it is of version {0}, and this program knows versions up to {FORMAT}")]
    Version(u32),
}

impl Key {
    /// The key of an event's container; none for the node and for what is not known.
    pub fn of(subject: &Subject) -> Option<Self> {
        if !subject.is_container() || (subject.pod.is_empty() && subject.workload.is_none()) {
            return None;
        }
        let workload = match &subject.workload {
            Some(workload) => workload.to_string(),
            None => format!("Pod/{}", subject.pod),
        };
        let image = if subject.image_digest.is_empty() {
            &subject.image
        } else {
            &subject.image_digest
        };
        Some(Key {
            namespace: subject.namespace.clone(),
            workload,
            container: subject.container.clone(),
            image: image.clone(),
        })
    }
}

impl Profiles {
    /// What the event shows that its container's profile does not know, once that has enough evidence.
    pub fn look(&self, event: &RuntimeEvent) -> Option<Deviation> {
        let profile = self.by_key.get(&Key::of(&event.subject)?)?;
        let (kind, value) = observation(event)?;
        let facet = profile.facet(kind);
        if profile.mode == Mode::Observe && !facet.is_settled() {
            return None;
        }
        if facet.knows(&value) {
            return None;
        }
        Some(Deviation {
            facet: kind,
            nearest: facet.nearest(&value),
            observations: facet.observations(),
            distinct: facet.distinct(),
            one_in: facet.one_in(),
            mode: profile.mode.max(Mode::Alert),
            value,
        })
    }

    /// Learns what the event shows. What belongs to an incident is not to be learned.
    pub fn learn(&mut self, event: &RuntimeEvent) {
        if let Activity::Loss(_) = event.what {
            for key in self.nodes.get(&event.node).into_iter().flatten() {
                if let Some(profile) = self.by_key.get_mut(key) {
                    profile.taint();
                }
            }
            return;
        }
        let Some(key) = Key::of(&event.subject) else {
            return;
        };
        let Some((kind, value)) = observation(event) else {
            return;
        };
        if !self.by_key.contains_key(&key) {
            self.make_room();
            let begun = self.of_another_image(&key);
            self.by_key.insert(key.clone(), begun);
        }
        if !event.node.is_empty() {
            let on_node = self.nodes.entry(event.node.clone()).or_default();
            on_node.insert(key.clone());
        }
        let replica = if event.subject.pod_uid.is_empty() {
            &event.subject.pod
        } else {
            &event.subject.pod_uid
        };
        let day = event.time.as_second().div_euclid(86_400);
        if let Some(profile) = self.by_key.get_mut(&key) {
            profile.facet_mut(kind).learn(value, replica, day);
        }
    }

    /// What another image of the same container knew: known, and no evidence.
    fn of_another_image(&self, key: &Key) -> Profile {
        let alike = self.by_key.iter().rev().find(|(known, _)| {
            (&known.namespace, &known.workload, &known.container)
                == (&key.namespace, &key.workload, &key.container)
        });
        alike.map_or_else(Profile::default, |(_, known)| known.inherited())
    }

    fn make_room(&mut self) {
        if self.by_key.len() < MOST_PROFILES {
            return;
        }
        let least = self
            .by_key
            .iter()
            .min_by_key(|(_, it)| it.observations())
            .map(|(key, _)| key.clone());
        if let Some(least) = least {
            self.by_key.remove(&least);
            self.nodes.retain(|_, keys| {
                keys.remove(&least);
                !keys.is_empty()
            });
            self.dropped += 1;
        }
    }

    /// Adds what other replicas, or another node, have learned.
    pub fn merge(&mut self, other: Profiles) {
        for (key, profile) in other.by_key {
            if let Some(known) = self.by_key.get_mut(&key) {
                known.merge(profile);
            } else {
                self.make_room();
                self.by_key.insert(key, profile);
            }
        }
        for (node, keys) in other.nodes {
            self.nodes.entry(node).or_default().extend(keys);
        }
        self.dropped += other.dropped;
    }

    /// Lets every profile that observes and has enough evidence alert; gives how many did so now.
    pub fn promote(&mut self) -> usize {
        let mut promoted = 0;
        for profile in self.by_key.values_mut() {
            if profile.mode == Mode::Observe && profile.is_settled() {
                profile.mode = Mode::Alert;
                promoted += 1;
            }
        }
        promoted
    }

    /// Sets what a profile is used for; false when there is none.
    pub fn set_mode(&mut self, key: &Key, mode: Mode) -> bool {
        match self.by_key.get_mut(key) {
            Some(profile) => {
                profile.mode = mode;
                true
            }
            None => false,
        }
    }

    /// The profiles by key.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Profile)> {
        self.by_key.iter()
    }

    /// Profiles that were dropped because there were too many.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The written form: JSON, the same bytes for the same profiles.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let written = Written {
            version: FORMAT,
            profiles: self.by_key.clone().into_iter().collect(),
        };
        Ok(format!("{}\n", serde_json::to_string(&written)?))
    }

    /// Reads the written form.
    pub fn from_json(text: &str) -> Result<Self, ReadError> {
        let written: Written = serde_json::from_str(text).map_err(ReadError::Shape)?;
        if written.version > FORMAT {
            return Err(ReadError::Version(written.version));
        }
        Ok(Profiles {
            by_key: written.profiles.into_iter().collect(),
            ..Profiles::default()
        })
    }
}

impl Profile {
    /// One of its three facets.
    pub fn facet(&self, kind: FacetKind) -> &Facet {
        match kind {
            FacetKind::Process => &self.processes,
            FacetKind::File => &self.files,
            FacetKind::Peer => &self.peers,
        }
    }

    fn facet_mut(&mut self, kind: FacetKind) -> &mut Facet {
        match kind {
            FacetKind::Process => &mut self.processes,
            FacetKind::File => &mut self.files,
            FacetKind::Peer => &mut self.peers,
        }
    }

    /// All observations.
    pub fn observations(&self) -> u64 {
        FacetKind::ALL
            .iter()
            .map(|kind| self.facet(*kind).observations())
            .sum()
    }

    /// True when every facet that was observed has enough evidence.
    pub fn is_settled(&self) -> bool {
        let mut observed = FacetKind::ALL
            .iter()
            .map(|kind| self.facet(*kind))
            .filter(|facet| facet.observations() > 0)
            .peekable();
        observed.peek().is_some() && observed.all(Facet::is_settled)
    }

    fn taint(&mut self) {
        self.losses += 1;
        for kind in FacetKind::ALL {
            self.facet_mut(kind).taint();
        }
    }

    fn inherited(&self) -> Profile {
        let mut begun = Profile {
            mode: Mode::Observe,
            ..self.clone()
        };
        for kind in FacetKind::ALL {
            begun.facet_mut(kind).taint();
        }
        begun
    }

    fn merge(&mut self, other: Profile) {
        self.mode = self.mode.max(other.mode);
        self.losses += other.losses;
        self.processes.merge(other.processes);
        self.files.merge(other.files);
        self.peers.merge(other.peers);
    }
}

/// What of an event a profile knows or not.
fn observation(event: &RuntimeEvent) -> Option<(FacetKind, String)> {
    match &event.what {
        Activity::Exec(_) => {
            let process = event.process.as_ref()?;
            let path = if process.executable.is_empty() {
                process.program()
            } else {
                &process.executable
            };
            let parent = process.parent().map_or("", |it| it.program());
            Some((FacetKind::Process, format!("{path} by {parent}")))
        }
        Activity::File(file) => {
            let verb = if file.operation == catseye_event::runtime::FileOperation::Read {
                "read"
            } else {
                "write"
            };
            Some((
                FacetKind::File,
                format!("{verb} {}", facet::folded(&file.path)),
            ))
        }
        Activity::Flow(flow) => {
            if flow.count == 0 {
                return None;
            }
            let arrow = match flow.direction {
                Direction::Out => "to",
                Direction::In => "from",
            };
            let peer = match (&flow.peer_subject.workload, flow.name()) {
                (Some(workload), _) => format!("{}/{workload}", flow.peer_subject.namespace),
                (None, Some(name)) => name.to_owned(),
                // Who calls from the internet is never the same twice.
                (None, None) if flow.direction == Direction::In && is_public(flow.peer) => {
                    "the internet".to_owned()
                }
                (None, None) => facet::network(flow.peer),
            };
            Some((
                FacetKind::Peer,
                format!("{arrow} {peer} {} {}", flow.transport, flow.port),
            ))
        }
        Activity::Listen(listen) => Some((
            FacetKind::Peer,
            format!("listen {} {}", listen.transport, listen.address.port()),
        )),
        _ => None,
    }
}
