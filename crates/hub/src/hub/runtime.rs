//! What sensors tell, judged and kept; and what was seen of the network.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use catseye_detect::profile::{Key, Mode, Profile};
use catseye_event::runtime::{Process, RuntimeEvent, redact_arguments};
use catseye_flows::Standing;
use catseye_model::{Inventory, Severity};
use catseye_netpol::Reach;
use catseye_sensor::transport::Batch;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{Durability, Hub, HubError, Watcher, locked};
use crate::feed::ChangeKind;
use crate::inbox::Clue;
use crate::runtime::{Judge, Nodes, Observed, SensorCoverage, id_of, record};
use crate::world::World;

/// How old what the rules know of pods may become while they answer all they are asked.
const STALE: SignedDuration = SignedDuration::from_secs(5);
/// How often they look for a pod that they do not know.
const UNKNOWN: SignedDuration = SignedDuration::from_secs(1);
/// Readers hear of new connections so often.
const TOLD_EVERY: SignedDuration = SignedDuration::from_secs(5);
/// The longest name of a node.
const LONGEST_NODE: usize = 253;

/// What became of batches of sensors.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sensed {
    /// Events that were judged.
    pub events: u64,
    /// Events that were sent again and passed over.
    pub again: u64,
    /// Events whose numbers never came.
    pub missing: u64,
    /// Nodes of whose batches nothing was taken; those have to be sent again.
    pub refused: BTreeSet<String>,
}

/// True for what may be the name of a node.
pub(crate) fn is_node_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= LONGEST_NODE
        && name.bytes().all(|byte| byte.is_ascii_graphic())
}

impl Hub {
    /// Takes in batches of sensors, in order. When it returns, their events are judged and written
    /// together with how far each node was heard (with [`Durability::Acknowledged`]), and what was taken
    /// before is passed over.
    ///
    /// An error says that it could not be written yet; given again, nothing is judged twice.
    pub fn observe_runtime(&self, batches: Vec<Batch>) -> Result<Sensed, HubError> {
        let started = Instant::now();
        // Before anything is judged: what fails here took nothing, and the store is not waited for under a lock.
        let mut positions = BTreeMap::new();
        for node in self.unknown_nodes(&batches) {
            let cursor = Nodes::cursor(&node);
            let keep = self.0.keep.as_ref();
            let position = keep.map_or(Ok(None), |keep| keep.reached(&cursor))?;
            positions.insert(node, position);
        }
        let whole = self.0.keep.as_ref().map(crate::keep::Keep::step);
        let mut watcher = locked(&self.0.watcher);
        let world = self.world();
        let now = self.now();
        let mut sensed = Sensed::default();
        let mut touched = BTreeSet::new();
        for batch in batches {
            let nodes = &mut watcher.runtime.nodes;
            if !nodes.knows(&batch.node) {
                // No name of a node, or one that gave way to another in between.
                let Some(position) = positions.get(&batch.node) else {
                    sensed.refused.insert(batch.node);
                    continue;
                };
                nodes.add(&batch.node, position.as_deref());
                self.tell(ChangeKind::Coverage, &batch.node, world.version());
            }
            self.batch(&mut watcher, batch, &world, now, &mut sensed, &mut touched);
        }
        let clues: Vec<Clue> = touched
            .iter()
            .filter_map(|id| watcher.watch.incident(id))
            .map(|incident| Clue::sensed(&incident, &world))
            .collect();
        self.take(clues, &world, now);
        drop(watcher);
        drop(whole);
        self.0.counters.runtime.add(started.elapsed());
        match self.0.config.durability {
            Durability::Acknowledged => self.flush()?,
            Durability::Gathered => self.flush_if_much()?,
        }
        Ok(sensed)
    }

    /// The nodes of batches that were not heard before, or so long ago that they are not known any more.
    fn unknown_nodes(&self, batches: &[Batch]) -> BTreeSet<String> {
        let watcher = locked(&self.0.watcher);
        let nodes = &watcher.runtime.nodes;
        let names = batches.iter().map(|batch| &batch.node);
        names
            .filter(|name| is_node_name(name) && !nodes.knows(name))
            .cloned()
            .collect()
    }

    fn batch(
        &self,
        watcher: &mut Watcher,
        mut batch: Batch,
        world: &Arc<World>,
        now: Timestamp,
        sensed: &mut Sensed,
        touched: &mut BTreeSet<String>,
    ) {
        let part = watcher.runtime.nodes.take(&batch, now);
        let first = batch.first + part.known as u64;
        sensed.again += part.known as u64;
        sensed.missing += part.missing;
        let mut fresh: Vec<(u64, RuntimeEvent)> = Vec::new();
        if part.missing > 0 {
            let loss = watcher.runtime.nodes.missing(&batch, part.missing, now);
            // The number of the first that is missing, which nobody else has.
            fresh.push((first.saturating_sub(part.missing), loss));
        }
        let events = batch.events.drain(..).skip(part.known);
        for (number, event) in (first..).zip(events) {
            sensed.events += 1;
            fresh.push((number, event));
        }
        for (_, event) in &mut fresh {
            event.node.clone_from(&batch.node);
            if let Some(process) = &mut event.process {
                redact(process);
            }
            watcher.runtime.rules.prepare(event);
        }
        watcher.runtime.learn_pods(world, now, &mut fresh);
        for (number, event) in &fresh {
            self.sense(watcher, event, world.inventory(), touched);
            if let Some(keep) = &self.0.keep {
                let id = id_of(event, &batch.stream, *number);
                if let Some(record) = record(event, id) {
                    keep.event(record);
                }
            }
        }
        if let Some(keep) = &self.0.keep {
            let position = watcher.runtime.nodes.position(&batch.node);
            keep.cursor(&Nodes::cursor(&batch.node), position, now);
        }
    }

    /// Judges and learns one event that was prepared.
    fn sense(
        &self,
        watcher: &mut Watcher,
        event: &RuntimeEvent,
        inventory: &Inventory,
        touched: &mut BTreeSet<String>,
    ) {
        let Watcher {
            watch,
            runtime,
            telling,
            ..
        } = watcher;
        runtime.nodes.note(event);
        runtime.unwritten = true;
        let mut detections = runtime.rules.observe(event, Some(inventory));
        if let Some(deviation) = runtime.profiles.look(event) {
            detections.push(deviation.detection(event));
        }
        let outcome = watch.observe_runtime(event, &detections);
        // What is part of something serious must not become normal.
        let ordinary = outcome
            .as_ref()
            .is_none_or(|it| it.severity < Severity::Medium);
        if ordinary {
            runtime.profiles.learn(event);
        }
        if let Some(outcome) = outcome {
            *telling += 1;
            touched.insert(outcome.incident);
        }
        let mut flows = locked(&self.0.flows);
        if !flows.observe(event) {
            return;
        }
        let due = flows.is_due(self.now(), TOLD_EVERY);
        drop(flows);
        if due {
            self.tell(ChangeKind::Flows, "", self.world().version());
        }
    }

    /// The connections that sensors saw, held against what policies allow in a world; none while no
    /// sensor told any. Judged beside the intake, once for each state of both.
    pub(crate) fn observed_network(&self, world: &Arc<World>) -> Option<Arc<Observed>> {
        // Who waits here wants the same answer; what is taken in does not wait.
        let mut held = locked(&self.0.observed);
        let seen = {
            let flows = locked(&self.0.flows);
            if flows.is_empty() {
                return None;
            }
            if let Some(known) = held.as_ref().filter(|it| it.is_of(world, &flows)) {
                return Some(known.clone());
            }
            flows.seen()
        };
        let new = Arc::new(seen.observed(world));
        *held = Some(new.clone());
        Some(new)
    }

    /// How many of the observed connections pass in a world and would not in another state of it.
    pub(crate) fn would_break(
        &self,
        world: &Arc<World>,
        after: &Inventory,
        reach_after: &Reach,
    ) -> u64 {
        let Some(now) = self.observed_network(world) else {
            return 0;
        };
        let seen = locked(&self.0.flows).seen();
        let then: BTreeMap<_, Standing> = seen
            .judged(after, reach_after)
            .into_iter()
            .map(|(edge, standing)| ((edge.from, edge.to, edge.transport, edge.port), standing))
            .collect();
        let refused =
            |standing| matches!(standing, Standing::ObservedButDenied | Standing::Refused);
        let broken = now.edges.iter().filter(|(edge, standing)| {
            let key = (
                edge.from.clone(),
                edge.to.clone(),
                edge.transport,
                edge.port,
            );
            !refused(*standing) && then.get(&key).is_some_and(|it| refused(*it))
        });
        broken.map(|(edge, _)| edge.count.max(1)).sum()
    }

    /// How the sensor of each node is heard, by name.
    pub fn sensors(&self) -> Vec<(String, SensorCoverage)> {
        let watcher = locked(&self.0.watcher);
        let nodes = watcher.runtime.nodes.coverage();
        nodes
            .map(|(name, known)| (name.to_owned(), known.clone()))
            .collect()
    }

    /// How many pairs of talkers are known.
    pub fn known_flows(&self) -> usize {
        locked(&self.0.flows).len()
    }

    /// What is normal for each container.
    pub fn profiles(&self) -> Vec<(Key, Profile)> {
        let watcher = locked(&self.0.watcher);
        let profiles = watcher.runtime.profiles.iter();
        profiles
            .map(|(key, profile)| (key.clone(), profile.clone()))
            .collect()
    }

    /// Sets what a profile is used for; false when there is none.
    pub fn set_profile_mode(&self, key: &Key, mode: Mode) -> bool {
        let mut watcher = locked(&self.0.watcher);
        watcher.runtime.unwritten = true;
        watcher.runtime.profiles.set_mode(key, mode)
    }

    /// Keeps what was learned of containers and connections, when it is another than what is kept. To be
    /// called now and then: what came since the last time is lost with a kill, though not its events.
    pub fn keep_learned(&self) {
        let Some(keep) = &self.0.keep else { return };
        let now = self.now();
        let profiles = {
            let mut watcher = locked(&self.0.watcher);
            if !std::mem::take(&mut watcher.runtime.unwritten) {
                return;
            }
            watcher.runtime.profiles.promote();
            watcher.runtime.profiles.to_json()
        };
        // Texts and numbers always make JSON.
        if let Ok(profiles) = profiles {
            keep.document(crate::keep::PROFILES, profiles.into_bytes(), now);
        }
        let seen = {
            let mut flows = locked(&self.0.flows);
            flows.forget(now);
            flows.seen()
        };
        keep.document(crate::keep::FLOWS, seen.to_lines(), now);
    }
}

impl Judge {
    /// Learns the pods of the world as it is now, where that is due or an event asks for one that is not
    /// known; then completes what was prepared without them.
    fn learn_pods(
        &mut self,
        world: &Arc<World>,
        now: Timestamp,
        events: &mut [(u64, RuntimeEvent)],
    ) {
        if self
            .knows
            .is_some_and(|(version, _)| version == world.version())
        {
            return;
        }
        let age = self.knows.map(|(_, at)| now.duration_since(at));
        let unknown = events.iter().any(|(_, event)| {
            let subject = &event.subject;
            !subject.pod_uid.is_empty() && subject.pod.is_empty()
        });
        let due = age.is_none_or(|age| age >= STALE || (unknown && age >= UNKNOWN));
        if !due {
            return;
        }
        self.rules.know(world.inventory());
        self.knows = Some((world.version(), now));
        for (_, event) in events {
            self.rules.attribute(event);
        }
    }
}

fn redact(process: &mut Process) {
    redact_arguments(&mut process.argv);
    for ancestor in &mut process.ancestors {
        redact_arguments(&mut ancestor.argv);
    }
}
