//! From the bytes of a log to events.
//!
//! [`Intake`] is fed chunks of any size and calls back for every event. It finds out by itself how the
//! log is written, record by record, so that files of several shapes may be fed one after the other:
//!
//! ```text
//! chunks ─► lines ─────────────────────┐
//!     └───► walker (values over lines, ─┴─► envelopes ─► events
//!           lists of any size)
//! ```
//!
//! It keeps one unfinished record at most. What gives no event is counted in the [`Tally`], with the
//! place of the first of its kind; nothing is fatal.

mod envelope;
mod gke;
mod prefix;
mod tally;
#[cfg(test)]
mod tests;
mod walker;

pub use tally::{Cause, Tally, Unreadable};

use std::borrow::Cow;

use catseye_model::RedactionKey;
use memchr::{memchr, memchr_iter};

use self::envelope::{Context, Held, Opener};
use self::walker::{Step, Walker};
use crate::audit::{Event, Place};

/// What events are handed to.
pub type Sink<'s> = dyn FnMut(&Event<'_>) + 's;

/// A line longer than this is followed by the walker, in case it is a list.
const LONG_LINE: usize = 1 << 20;

/// No record is longer: etcd refuses objects above 1.5 MiB, and an event holds two.
const LONGEST_RECORD: usize = 16 << 20;

/// Reads a log in chunks.
#[derive(Debug)]
pub struct Intake {
    key: RedactionKey,
    kept: Vec<u8>,
    /// How much of the kept bytes is known to hold no end of line.
    searched: usize,
    way: Way,
    held: Held,
    tally: Tally,
    place: Place,
}

/// How the bytes are being cut into records.
#[derive(Debug)]
enum Way {
    /// A record a line.
    Lines,
    /// A value that goes over lines, or a very long one.
    Walk(Walker),
    /// What comes is dropped up to the next line.
    Skip,
}

impl Intake {
    /// An intake that hashes secret values under `key`.
    pub fn new(key: RedactionKey) -> Self {
        Intake {
            key,
            kept: Vec::new(),
            searched: 0,
            way: Way::Lines,
            held: Held::default(),
            tally: Tally::default(),
            place: Place { line: 1, byte: 0 },
        }
    }

    /// Takes the next bytes of the log, and hands the events that end in them to `sink`.
    pub fn feed(&mut self, chunk: &[u8], sink: &mut Sink<'_>) {
        if self.kept.is_empty() {
            let used = self.work(chunk, false, sink);
            self.kept
                .extend_from_slice(chunk.get(used..).unwrap_or_default());
        } else {
            let mut kept = std::mem::take(&mut self.kept);
            kept.extend_from_slice(chunk);
            let used = self.work(&kept, false, sink);
            kept.drain(..used);
            self.kept = kept;
        }
    }

    /// The log ends here: a last line without an end is read as it is. Another log may follow.
    pub fn finish(&mut self, sink: &mut Sink<'_>) {
        let kept = std::mem::take(&mut self.kept);
        self.work(&kept, true, sink);
        self.opener(sink).flush_held();
        self.way = Way::Lines;
        self.searched = 0;
        self.place = Place { line: 1, byte: 0 };
    }

    /// What was read so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    fn opener<'i, 's>(&'i mut self, sink: &'i mut Sink<'s>) -> Opener<'i, 's> {
        Opener {
            key: &self.key,
            tally: &mut self.tally,
            held: &mut self.held,
            sink,
        }
    }

    /// Works through `bytes`; gives how many are done with.
    fn work(&mut self, bytes: &[u8], ended: bool, sink: &mut Sink<'_>) -> usize {
        let mut done = 0;
        while let Some(rest) = bytes.get(done..).filter(|rest| !rest.is_empty()) {
            let one_line = matches!(self.way, Way::Lines);
            let used = match &mut self.way {
                Way::Lines => self.line(rest, ended, sink),
                Way::Walk(_) => self.walk(rest, ended, sink),
                Way::Skip => Some(self.skip(rest)),
            };
            let Some(used) = used else { break };
            let used = rest.get(..used).unwrap_or_default();
            let lines = if one_line {
                u64::from(used.last() == Some(&b'\n'))
            } else {
                line_ends(used)
            };
            self.tally.bytes += used.len() as u64;
            self.tally.lines += lines;
            self.place.byte += used.len() as u64;
            self.place.line += lines;
            done += used.len();
        }
        done
    }

    /// Reads a line, if it is there as a whole; gives how many bytes are done with.
    fn line(&mut self, bytes: &[u8], ended: bool, sink: &mut Sink<'_>) -> Option<usize> {
        let searched = std::mem::take(&mut self.searched);
        let found = memchr(b'\n', bytes.get(searched..).unwrap_or_default());
        let end = match found {
            Some(found) => searched + found + 1,
            None if ended => bytes.len(),
            None if bytes.len() > LONG_LINE => {
                let begins_value = matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['));
                if begins_value {
                    self.way = Way::Walk(Walker::default());
                    return Some(0);
                }
                self.too_long();
                return Some(bytes.len());
            }
            None => {
                self.searched = bytes.len();
                return None;
            }
        };
        let line = bytes.get(..end).unwrap_or_default().trim_ascii();
        if line.is_empty() {
            return Some(end);
        }
        if !ended && is_for_walker(line) {
            self.way = Way::Walk(Walker::default());
            return Some(0);
        }
        let context = Context::at(self.place);
        self.opener(sink).open(&text(line), context);
        Some(end)
    }

    /// Lets the walker go on.
    fn walk(&mut self, bytes: &[u8], ended: bool, sink: &mut Sink<'_>) -> Option<usize> {
        let Way::Walk(walker) = &mut self.way else {
            return None;
        };
        let step = walker.step(bytes);
        let (start, end) = match step {
            Step::Element { start, end } => (start, end),
            Step::Done { end } => {
                self.way = Way::Lines;
                return Some(end);
            }
            Step::Broken { at } => {
                let start = walker.needs_from().min(at);
                let was_in_record = walker.is_in_record();
                self.way = Way::Lines;
                if was_in_record {
                    self.element(bytes, start, at, sink);
                } else {
                    let place = self.place;
                    self.tally
                        .unreadable(Cause::NotJson, place, "broken between records");
                }
                // Something that is broken where it begins would be found again for ever.
                return Some(at.max(1));
            }
            Step::More if ended => {
                let start = walker.needs_from();
                if walker.is_in_record() {
                    self.element(bytes, start, bytes.len(), sink);
                } else {
                    let place = self.place;
                    self.tally
                        .unreadable(Cause::Cut, place, "a list without an end");
                }
                self.way = Way::Lines;
                return Some(bytes.len());
            }
            Step::More => {
                let unneeded = walker.needs_from();
                if bytes.len() - unneeded > LONGEST_RECORD {
                    self.too_long();
                    return Some(bytes.len());
                }
                walker.forget(unneeded);
                // Nothing new to look at: wait for more bytes.
                return (unneeded > 0).then_some(unneeded);
            }
        };
        walker.forget(end);
        self.element(bytes, start, end, sink);
        Some(end)
    }

    /// Opens a record that the walker found.
    fn element(&mut self, bytes: &[u8], start: usize, end: usize, sink: &mut Sink<'_>) {
        let before = bytes.get(..start).unwrap_or_default();
        let mut context = Context::at(Place {
            line: self.place.line + line_ends(before),
            byte: self.place.byte + before.len() as u64,
        });
        if let Way::Walk(walker) = &self.way {
            context.source = walker.source();
        }
        let record = bytes.get(start..end).unwrap_or_default();
        self.opener(sink).open(&text(record), context);
    }

    fn skip(&mut self, bytes: &[u8]) -> usize {
        match memchr(b'\n', bytes) {
            Some(end) => {
                self.way = Way::Lines;
                end + 1
            }
            None => bytes.len(),
        }
    }

    fn too_long(&mut self) {
        self.way = Way::Skip;
        self.tally.unreadable(Cause::TooLong, self.place, "");
    }
}

fn line_ends(bytes: &[u8]) -> u64 {
    memchr_iter(b'\n', bytes).count() as u64
}

/// The bytes as text. Broken UTF-8 becomes replacement characters, which may cost a field, not the event.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    // Checking first is several times as fast as repairing what needs no repair.
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

/// How batches begin that come one a line.
const BATCH_BEGINNINGS: [&[u8]; 5] = [
    br#"{"kind":"EventList""#,
    br#"{"messageType":"#,
    br#"{"logEvents":["#,
    br#"{"events":["#,
    br#"{"records":["#,
];

/// True when a JSON value begins on this line that is best left to the walker: it goes on on the next
/// one, or is a batch, of which the walker goes through every byte once only.
fn is_for_walker(line: &[u8]) -> bool {
    match (line.first(), line.last()) {
        (Some(b'{'), _) if BATCH_BEGINNINGS.iter().any(|begin| line.starts_with(begin)) => true,
        // Nearly every line of a log: an object that ends where the line does.
        (Some(b'{'), Some(b'}')) => false,
        (Some(b'{' | b'['), _) => Walker::stops_between_tokens(line),
        _ => false,
    }
}
