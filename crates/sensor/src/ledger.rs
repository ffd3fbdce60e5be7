//! What is new about flows since they were last told.
//!
//! The kernel counts from the moment a flow enters its map; events tell an interval each. The
//! first attempt is told at once, by a record of its own, and is not told again.

use std::collections::HashMap;

use crate::record::{FlowCount, FlowKey};

/// The counts as they were last told.
#[derive(Debug, Default)]
pub struct Ledger {
    told: HashMap<FlowKey, FlowCount>,
}

impl Ledger {
    /// Nothing told yet.
    pub fn new() -> Self {
        Ledger::default()
    }

    /// The first attempt of a flow was told.
    pub fn announced(&mut self, key: FlowKey) {
        let mut count = FlowCount::default();
        // What comes in by UDP counts as made, not as tried.
        if key.inward && key.protocol == 17 {
            count.established = 1;
        } else {
            count.attempts = 1;
        }
        self.told.insert(key, count);
    }

    /// What is new, if anything is. `now` stands in the kernel's map.
    pub fn difference(&mut self, key: FlowKey, now: FlowCount) -> Option<FlowCount> {
        let before = self.told.get(&key).cloned().unwrap_or_default();
        // A flow that was pushed out of the map and came back counts from nothing.
        let again = before.first != 0 && before.first != now.first;
        let before = if again { FlowCount::default() } else { before };
        let new = FlowCount {
            first: now.first,
            last: now.last,
            sent: now.sent.saturating_sub(before.sent),
            received: now.received.saturating_sub(before.received),
            latency: now.latency.saturating_sub(before.latency),
            latency_max: now.latency_max,
            start: now.start,
            pid: now.pid,
            attempts: now.attempts.saturating_sub(before.attempts),
            established: now.established.saturating_sub(before.established),
            failed: now.failed.saturating_sub(before.failed),
            resets: now.resets.saturating_sub(before.resets),
            closed: now.closed.saturating_sub(before.closed),
            error: now.error,
            comm: now.comm.clone(),
        };
        self.told.insert(key, now);
        let is_new = new.attempts + new.established + new.failed + new.resets + new.closed > 0
            || new.sent + new.received > 0;
        is_new.then_some(new)
    }

    /// A flow left the kernel's map.
    pub fn forget(&mut self, key: &FlowKey) {
        self.told.remove(key);
    }

    /// Keeps the flows that `stays` names.
    pub fn retain(&mut self, stays: impl Fn(&FlowKey) -> bool) {
        self.told.retain(|key, _| stays(key));
    }

    /// How many flows are known.
    pub fn len(&self) -> usize {
        self.told.len()
    }

    /// True when none is known.
    pub fn is_empty(&self) -> bool {
        self.told.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> FlowKey {
        FlowKey {
            cgroup: 1,
            address: "203.0.113.9".parse().unwrap(),
            port: 443,
            protocol: 6,
            inward: false,
        }
    }

    fn count(first: u64, attempts: u32, sent: u64) -> FlowCount {
        FlowCount {
            first,
            sent,
            attempts,
            ..FlowCount::default()
        }
    }

    #[test]
    fn every_attempt_is_told_once() {
        let mut ledger = Ledger::new();
        ledger.announced(key());
        assert_eq!(ledger.difference(key(), count(5, 1, 0)), None);
        let new = ledger.difference(key(), count(5, 4, 90)).unwrap();
        assert_eq!((new.attempts, new.sent), (3, 90));
        assert_eq!(ledger.difference(key(), count(5, 4, 90)), None);
    }

    #[test]
    fn a_flow_that_came_back_counts_from_nothing() {
        let mut ledger = Ledger::new();
        ledger.difference(key(), count(5, 4, 90));
        let new = ledger.difference(key(), count(9, 2, 10)).unwrap();
        assert_eq!((new.attempts, new.sent), (2, 10));
    }
}
