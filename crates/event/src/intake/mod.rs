//! From the bytes of a log to events.
//!
//! [`Intake`] is fed chunks of any size and calls back for every event; it keeps one record at most.

mod tally;

pub use tally::{Cause, Tally, Unreadable};

use catseye_model::RedactionKey;

use crate::audit::record::Record;
use crate::audit::{Event, Place};

/// What events are handed to.
pub type Sink<'s> = dyn FnMut(&Event<'_>) + 's;

/// Reads a log in chunks.
#[derive(Debug)]
pub struct Intake {
    key: RedactionKey,
    kept: Vec<u8>,
    tally: Tally,
    place: Place,
}

impl Intake {
    /// An intake that hashes secret values under `key`.
    pub fn new(key: RedactionKey) -> Self {
        Intake {
            key,
            kept: Vec::new(),
            tally: Tally::default(),
            place: Place { line: 1, byte: 0 },
        }
    }

    /// Takes the next bytes of the log, and hands the events that end in them to `sink`.
    pub fn feed(&mut self, chunk: &[u8], sink: &mut Sink<'_>) {
        let mut rest = chunk;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, after) = rest.split_at(end + 1);
            rest = after;
            if self.kept.is_empty() {
                self.line(line, sink);
            } else {
                let mut whole = std::mem::take(&mut self.kept);
                whole.extend_from_slice(line);
                self.line(&whole, sink);
                whole.clear();
                self.kept = whole;
            }
        }
        self.kept.extend_from_slice(rest);
    }

    /// The log ends here: a last line without an end is read as it is.
    pub fn finish(&mut self, sink: &mut Sink<'_>) {
        let last = std::mem::take(&mut self.kept);
        if !last.is_empty() {
            self.line(&last, sink);
        }
    }

    /// What was read so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    fn line(&mut self, line: &[u8], sink: &mut Sink<'_>) {
        self.tally.lines += 1;
        self.tally.bytes += line.len() as u64;
        let place = self.place;
        self.place.line += 1;
        self.place.byte += line.len() as u64;
        let text = String::from_utf8_lossy(line.trim_ascii());
        if text.is_empty() {
            return;
        }
        let mut record = Record::empty(&self.key);
        record.event.place = place;
        match record.fill(&text) {
            Ok(_) if record.is_event => {
                record.settle();
                self.tally.events += 1;
                sink(&record.event);
            }
            Ok(_) => self
                .tally
                .unreadable(Cause::NotAnEvent, place, String::new()),
            Err(err) => self
                .tally
                .unreadable(Cause::NotJson, place, err.to_string()),
        }
    }
}
