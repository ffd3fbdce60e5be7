//! Sensors by node: how far each was heard, and what of it was lost.
//!
//! Events of a sensor are numbered from its start; the name of its stream says of which. What was taken
//! before is passed over, and a number that is left out is an event that was lost on the way.

use std::collections::{BTreeMap, VecDeque};

use catseye_event::runtime::{Activity, Loss, RuntimeEvent, RuntimeSource};
use catseye_sensor::transport::{About, Batch};
use jiff::Timestamp;
use serde::Serialize;

/// Streams of one node that are told apart: those of its last starts.
const MOST_STREAMS: usize = 4;
/// Nodes that are known at a time.
const MOST_NODES: usize = 20_000;
/// Intervals of loss that are told of a node, the last ones.
const MOST_LOSSES: usize = 16;

/// How a node's sensor is heard, since the hub started.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SensorCoverage {
    /// The sensor's version.
    pub version: String,
    /// The node's kernel.
    pub kernel: String,
    /// True where the kernel takes no programs and `/proc` is looked at now and then.
    pub sampled: bool,
    /// What is not seen, and why.
    pub refused: Vec<(String, String)>,
    /// When it was heard last, by the hub's clock.
    pub heard: Option<Timestamp>,
    /// The time of its last event.
    pub last: Option<Timestamp>,
    /// Events taken.
    pub events: u64,
    /// Events that were sent again and passed over.
    pub again: u64,
    /// Events that were lost, as the sensor says and as missing numbers show.
    pub lost: u64,
    /// When events were lost; the last intervals.
    pub losses: VecDeque<LossInterval>,
}

/// An interval in which a sensor lost events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LossInterval {
    /// From.
    pub from: Timestamp,
    /// To.
    pub to: Timestamp,
    /// How many.
    pub events: u64,
    /// Why.
    pub reason: String,
}

/// What of a batch is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    /// So many events at the beginning are known.
    pub(crate) known: usize,
    /// So many events before the batch never came.
    pub(crate) missing: u64,
}

#[derive(Debug, Default)]
struct Node {
    /// The next number of each stream, the newest stream last.
    streams: VecDeque<(String, u64)>,
    coverage: SensorCoverage,
}

/// All nodes.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    by_name: BTreeMap<String, Node>,
}

impl Nodes {
    /// The name of the cursor that says how far a node was heard.
    pub(crate) fn cursor(node: &str) -> String {
        format!("sensor:{node}")
    }

    pub(crate) fn knows(&self, node: &str) -> bool {
        self.by_name.contains_key(node)
    }

    /// A node that is not known, with how far it was heard before. When there are too many, the one that was heard
    /// longest ago goes: how far it was heard is kept, so that it may come back.
    pub(crate) fn add(&mut self, node: &str, position: Option<&str>) {
        if self.by_name.len() >= MOST_NODES {
            let oldest = self.by_name.iter().min_by_key(|it| it.1.coverage.heard);
            if let Some(oldest) = oldest.map(|it| it.0.clone()) {
                self.by_name.remove(&oldest);
            }
        }
        let mut known = Node::default();
        for line in position.unwrap_or_default().lines() {
            if let Some((stream, next)) = line.rsplit_once(' ')
                && let Ok(next) = next.parse()
            {
                known.streams.push_back((stream.to_owned(), next));
            }
        }
        self.by_name.insert(node.to_owned(), known);
    }

    /// What of a batch is new; from then on it is known. `now` is the hub's time.
    pub(crate) fn take(&mut self, batch: &Batch, now: Timestamp) -> Part {
        let node = self.by_name.entry(batch.node.clone()).or_default();
        let coverage = &mut node.coverage;
        coverage.heard = Some(now);
        if !batch.about.is_unknown() {
            coverage.describe(&batch.about);
        }
        let count = batch.events.len() as u64;
        let after = batch.first.saturating_add(count);
        let is_first = node.streams.is_empty();
        let place = node.streams.iter().position(|it| it.0 == batch.stream);
        let Some(place) = place else {
            if node.streams.len() >= MOST_STREAMS {
                node.streams.pop_front();
            }
            node.streams.push_back((batch.stream.clone(), after));
            // Who hears a node for the first time does not know what was before.
            let missing = if is_first {
                0
            } else {
                batch.first.saturating_sub(1)
            };
            coverage.events += count;
            return Part { known: 0, missing };
        };
        let Some((_, next)) = node.streams.get_mut(place) else {
            return Part {
                known: 0,
                missing: 0,
            };
        };
        let known = next.saturating_sub(batch.first).min(count);
        let missing = batch.first.saturating_sub(*next);
        *next = after.max(*next);
        coverage.again += known;
        coverage.events += count - known;
        Part {
            known: usize::try_from(known).unwrap_or(usize::MAX),
            missing,
        }
    }

    /// How far a node was heard, as its cursor keeps it.
    pub(crate) fn position(&self, node: &str) -> String {
        let streams = self.by_name.get(node).map(|it| &it.streams);
        let lines = streams.into_iter().flatten();
        let lines: Vec<String> = lines
            .map(|(stream, next)| format!("{stream} {next}"))
            .collect();
        lines.join("\n")
    }

    /// Notes an event of a node.
    pub(crate) fn note(&mut self, event: &RuntimeEvent) {
        let Some(node) = self.by_name.get_mut(&event.node) else {
            return;
        };
        let coverage = &mut node.coverage;
        coverage.last = coverage.last.max(Some(event.time));
        if let Activity::Loss(loss) = &event.what {
            let events = loss.lost.values().sum();
            coverage.lost += events;
            if coverage.losses.len() >= MOST_LOSSES {
                coverage.losses.pop_front();
            }
            coverage.losses.push_back(LossInterval {
                from: loss.since.unwrap_or(event.time),
                to: event.time,
                events,
                reason: loss.reason.clone(),
            });
        }
    }

    /// The event that says that numbers are missing before a batch.
    pub(crate) fn missing(&self, batch: &Batch, missing: u64, now: Timestamp) -> RuntimeEvent {
        let last = self.by_name.get(&batch.node);
        let since = last.and_then(|it| it.coverage.last);
        let time = batch.events.first().map_or(now, |event| event.time);
        let loss = Loss {
            since: since.filter(|since| *since <= time),
            lost: [("unknown".to_owned(), missing)].into(),
            reason: "numbers of events are missing".to_owned(),
        };
        let mut event = RuntimeEvent::new(time, RuntimeSource::Catseye, Activity::Loss(loss));
        event.node.clone_from(&batch.node);
        event
    }

    /// How each node is heard.
    pub(crate) fn coverage(&self) -> impl Iterator<Item = (&str, &SensorCoverage)> {
        self.by_name
            .iter()
            .map(|(name, node)| (name.as_str(), &node.coverage))
    }
}

impl SensorCoverage {
    fn describe(&mut self, about: &About) {
        self.version.clone_from(&about.version);
        self.kernel.clone_from(&about.kernel);
        self.sampled = about.sampled;
        self.refused = about
            .refused
            .iter()
            .map(|it| (it.tells.clone(), it.reason.clone()))
            .collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(stream: &str, first: u64, count: usize) -> Batch {
        let line = r#"{"catseye":1,"time":"2026-11-21T10:00:00Z","what":{"exit":{"code":0}}}"#;
        let event = RuntimeEvent::from_line(line).unwrap();
        Batch {
            node: "node-1".to_owned(),
            stream: stream.to_owned(),
            first,
            about: About::default(),
            events: vec![event; count],
        }
    }

    fn take(nodes: &mut Nodes, batch: &Batch) -> (usize, u64) {
        let part = nodes.take(batch, Timestamp::UNIX_EPOCH);
        (part.known, part.missing)
    }

    #[test]
    fn what_is_sent_again_is_known_and_what_is_left_out_is_missing() {
        let mut nodes = Nodes::default();
        nodes.add("node-1", None);
        // A hub that hears a node for the first time misses nothing.
        assert_eq!(take(&mut nodes, &batch("a", 41, 10)), (0, 0));
        assert_eq!(take(&mut nodes, &batch("a", 41, 10)), (10, 0));
        assert_eq!(take(&mut nodes, &batch("a", 46, 10)), (5, 0));
        assert_eq!(take(&mut nodes, &batch("a", 60, 2)), (0, 4));
        // The sensor was started anew: its numbers begin at one.
        assert_eq!(take(&mut nodes, &batch("b", 1, 3)), (0, 0));
        assert_eq!(take(&mut nodes, &batch("c", 3, 1)), (0, 2));
        // What waited of the old stream is still told apart.
        assert_eq!(take(&mut nodes, &batch("a", 60, 2)), (2, 0));
    }

    #[test]
    fn one_node_too_many_takes_the_place_of_the_one_that_was_heard_longest_ago() {
        let mut nodes = Nodes::default();
        let at = |second: usize| Timestamp::from_second(second.try_into().unwrap()).unwrap();
        for number in 0..=MOST_NODES {
            let name = format!("node-{number}");
            nodes.add(&name, None);
            let one = Batch {
                node: name,
                ..batch("a", 1, 1)
            };
            // The first one is heard later than the second.
            nodes.take(&one, at(if number == 0 { 50 } else { number }));
        }
        assert_eq!(nodes.coverage().count(), MOST_NODES);
        assert!(nodes.knows("node-0") && !nodes.knows("node-1"));
    }

    #[test]
    fn how_far_a_node_was_heard_outlives_the_hub() {
        let mut nodes = Nodes::default();
        nodes.add("node-1", None);
        nodes.take(&batch("boot 1", 1, 5), Timestamp::UNIX_EPOCH);
        nodes.take(&batch("boot 2", 1, 2), Timestamp::UNIX_EPOCH);
        let position = nodes.position("node-1");
        let mut nodes = Nodes::default();
        nodes.add("node-1", Some(&position));
        assert_eq!(take(&mut nodes, &batch("boot 2", 1, 2)), (2, 0));
        assert_eq!(take(&mut nodes, &batch("boot 1", 4, 3)), (2, 0));
    }
}
