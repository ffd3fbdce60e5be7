//! The connections that sensors saw, added up by who talks to whom at which port.
//!
//! What is kept is an event for each pair, in the form of all runtime events: its counters are the sums
//! and its interval spans them. So the map can be made for any state of the cluster, and what is written
//! is read by whatever reads runtime events.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use catseye_event::runtime::{
    Activity, Direction, Flow, RuntimeEvent, Subject, SubjectKind, Transport, Verdict,
};
use catseye_flows::{Edge, FlowMap, Limits, Standing};
use catseye_model::Inventory;
use catseye_netpol::Reach;
use jiff::{SignedDuration, Timestamp};

use crate::world::World;

/// Pairs that are kept; those that were silent longest go first.
const MOST: usize = 40_000;
/// Names kept of an address.
const MOST_NAMES: usize = 8;
/// What was silent for so long is forgotten.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(24 * 14);

/// Who an end is: a workload by name, or what else tells it apart.
type End = (String, String, String);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    subject: End,
    peer: End,
    direction: Direction,
    transport: Transport,
    port: u16,
}

/// Everything that was seen.
#[derive(Debug, Default)]
pub(crate) struct Flows {
    /// Each copied when it changes while somebody judges it.
    pairs: BTreeMap<Key, Arc<RuntimeEvent>>,
    /// One more with every connection that came in.
    version: u64,
    /// Pairs that went for want of room.
    dropped: u64,
    losses: u64,
    told: Option<Timestamp>,
}

/// What was seen up to a moment, to be judged or written while more comes in.
#[derive(Debug)]
pub(crate) struct Seen {
    pairs: Vec<Arc<RuntimeEvent>>,
    version: u64,
    dropped: u64,
    losses: u64,
}

/// The observed network held against what policies allow, for one state of the cluster.
#[derive(Debug)]
pub(crate) struct Observed {
    world: Arc<World>,
    version: u64,
    /// Edges with what policies say of each.
    pub(crate) edges: Vec<(Edge, Standing)>,
    /// Intervals in which events were lost.
    pub(crate) losses: u64,
    /// Pairs that went for want of room.
    pub(crate) dropped: u64,
}

impl Flows {
    /// Takes in an event; false when it says nothing here, as everything but connections and losses.
    pub(crate) fn observe(&mut self, event: &RuntimeEvent) -> bool {
        match &event.what {
            Activity::Loss(_) => self.losses += 1,
            Activity::Flow(flow) => return self.add(event, flow),
            _ => return false,
        }
        true
    }

    /// True when readers are to hear that there is something new, at most once in `every`.
    pub(crate) fn is_due(&mut self, now: Timestamp, every: SignedDuration) -> bool {
        let due = self
            .told
            .is_none_or(|told| now.duration_since(told).abs() >= every);
        if due {
            self.told = Some(now);
        }
        due
    }

    fn add(&mut self, event: &RuntimeEvent, flow: &Flow) -> bool {
        if flow.transport == Transport::Icmp || flow.port == 0 || flow.peer.is_loopback() {
            return false;
        }
        self.version += 1;
        let subject = known_by(&event.subject);
        let peer_subject = known_by(&flow.peer_subject);
        let key = Key {
            subject: end(&subject, &event.node, None),
            peer: end(&peer_subject, "", Some(flow.peer)),
            direction: flow.direction,
            transport: flow.transport,
            port: flow.port,
        };
        if let Some(known) = self.pairs.get_mut(&key) {
            let known = Arc::make_mut(known);
            known.time = known.time.max(event.time);
            if let Activity::Flow(sum) = &mut known.what {
                add_up(sum, flow, event.time);
            }
            return true;
        }
        self.make_room();
        let mut sum = Flow {
            local: None,
            client_port: None,
            peer_subject,
            verdict: Verdict::Passed,
            since: flow.since.or(Some(event.time)),
            count: 0,
            failed: 0,
            denied: 0,
            resets: 0,
            sent: 0,
            received: 0,
            latency: None,
            ..flow.clone()
        };
        add_up(&mut sum, flow, event.time);
        let mut pair = RuntimeEvent::new(event.time, event.source, Activity::Flow(Box::new(sum)));
        pair.node.clone_from(&event.node);
        pair.subject = subject;
        self.pairs.insert(key, Arc::new(pair));
        true
    }

    fn make_room(&mut self) {
        if self.pairs.len() < MOST {
            return;
        }
        let mut times: Vec<Timestamp> = self.pairs.values().map(|it| it.time).collect();
        times.sort_unstable();
        let Some(until) = times.get(times.len() / 10).copied() else {
            return;
        };
        let before = self.pairs.len();
        self.pairs.retain(|_, it| it.time > until);
        self.dropped += (before - self.pairs.len()) as u64;
    }

    /// Forgets what was silent for long.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        let before = self.pairs.len();
        self.pairs
            .retain(|_, it| now.duration_since(it.time) < FORGOTTEN);
        self.version += u64::from(self.pairs.len() != before);
    }

    /// True while nothing was ever seen.
    pub(crate) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// How many pairs are known.
    pub(crate) fn len(&self) -> usize {
        self.pairs.len()
    }

    /// What was seen up to now.
    pub(crate) fn seen(&self) -> Seen {
        Seen {
            pairs: self.pairs.values().cloned().collect(),
            version: self.version,
            dropped: self.dropped,
            losses: self.losses,
        }
    }

    /// Reads the written form.
    pub(crate) fn read(text: &str) -> Result<Self, serde_json::Error> {
        let mut flows = Flows::default();
        for line in text.lines() {
            flows.observe(&RuntimeEvent::from_line(line)?);
        }
        Ok(flows)
    }
}

impl Observed {
    /// True while it says all that there is to say.
    pub(crate) fn is_of(&self, world: &Arc<World>, flows: &Flows) -> bool {
        self.version == flows.version
            && self.losses == flows.losses
            && Arc::ptr_eq(&self.world, world)
    }
}

impl Seen {
    /// The written form: an event a line.
    pub(crate) fn to_lines(&self) -> Vec<u8> {
        let mut text = Vec::new();
        for event in &self.pairs {
            // Texts and numbers always make JSON.
            if let Ok(line) = event.to_line() {
                text.extend_from_slice(line.as_bytes());
                text.push(b'\n');
            }
        }
        text
    }

    /// The map for a state of the cluster.
    pub(crate) fn observed(&self, world: &Arc<World>) -> Observed {
        Observed {
            world: world.clone(),
            version: self.version,
            edges: self.judged(world.inventory(), &world.reach()),
            losses: self.losses,
            dropped: self.dropped,
        }
    }

    /// Every edge with what the policies of a state say of it.
    pub(crate) fn judged(&self, inventory: &Inventory, reach: &Reach) -> Vec<(Edge, Standing)> {
        let mut map = FlowMap::new(inventory, reach, Limits::default());
        for event in &self.pairs {
            map.observe(event);
        }
        let judged = map.judged();
        judged
            .into_iter()
            .map(|it| (it.edge.clone(), it.standing))
            .collect()
    }
}

/// What names a subject when its pods are gone.
fn known_by(subject: &Subject) -> Subject {
    let mut known = Subject {
        kind: subject.kind,
        namespace: subject.namespace.clone(),
        workload: subject.workload.clone(),
        ..Subject::default()
    };
    if known.workload.is_none() {
        known.pod.clone_from(&subject.pod);
        known.pod_uid.clone_from(&subject.pod_uid);
        known.container_id.clone_from(&subject.container_id);
    }
    known
}

fn end(subject: &Subject, node: &str, address: Option<IpAddr>) -> End {
    if let Some(workload) = &subject.workload {
        return (
            subject.namespace.clone(),
            workload.kind.clone(),
            workload.name.clone(),
        );
    }
    let fallback = address.map_or_else(|| node.to_owned(), |it| it.to_string());
    let name = [&subject.pod, &subject.pod_uid, &subject.container_id]
        .into_iter()
        .find(|it| !it.is_empty());
    match name {
        Some(name) => (subject.namespace.clone(), String::new(), name.clone()),
        None if subject.kind == SubjectKind::Host => ("host".to_owned(), String::new(), fallback),
        None => (String::new(), String::new(), fallback),
    }
}

fn add_up(sum: &mut Flow, flow: &Flow, time: Timestamp) {
    let begin = flow.since.unwrap_or(time);
    sum.since = Some(sum.since.map_or(begin, |since| since.min(begin)));
    for (sum, more) in [
        (&mut sum.count, flow.count),
        (&mut sum.failed, flow.failed),
        (&mut sum.resets, flow.resets),
        (&mut sum.sent, flow.sent),
        (&mut sum.received, flow.received),
    ] {
        *sum = sum.saturating_add(more);
    }
    let denied = match flow.verdict {
        Verdict::Denied => flow.denied.max(1),
        _ => flow.denied,
    };
    sum.denied = sum.denied.saturating_add(denied);
    if let Some(more) = flow.latency {
        sum.latency.get_or_insert_default().add(more);
    }
    for name in &flow.names {
        if sum.names.len() < MOST_NAMES && !sum.names.contains(name) {
            sum.names.push(name.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(peer: &str, second: i64) -> RuntimeEvent {
        let line = format!(
            r#"{{"catseye":1,"time":"2026-11-21T10:00:{second:02}Z","node":"n","subject":{{"kind":"container",
            "namespace":"shop","pod":"web-{second}","workload":{{"kind":"Deployment","name":"web"}}}},
            "what":{{"flow":{{"direction":"out","transport":"tcp","peer":"{peer}","port":443,"count":2,"sent":10,
            "names":["api.example"],"latency":{{"count":2,"sum":30,"max":20}}}}}}}}"#
        );
        RuntimeEvent::from_line(&line).unwrap()
    }

    #[test]
    fn replicas_add_up_and_what_is_written_is_read_again() {
        let mut flows = Flows::default();
        for (peer, second) in [("203.0.113.9", 1), ("203.0.113.9", 5), ("203.0.113.10", 2)] {
            flows.observe(&flow(peer, second));
        }
        assert_eq!(flows.len(), 2);
        let text = String::from_utf8(flows.seen().to_lines()).unwrap();
        let again = Flows::read(&text).unwrap();
        assert_eq!(again.pairs, flows.pairs);
        let first = flows.pairs.values().find_map(|event| match &event.what {
            Activity::Flow(sum) if sum.peer.to_string() == "203.0.113.9" => Some(sum.clone()),
            _ => None,
        });
        let first = first.unwrap();
        assert_eq!((first.count, first.sent), (4, 20));
        assert_eq!(first.latency.unwrap().sum, 60);
        assert_eq!(first.since, "2026-11-21T10:00:01Z".parse().ok());
    }

    #[test]
    fn what_was_silent_for_weeks_is_forgotten() {
        let mut flows = Flows::default();
        flows.observe(&flow("203.0.113.9", 1));
        flows.forget("2026-12-01T10:00:00Z".parse().unwrap());
        assert!(!flows.is_empty());
        flows.forget("2026-12-21T10:00:00Z".parse().unwrap());
        assert!(flows.is_empty());
    }
}
