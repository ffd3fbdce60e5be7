//! Opening what logs are wrapped in, layer by layer, until an event comes out or it is clear that none will.
//!
//! ```text
//! CloudWatch   {"logEvents":[{"message":"{…}"}]}        Azure    {"records":[{"properties":{"log":"{…}"}}]}
//! Kinesis      {"records":[{"data":"base64(gzip(…))"}]} Docker   {"log":"{…}\n","stream":"stdout"}
//! Pub/Sub      {"message":{"data":"base64(…)"}}         Loki     {"streams":[{"values":[["time","{…}"]]}]}
//! ```
//!
//! Envelopes nest (Azure in a container log, CloudWatch in Kinesis), so opening is one recursive step.

use std::io::Read as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use catseye_model::RedactionKey;
use flate2::read::MultiGzDecoder;
use jiff::Timestamp;
use serde_json::value::RawValue;

use super::prefix::{self, Part};
use super::tally::{Cause, Tally};
use super::walker::{self, Walker};
use super::{Sink, gke};
use crate::audit::record::{Record, Wrapping};
use crate::audit::{Event, Place, Text, parse_time};
use crate::source::Source;

/// More layers than any pipeline has.
const MOST_LAYERS: u8 = 8;

/// A gzip member inside of JSON may grow to this.
const MOST_UNPACKED: u64 = 64 << 20;

/// Parts of a split line are joined up to this length.
const LONGEST_JOINED: usize = 16 << 20;

/// Docker splits lines at 16 KiB; a shorter line without an end is whole.
const SPLIT_LENGTH: usize = 8 << 10;

/// How every event of the API server's log backend begins. Inside of another event this text would
/// be escaped or stand behind a colon.
const BEGINNING: &str = r#"{"kind":"Event","apiVersion":"audit.k8s.io/"#;

/// What CloudWatch sends to see whether a subscriber is there.
const CLOUDWATCH_CONTROL: &str = "CWL CONTROL MESSAGE";

/// The first part of a line that a container runtime split.
#[derive(Debug, Default)]
pub(super) struct Held {
    text: String,
    place: Place,
}

/// What the layers around a text said of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context {
    pub(super) place: Place,
    pub(super) source: Source,
    pub(super) time: Option<Timestamp>,
    pub(super) layers: u8,
}

impl Context {
    pub(super) fn at(place: Place) -> Self {
        Context {
            place,
            source: Source::default(),
            time: None,
            layers: 0,
        }
    }

    fn inside(self) -> Self {
        Context {
            layers: self.layers + 1,
            ..self
        }
    }
}

/// Opens envelopes for one intake.
pub(super) struct Opener<'i, 's> {
    pub(super) key: &'i RedactionKey,
    pub(super) tally: &'i mut Tally,
    pub(super) held: &'i mut Held,
    pub(super) sink: &'i mut Sink<'s>,
}

impl Opener<'_, '_> {
    /// Opens a text: JSON values one after the other, or a line with a prefix.
    pub(super) fn open(&mut self, text: &str, context: Context) {
        if context.layers > MOST_LAYERS {
            self.unreadable(Cause::BadWrapping, context, "too many layers");
            return;
        }
        let mut rest = text.trim_ascii();
        while let Some(first) = rest.bytes().next() {
            let read = match first {
                b'{' => self.object(rest, context),
                b'[' if is_array(rest) => {
                    for element in walker::elements(rest) {
                        self.open(element, context.inside());
                    }
                    if Walker::stops_early(rest.as_bytes()) {
                        self.unreadable(Cause::Cut, context, "a list without an end");
                    }
                    None
                }
                b'"' => {
                    match serde_json::from_str::<Text<'_>>(rest) {
                        Ok(inner) => self.open(&inner, context.inside()),
                        Err(err) => self.unreadable(cause(&err), context, &err.to_string()),
                    }
                    None
                }
                _ => {
                    self.prefixed(rest, context);
                    None
                }
            };
            let Some(read) = read else { return };
            rest = rest.get(read..).unwrap_or_default().trim_ascii_start();
        }
    }

    /// Reads the object at the head of `text`; gives its length, or none when nothing follows it.
    fn object(&mut self, text: &str, context: Context) -> Option<usize> {
        let mut record = Record::empty(self.key);
        match record.fill(text) {
            Ok(length) => {
                self.record(record, text.get(..length)?, context);
                Some(length)
            }
            Err(err) => {
                if record.is_event() && !record.event.verb().is_empty() {
                    record.event.cut = true;
                    self.tally.cut += 1;
                    self.emit(&mut record, context);
                } else {
                    self.unreadable(cause(&err), context, &err.to_string());
                }
                // A writer that died within a line and came back left two events on it.
                text.get(1..)?.find(BEGINNING).map(|next| next + 1)
            }
        }
    }

    fn record(&mut self, mut record: Record<'_>, text: &str, context: Context) {
        if record.is_event() {
            self.emit(&mut record, context);
            return;
        }
        let has = |wanted| {
            record
                .wrapped
                .iter()
                .any(|(wrapping, _)| *wrapping == wanted)
        };
        if has(Wrapping::ProtoPayload) {
            match gke::read(text, self.key) {
                Some(mut event) => self.hand_out(&mut event, context),
                // Sinks carry the entries of other services too.
                None => self.tally.passed_over += 1,
            }
            return;
        }
        let mut inside = context.inside();
        inside.time = parse_time(&record.time).or(context.time);
        if has(Wrapping::LogStream) || has(Wrapping::CloudWatch) {
            inside.source = Source::Eks;
        }
        if has(Wrapping::Properties) {
            inside.source = Source::Aks;
        }
        if record.wrapped.iter().any(is_of_another_log) {
            self.tally.passed_over += 1;
            return;
        }
        let mut is_envelope = false;
        for (wrapping, value) in &record.wrapped {
            let value = value.get();
            match wrapping {
                Wrapping::MessageType | Wrapping::LogStream | Wrapping::Category => continue,
                // `message` beside `log` is the shipper's own word.
                Wrapping::Line if is_envelope => continue,
                Wrapping::Line => self.wrapped_line(value, inside),
                Wrapping::Data if value.starts_with('"') => self.data(value, inside),
                Wrapping::Values => self.loki_values(value, inside),
                _ if value.starts_with(['{', '[', '"']) => self.open(value, inside),
                _ => continue,
            }
            is_envelope = true;
        }
        // An empty list of events is nothing to complain about.
        if !is_envelope && record.kind != "EventList" {
            let detail = if record.kind.is_empty() {
                String::new()
            } else {
                format!("kind {}", record.kind)
            };
            self.unreadable(Cause::NotAnEvent, context, &detail);
        }
    }

    /// A text that holds a log line: whole, or part of one.
    fn wrapped_line(&mut self, value: &str, context: Context) {
        if !value.starts_with('"') {
            self.open(value, context);
            return;
        }
        let Ok(line) = serde_json::from_str::<Text<'_>>(value) else {
            self.unreadable(Cause::NotJson, context, "a line that is no text");
            return;
        };
        let ends = line.ends_with('\n');
        let continues = !self.held.text.is_empty() && !line.starts_with('{');
        if continues
            || (!ends && line.len() >= SPLIT_LENGTH && Walker::stops_early(line.as_bytes()))
        {
            let part = if ends { Part::Last } else { Part::First };
            self.part(&line, part, context);
        } else {
            self.flush_held();
            self.open(&line, context);
        }
    }

    /// A line that does not begin with JSON.
    fn prefixed(&mut self, line: &str, context: Context) {
        if line.starts_with(CLOUDWATCH_CONTROL) || prefix::is_of_another_stream(line) {
            self.tally.passed_over += 1;
            return;
        }
        let Some(split) = prefix::split(line) else {
            self.unreadable(Cause::NotJson, context, "no JSON on this line");
            return;
        };
        let mut inside = context.inside();
        inside.time = split.time.or(context.time);
        if split.is_eks {
            inside.source = Source::Eks;
        }
        if split.part == Part::Whole || (split.part == Part::Last && self.held.text.is_empty()) {
            self.open(split.content, inside);
        } else {
            self.part(split.content, split.part, inside);
        }
    }

    /// Joins the parts of a split line.
    fn part(&mut self, text: &str, part: Part, context: Context) {
        if self.held.text.is_empty() {
            self.held.place = context.place;
        }
        if self.held.text.len() + text.len() > LONGEST_JOINED {
            self.held.text = String::new();
            self.unreadable(Cause::TooLong, context, "parts of a line without an end");
            return;
        }
        self.held.text.push_str(text);
        // Docker does not say which part is the last, but the JSON does.
        if part == Part::Last || !Walker::stops_early(self.held.text.as_bytes()) {
            self.open_held(context);
        }
    }

    fn open_held(&mut self, context: Context) {
        let whole = std::mem::take(&mut self.held.text);
        let place = self.held.place;
        self.open(&whole, Context { place, ..context });
    }

    /// What is held will not be continued.
    pub(super) fn flush_held(&mut self) {
        if !self.held.text.is_empty() {
            self.open_held(Context::at(self.held.place));
        }
    }

    /// Base64, as queues carry bytes, and gzip within.
    fn data(&mut self, value: &str, context: Context) {
        let Ok(text) = serde_json::from_str::<Text<'_>>(value) else {
            return;
        };
        if text.trim_ascii_start().starts_with(['{', '[']) {
            self.open(&text, context);
            return;
        }
        let Ok(mut bytes) = BASE64_STANDARD.decode(text.trim_ascii()) else {
            self.unreadable(Cause::BadWrapping, context, "data that is no base64");
            return;
        };
        if bytes.starts_with(&[0x1f, 0x8b]) {
            let mut unpacked = Vec::new();
            let packed = MultiGzDecoder::new(bytes.as_slice());
            if let Err(err) = packed.take(MOST_UNPACKED).read_to_end(&mut unpacked) {
                self.unreadable(Cause::BadWrapping, context, &format!("gzip: {err}"));
                return;
            }
            bytes = unpacked;
        }
        self.open(&String::from_utf8_lossy(&bytes), context);
    }

    /// `[["1700000000000000000", "line"], …]`.
    fn loki_values(&mut self, value: &str, context: Context) {
        let Ok(pairs) = serde_json::from_str::<Vec<Vec<Text<'_>>>>(value) else {
            self.unreadable(Cause::NotAnEvent, context, "values that are no log lines");
            return;
        };
        for pair in &pairs {
            if let [time, line, ..] = pair.as_slice() {
                let time = parse_time(time).or(context.time);
                self.open(line, Context { time, ..context });
            }
        }
    }

    fn emit(&mut self, record: &mut Record<'_>, context: Context) {
        record.settle();
        self.hand_out_as(&mut record.event, context.source, context);
    }

    fn hand_out(&mut self, event: &mut Event<'_>, context: Context) {
        let source = event.source;
        self.hand_out_as(event, source, context);
    }

    fn hand_out_as(&mut self, event: &mut Event<'_>, source: Source, context: Context) {
        event.source = source;
        event.place = context.place;
        if event.time().is_none() {
            event.received = context.time;
        }
        self.tally.events += 1;
        (self.sink)(event);
    }

    fn unreadable(&mut self, cause: Cause, context: Context, detail: &str) {
        self.tally.unreadable(cause, context.place, detail);
    }
}

/// True for a field that says that the record comes from another log of the same store: CloudWatch
/// and Azure keep those of the scheduler, the authenticator and so on beside the audit log.
fn is_of_another_log((wrapping, value): &(Wrapping, &RawValue)) -> bool {
    let Some(text) = value.get().strip_prefix('"') else {
        return false;
    };
    match wrapping {
        Wrapping::MessageType => text.starts_with("CONTROL_MESSAGE"),
        Wrapping::LogStream => prefix::is_other_stream(text),
        Wrapping::Category => !text.starts_with("kube-audit"),
        _ => false,
    }
}

/// True for a JSON array, and not for a prefix such as `[pod/kube-apiserver]`.
fn is_array(text: &str) -> bool {
    let inner = text.get(1..).unwrap_or_default().trim_ascii_start();
    matches!(inner.bytes().next(), None | Some(b'{' | b'[' | b'"' | b']'))
}

fn cause(err: &serde_json::Error) -> Cause {
    if err.is_eof() {
        Cause::Cut
    } else {
        Cause::NotJson
    }
}
