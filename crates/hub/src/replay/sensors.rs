//! The runtime events of a recording, as the sensors of its nodes would send them.

use std::collections::{BTreeMap, VecDeque};

use catseye_event::runtime::RuntimeEvent;
use catseye_sensor::transport::{About, Batch};
use jiff::{SignedDuration, Timestamp};

use super::recording::Recording;

/// A sensor sends what it has after so long.
const PATIENCE: SignedDuration = SignedDuration::from_secs(2);

/// What is still to be sent.
pub(super) struct Sensors {
    events: VecDeque<RuntimeEvent>,
    /// The next number of each node.
    numbers: BTreeMap<String, u64>,
}

impl Sensors {
    pub(super) fn of(recording: &Recording) -> Self {
        let lines = recording.runtime.split(|byte| *byte == b'\n');
        let events = lines
            .filter_map(|line| std::str::from_utf8(line).ok())
            .filter_map(|line| RuntimeEvent::from_line(line).ok());
        Sensors {
            events: events.collect(),
            numbers: BTreeMap::new(),
        }
    }

    /// True when something is to be sent until a time.
    pub(super) fn is_due(&self, until: Timestamp) -> bool {
        self.events.front().is_some_and(|event| event.time <= until)
    }

    /// When the next batches are sent, where that is until a time.
    pub(super) fn next(&self, until: Timestamp) -> Option<Timestamp> {
        let first = self.events.front().filter(|event| event.time <= until)?;
        let next = first.time.checked_add(PATIENCE).unwrap_or(first.time);
        Some(next.min(until))
    }

    /// The batches of all nodes with what happened until a time.
    pub(super) fn take(&mut self, until: Timestamp) -> Vec<Batch> {
        let mut batches: BTreeMap<String, Vec<RuntimeEvent>> = BTreeMap::new();
        while let Some(event) = self.events.pop_front_if(|event| event.time <= until) {
            batches.entry(event.node.clone()).or_default().push(event);
        }
        let numbers = &mut self.numbers;
        let batches = batches.into_iter().map(|(node, events)| {
            let next = numbers.entry(node.clone()).or_insert(1);
            let first = *next;
            *next += events.len() as u64;
            Batch {
                node,
                stream: "recording".to_owned(),
                first,
                about: About::default(),
                events,
            }
        });
        batches.collect()
    }
}
