//! Which audit events came lately, so that a batch that is sent again counts once.
//!
//! An API server sends a batch again when it heard no answer in time, up to four times within some
//! minutes. An event is known by a mark: a hash of what the API server says of it. Its audit id alone would
//! not do, because whoever makes a request may choose it: calls under one id would hide each other.

use std::collections::HashSet;

use catseye_event::Event;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

/// For so long, at least, an event is known: twice the four minutes in which an API server sends again.
const WINDOW: SignedDuration = SignedDuration::from_mins(8);
/// So many marks are held at most twice; beyond that the window is shorter.
const MOST: usize = 1_800_000;

/// What an event is known by; `None` for one that has no id or no time.
pub(crate) fn mark(event: &Event<'_>) -> Option<u64> {
    let times = (event.received_at(), event.staged_at());
    if event.audit_id().is_empty() || times == (None, None) {
        return None;
    }
    let mut hash = Sha256::new();
    for text in [
        event.audit_id(),
        event.stage().name(),
        event.verb(),
        event.request_uri(),
        &event.user().username,
        event.peer_ip().unwrap_or_default(),
    ] {
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    }
    for time in [times.0, times.1] {
        hash.update(time.map_or(0, Timestamp::as_nanosecond).to_le_bytes());
    }
    let hash = hash.finalize();
    hash.first_chunk::<8>()
        .map(|bytes| u64::from_le_bytes(*bytes))
}

/// The marks of the last minutes, in two generations: the younger one fills, the older one goes as a whole.
#[derive(Debug, Default)]
pub(crate) struct SeenEvents {
    younger: Generation,
    older: Generation,
}

#[derive(Debug, Default)]
struct Generation {
    began: Option<Timestamp>,
    marks: HashSet<u64>,
}

impl SeenEvents {
    /// Since when marks have to be read to know what an earlier run knew.
    pub(crate) fn known_since(now: Timestamp) -> Timestamp {
        now.saturating_sub(WINDOW * 2)
            .unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Notes a mark. False when it is known.
    pub(crate) fn is_new(&mut self, mark: u64, now: Timestamp) -> bool {
        if self.older.marks.contains(&mark) {
            return false;
        }
        let began = *self.younger.began.get_or_insert(now);
        if now.duration_since(began) >= WINDOW || self.younger.marks.len() >= MOST {
            let begins = Generation {
                began: Some(now),
                marks: HashSet::new(),
            };
            // Looked for before it became the older one.
            let is_known = self.younger.marks.contains(&mark);
            self.older = std::mem::replace(&mut self.younger, begins);
            if is_known {
                return false;
            }
        }
        self.younger.marks.insert(mark)
    }

    /// What came before this is not known any more.
    pub(crate) fn begins(&self) -> Option<Timestamp> {
        self.older.began.or(self.younger.began)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn a_mark_is_known_for_the_window_and_at_most_for_two() {
        let mut seen = SeenEvents::default();
        assert!(seen.is_new(1, at(0)));
        assert!(!seen.is_new(1, at(1)));
        assert!(seen.is_new(2, at(100)));
        // The generation changes; both are still known.
        assert!(!seen.is_new(2, at(480)));
        assert!(!seen.is_new(1, at(500)));
        assert_eq!(seen.begins(), Some(at(0)));
        assert!(seen.is_new(3, at(960)));
        assert_eq!(seen.begins(), Some(at(480)));
        assert!(seen.is_new(1, at(961)), "forgotten with its generation");
    }
}
