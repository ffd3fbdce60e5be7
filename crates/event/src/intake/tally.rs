//! What an intake read, and what it could not read.

use std::collections::BTreeMap;

use crate::audit::Place;

/// Counts of one log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Bytes taken, after decompression.
    pub bytes: u64,
    /// Lines taken.
    pub lines: u64,
    /// Events handed out.
    pub events: u64,
    /// Events of which only the head could be read; they are among `events`.
    pub cut: u64,
    /// Records without events that belong there, such as the control messages of CloudWatch.
    pub passed_over: u64,
    /// What could not be read, by cause.
    pub unreadable: BTreeMap<Cause, Unreadable>,
}

/// Why a record gave no event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// It is no JSON.
    NotJson,
    /// It is JSON, and no audit event nor anything that wraps one.
    NotAnEvent,
    /// It ends early, before anything of use.
    Cut,
    /// It is longer than any audit event can be.
    TooLong,
    /// It wraps what cannot be unwrapped: bad base64, bad gzip, too many layers.
    BadWrapping,
}

impl Cause {
    /// The cause in words.
    pub fn name(self) -> &'static str {
        match self {
            Cause::NotJson => "no JSON",
            Cause::NotAnEvent => "no audit event",
            Cause::Cut => "ends early",
            Cause::TooLong => "too long",
            Cause::BadWrapping => "cannot be unwrapped",
        }
    }
}

/// Records that could not be read for one cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// How many.
    pub count: u64,
    /// Where the first stands.
    pub first: Place,
    /// What the parser said of the first.
    pub detail: String,
}

impl Tally {
    /// How many records could not be read.
    pub fn unreadable_count(&self) -> u64 {
        self.unreadable
            .values()
            .map(|unreadable| unreadable.count)
            .sum()
    }

    pub(crate) fn unreadable(&mut self, cause: Cause, place: Place, detail: &str) {
        self.unreadable
            .entry(cause)
            .and_modify(|unreadable| unreadable.count += 1)
            .or_insert(Unreadable {
                count: 1,
                first: place,
                detail: detail.to_owned(),
            });
    }
}
