//! What changed, numbered, so that a reader who was away goes on where it stopped.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::broadcast;

/// How many changes are kept for readers who were away.
const KEPT: usize = 4096;

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its number: one more than that of the change before.
    pub seq: u64,
    /// When.
    pub time: Timestamp,
    /// What kind of thing changed.
    pub kind: ChangeKind,
    /// What changed: an incident's id, an object as `Deployment shop/cart`, or empty.
    pub subject: String,
    /// The version of the world, or of the incident, after it.
    pub version: u64,
}

/// What kind of thing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// An incident is new.
    IncidentOpened,
    /// An incident got evidence, or was acted on.
    IncidentUpdated,
    /// An incident that was settled is back.
    IncidentReopened,
    /// Objects came, changed or went.
    Objects,
    /// Findings came or went.
    Findings,
    /// Ways of attack were computed anew.
    Paths,
    /// Something can be seen that could not, or no more.
    Coverage,
    /// Connections were seen.
    Flows,
    /// A workload fell ill or recovered.
    Health,
    /// An object differs from what is desired, or no more.
    Drift,
}

/// What a reader missed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// All of it, in order.
    Changes(Vec<Arc<Change>>),
    /// More than is kept: read everything again, then go on from this number.
    Reload(u64),
}

/// The numbered changes.
#[derive(Debug)]
pub struct Feed {
    kept: Mutex<Kept>,
    sender: broadcast::Sender<Arc<Change>>,
}

#[derive(Debug, Default)]
struct Kept {
    next: u64,
    changes: VecDeque<Arc<Change>>,
}

impl Default for Feed {
    fn default() -> Self {
        Feed {
            kept: Mutex::default(),
            sender: broadcast::channel(KEPT).0,
        }
    }
}

impl Feed {
    /// Changes from now on. A receiver that lags asks [`Feed::since`] for what it missed.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Change>> {
        self.sender.subscribe()
    }

    /// The changes after the one of that number.
    pub fn since(&self, seq: u64) -> Since {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let first = kept.changes.front().map_or(kept.next, |change| change.seq);
        // A number from the future was given out before a restart.
        if seq + 1 < first || seq >= kept.next.max(1) {
            return Since::Reload(kept.next.saturating_sub(1));
        }
        let missed = kept.changes.iter().filter(|change| change.seq > seq);
        Since::Changes(missed.cloned().collect())
    }

    /// The number of the last change; 0 before the first.
    pub fn last(&self) -> u64 {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.next.saturating_sub(1)
    }

    pub(crate) fn tell(&self, time: Timestamp, kind: ChangeKind, subject: &str, version: u64) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let change = Arc::new(Change {
            seq: kept.next.max(1),
            time,
            kind,
            subject: subject.to_owned(),
            version,
        });
        kept.next = change.seq + 1;
        if kept.changes.len() == KEPT {
            kept.changes.pop_front();
        }
        kept.changes.push_back(change.clone());
        // Sent under the lock, so that receivers see the numbers in order. Nobody may be listening.
        let _ = self.sender.send(change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_goes_on_where_it_stopped_or_reloads() {
        let feed = Feed::default();
        assert_eq!(feed.since(0), Since::Changes(Vec::new()));
        for version in 0..5 {
            feed.tell(Timestamp::UNIX_EPOCH, ChangeKind::Objects, "", version);
        }
        let Since::Changes(missed) = feed.since(3) else {
            panic!("the changes are kept");
        };
        let numbers: Vec<u64> = missed.iter().map(|change| change.seq).collect();
        assert_eq!(numbers, [4, 5]);
        assert_eq!(feed.since(99), Since::Reload(5), "of another run");
        for version in 0..KEPT as u64 {
            feed.tell(Timestamp::UNIX_EPOCH, ChangeKind::Objects, "", version);
        }
        assert_eq!(feed.since(3), Since::Reload(5 + KEPT as u64));
    }
}
