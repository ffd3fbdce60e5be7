//! From the bytes of a recording to events, whatever product wrote it.
//!
//! Records stand one a line, over several lines, or in lists; container runtimes may have put a prefix
//! before them. Which product wrote a record is told by its keys, so several may be mixed. What is
//! read becomes an event, what is known and says nothing is counted by its name, and what cannot be
//! read is counted with the place of the first. Nothing is fatal.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use memchr::memchr;
use serde::Deserialize as _;
use serde_json::Value;

use super::{RuntimeEvent, falco, hubble, tetragon};
use crate::intake::{Cause, Unreadable};

/// No record is longer.
const LONGEST_RECORD: usize = 16 << 20;
/// So many kinds that are passed over are told apart.
const MOST_KINDS: usize = 64;

/// What a reader of one product gives: the event, and whether the record said when it was.
pub(super) type Read = Result<(RuntimeEvent, bool), Unmapped>;

/// A record that is well-formed and becomes no event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unmapped(String);

impl Unmapped {
    pub(super) fn kind(kind: &str) -> Self {
        let short: String = kind.chars().take(64).collect();
        Unmapped(short)
    }

    pub(super) fn shape(kind: &str, what: &str) -> Self {
        Unmapped::kind(&format!("{kind}: {what}"))
    }
}

/// What was read, and what was not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuntimeTally {
    /// Bytes taken, after decompression.
    pub bytes: u64,
    /// Records that are JSON.
    pub records: u64,
    /// Events handed out, by source and kind: `tetragon exec`.
    pub events: BTreeMap<(super::RuntimeSource, &'static str), u64>,
    /// Records that are understood to be no event, or are of a kind that is not known, by name.
    pub passed_over: BTreeMap<String, u64>,
    /// Events without a time, which took that of the event before them.
    pub untimed: u64,
    /// What could not be read, by cause.
    pub unreadable: BTreeMap<Cause, Unreadable>,
}

impl RuntimeTally {
    /// How many events were handed out.
    pub fn event_count(&self) -> u64 {
        self.events.values().sum()
    }

    /// How many records could not be read.
    pub fn unreadable_count(&self) -> u64 {
        self.unreadable.values().map(|it| it.count).sum()
    }
}

/// What events are handed to.
pub type Sink<'s> = dyn FnMut(RuntimeEvent) + 's;

/// Reads a recording in chunks.
#[derive(Debug, Default)]
pub struct RuntimeIntake {
    line: Vec<u8>,
    record: Vec<u8>,
    record_line: u64,
    record_byte: u64,
    depth: Depth,
    lines: u64,
    bytes: u64,
    skipping: bool,
    clock: Option<Timestamp>,
    tally: RuntimeTally,
}

/// How deep in brackets a record over several lines is.
#[derive(Debug, Clone, Copy, Default)]
struct Depth {
    brackets: usize,
    in_text: bool,
    escaped: bool,
}

impl Depth {
    /// Goes through bytes; gives the place behind the bracket that ends the value.
    fn end_in(&mut self, bytes: &[u8]) -> Option<usize> {
        for (place, byte) in bytes.iter().enumerate() {
            if self.in_text {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_text = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_text = true,
                b'{' | b'[' => self.brackets += 1,
                b'}' | b']' => {
                    self.brackets = self.brackets.saturating_sub(1);
                    if self.brackets == 0 {
                        return Some(place + 1);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

impl RuntimeIntake {
    /// An intake that has read nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was read so far.
    pub fn tally(&self) -> &RuntimeTally {
        &self.tally
    }

    /// Takes the next bytes, and hands the events that end in them to `sink`.
    pub fn feed(&mut self, chunk: &[u8], sink: &mut Sink<'_>) {
        self.tally.bytes += chunk.len() as u64;
        let mut rest = chunk;
        while let Some(end) = memchr(b'\n', rest) {
            let (line, after) = rest.split_at(end + 1);
            rest = after;
            if self.line.is_empty() {
                self.take_line(line, sink);
            } else {
                let mut kept = std::mem::take(&mut self.line);
                kept.extend_from_slice(line);
                self.take_line(&kept, sink);
                kept.clear();
                self.line = kept;
            }
        }
        if self.line.len() + rest.len() > LONGEST_RECORD {
            if !self.skipping {
                self.unreadable(Cause::TooLong, "");
            }
            self.skipping = true;
            self.bytes += (self.line.len() + rest.len()) as u64;
            self.line.clear();
        } else {
            self.line.extend_from_slice(rest);
        }
    }

    /// The recording ends here; another may follow.
    pub fn finish(&mut self, sink: &mut Sink<'_>) {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            self.take_line(&line, sink);
        }
        self.cut_record();
        self.lines = 0;
        self.bytes = 0;
        self.skipping = false;
    }

    fn take_line(&mut self, line: &[u8], sink: &mut Sink<'_>) {
        self.lines += 1;
        let start = self.bytes;
        self.bytes += line.len() as u64;
        if std::mem::take(&mut self.skipping) {
            return;
        }
        if !self.record.is_empty() {
            // A record that begins where a line does ends one that was cut.
            if !line.starts_with(b"{\"") {
                self.continue_record(line, sink);
                return;
            }
            self.cut_record();
        }
        let content = without_prefix(line.trim_ascii());
        if content.is_empty() || matches!(content, b"]" | b"[" | b"," | b"],") {
            return;
        }
        (self.record_line, self.record_byte) = (self.lines, start);
        self.take_values(content, sink);
    }

    /// Takes the values that stand one behind the other in a line.
    fn take_values(&mut self, content: &[u8], sink: &mut Sink<'_>) {
        let mut rest = content;
        loop {
            rest = rest.trim_ascii_start();
            while let [b',' | b'[' | b']', after @ ..] = rest {
                rest = after.trim_ascii_start();
            }
            match rest.first() {
                None => return,
                Some(b'{') => {}
                Some(_) => {
                    self.unreadable(Cause::NotJson, "text that is no JSON object");
                    return;
                }
            }
            // Nearly every line is one whole record.
            if rest.ends_with(b"}") && self.read_record(rest, false, sink) {
                return;
            }
            let mut depth = Depth::default();
            if let Some(end) = depth.end_in(rest) {
                let (record, after) = rest.split_at(end);
                self.read_record(record, true, sink);
                rest = after;
            } else {
                self.depth = depth;
                self.record.extend_from_slice(rest);
                self.record.push(b'\n');
                return;
            }
        }
    }

    fn continue_record(&mut self, line: &[u8], sink: &mut Sink<'_>) {
        if self.record.len() + line.len() > LONGEST_RECORD {
            self.record.clear();
            self.unreadable(Cause::TooLong, "");
            return;
        }
        match self.depth.end_in(line) {
            None => self.record.extend_from_slice(line),
            Some(end) => {
                let (last, after) = line.split_at(end);
                let mut record = std::mem::take(&mut self.record);
                record.extend_from_slice(last);
                self.read_record(&record, true, sink);
                record.clear();
                self.record = record;
                (self.record_line, self.record_byte) = (self.lines, self.bytes);
                self.take_values(after.trim_ascii(), sink);
            }
        }
    }

    fn cut_record(&mut self) {
        if !self.record.is_empty() {
            self.record.clear();
            self.unreadable(Cause::Cut, "a record without an end");
        }
    }

    /// Reads one record; false when it is no JSON and `last_try` is not set, so that nothing was counted.
    fn read_record(&mut self, bytes: &[u8], last_try: bool, sink: &mut Sink<'_>) -> bool {
        let text: Cow<'_, str> = String::from_utf8_lossy(bytes);
        let ours = text.starts_with("{\"catseye\":");
        let read = if ours {
            serde_json::from_str::<RuntimeEvent>(&text).map(|event| Ok((event, true)))
        } else {
            serde_json::from_str::<Value>(&text).map(|value| read_value(&value))
        };
        match read {
            Err(err) if ours && err.is_data() => {
                let detail = err.to_string();
                self.tally.records += 1;
                self.unreadable(Cause::NotAnEvent, &detail);
            }
            Err(err) => {
                if !last_try {
                    return false;
                }
                let detail = err.to_string();
                self.unreadable(Cause::NotJson, &detail);
            }
            Ok(Err(Unmapped(kind))) => {
                self.tally.records += 1;
                self.pass_over(kind);
            }
            Ok(Ok((mut event, timed))) => {
                self.tally.records += 1;
                if timed {
                    self.clock = Some(event.time);
                } else {
                    self.tally.untimed += 1;
                    event.time = self.clock.unwrap_or(event.time);
                }
                let key = (event.source, event.what.kind());
                *self.tally.events.entry(key).or_default() += 1;
                sink(event);
            }
        }
        true
    }

    fn pass_over(&mut self, kind: String) {
        let known = self.tally.passed_over.contains_key(&kind);
        let kind = if known || self.tally.passed_over.len() < MOST_KINDS {
            kind
        } else {
            "other kinds".to_owned()
        };
        *self.tally.passed_over.entry(kind).or_default() += 1;
    }

    fn unreadable(&mut self, cause: Cause, detail: &str) {
        let place = crate::audit::Place {
            line: self.record_line.max(1),
            byte: self.record_byte,
        };
        self.tally
            .unreadable
            .entry(cause)
            .and_modify(|it| it.count += 1)
            .or_insert_with(|| Unreadable {
                count: 1,
                first: place,
                detail: detail.to_owned(),
            });
    }
}

/// Finds out by its keys who wrote a record, and reads it.
fn read_value(value: &Value) -> Read {
    let Some(fields) = value.as_object() else {
        return Err(Unmapped::kind("not an object"));
    };
    if fields.contains_key("catseye") {
        let event = RuntimeEvent::deserialize(value);
        return match event {
            Ok(event) => Ok((event, true)),
            Err(err) => Err(Unmapped::shape("catseye", &err.to_string())),
        };
    }
    // What gRPC gateways and log shippers put around an event.
    for wrapper in ["result", "log", "message", "event"] {
        match fields.get(wrapper) {
            Some(inner @ Value::Object(_)) if fields.len() <= 6 => return read_value(inner),
            Some(Value::String(text)) if text.trim_start().starts_with('{') => {
                let inner: Result<Value, _> = serde_json::from_str(text);
                if let Ok(inner @ Value::Object(_)) = inner {
                    return read_value(&inner);
                }
            }
            _ => {}
        }
    }
    if let Some(key) = fields.keys().find(|key| tetragon::is_kind(key)) {
        return tetragon::read(value, key);
    }
    if hubble::is_event(value) {
        return hubble::read(value);
    }
    if falco::is_event(value) {
        return falco::read(value);
    }
    let first = fields.keys().next().map_or("", String::as_str);
    Err(Unmapped::kind(&format!("unknown record ({first}…)")))
}

/// A line without what container runtimes write before its content: `TIME stdout F `.
fn without_prefix(line: &[u8]) -> &[u8] {
    if matches!(line.first(), Some(b'{' | b'[' | b']' | b'}' | b',')) {
        return line;
    }
    let Ok(text) = std::str::from_utf8(line) else {
        return line;
    };
    let mut fields = text.splitn(4, ' ');
    let timed = fields
        .next()
        .is_some_and(|it| crate::audit::parse_time(it).is_some());
    let stream = fields
        .next()
        .is_some_and(|it| matches!(it, "stdout" | "stderr"));
    let flagged = fields.next().is_some_and(|it| it.starts_with(['F', 'P']));
    match fields.next() {
        Some(content) if timed && stream && flagged => content.as_bytes(),
        _ => line,
    }
}
