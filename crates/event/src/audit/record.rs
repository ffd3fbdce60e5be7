//! One JSON object of a log, read in one pass: the event, if it is one, and the fields by which
//! envelopes are known, if it is an envelope.
//!
//! No look-ahead is needed: the fields of an event and those of envelopes have different names.

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use catseye_model::RedactionKey;

use super::body::Body;
use super::entries::{FillEntries, FillList};
use super::event::{Event, Level, Stage};
use super::lenient::{fills, other_values_change_nothing};
use super::object::{FillObjectRef, FillStatus, ObjectRef};
use super::text::Text;
use super::time::parse_time;
use super::user::{FillUser, User};

/// What a JSON object of a log holds.
pub(crate) struct Record<'a> {
    pub(crate) event: Event<'a>,
    /// True when a field was there that only audit events have.
    has_own_field: bool,
    api_version: Text<'a>,
    /// Fields that wrap events, in the order in which they stand.
    pub(crate) wrapped: Vec<(Wrapping, &'a RawValue)>,
    /// When the envelope says that the record was made.
    pub(crate) time: Text<'a>,
    pub(crate) kind: Text<'a>,
}

/// The fields in which logs wrap events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrapping {
    /// A text with the event: `log`, `message`, `msg`, `@message`, `line`.
    Line,
    /// `items`: an `EventList`.
    Items,
    /// `logEvents` of a CloudWatch subscription, or `events` of its API.
    CloudWatch,
    /// `records`: an Azure batch, or a Firehose batch.
    Records,
    /// `properties` of an Azure record.
    Properties,
    /// `protoPayload` of a Cloud Logging entry.
    ProtoPayload,
    /// `entries` of the Cloud Logging API.
    Entries,
    /// `data`: base64, of Pub/Sub and of Kinesis.
    Data,
    /// `awslogs`, `message` or `kinesis` as objects that hold `data`.
    Nested,
    /// `category` of an Azure record.
    Category,
    /// `messageType` of a CloudWatch subscription.
    MessageType,
    /// `logStream` or `logStreamName` of CloudWatch.
    LogStream,
    /// `values` of Loki: pairs of time and line.
    Values,
}

fn wrapping(field: &str) -> Option<Wrapping> {
    Some(match field {
        "log" | "msg" | "@message" | "line" | "message" | "textPayload" => Wrapping::Line,
        "items" => Wrapping::Items,
        "logEvents" | "events" => Wrapping::CloudWatch,
        "records" | "Records" => Wrapping::Records,
        "properties" => Wrapping::Properties,
        "protoPayload" | "jsonPayload" => Wrapping::ProtoPayload,
        "entries" => Wrapping::Entries,
        "data" => Wrapping::Data,
        "awslogs" | "kinesis" | "receivedMessages" | "streams" | "result" => Wrapping::Nested,
        "category" => Wrapping::Category,
        "messageType" => Wrapping::MessageType,
        "logStream" | "logStreamName" => Wrapping::LogStream,
        "values" => Wrapping::Values,
        _ => return None,
    })
}

impl<'a> Record<'a> {
    pub(crate) fn empty(key: &'a RedactionKey) -> Self {
        Record {
            event: Event::empty(key),
            has_own_field: false,
            api_version: Text::default(),
            wrapped: Vec::new(),
            time: Text::default(),
            kind: Text::default(),
        }
    }

    /// Reads the JSON value at the head of `text`; gives the number of bytes it took.
    ///
    /// On an error, what was read before it is in the record.
    pub(crate) fn fill(&mut self, text: &'a str) -> Result<usize, serde_json::Error> {
        let mut from = serde_json::Deserializer::from_str(text);
        FillRecord(self).deserialize(&mut from)?;
        Ok(from.into_iter::<IgnoredAny>().byte_offset())
    }

    /// True when the record is an audit event, and not something that wraps one.
    pub(crate) fn is_event(&self) -> bool {
        if self.has_own_field {
            return true;
        }
        // Stores that drop empty and unknown fields leave little.
        let says_so = self.kind == "Event" && self.api_version.starts_with("audit.k8s.io/");
        let answers = self.event.user.username.is_empty() && self.event.status.code.is_none();
        says_so || (!self.event.verb.is_empty() && !answers)
    }

    /// The event, once the record is known to be one: what only another field can tell is settled.
    pub(crate) fn settle(&mut self) {
        if self.event.time().is_none() {
            self.event.received = parse_time(&self.time);
        }
    }
}

fills!(FillRecord, Record<'a>);

impl<'de: 'a, 'a> Visitor<'de> for FillRecord<'_, 'a> {
    type Value = ();

    other_values_change_nothing!();

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let record = self.0;
        let event = &mut record.event;
        while let Some(key) = map.next_key::<Text<'de>>()? {
            match &*key {
                "kind" => record.kind = map.next_value()?,
                "apiVersion" => record.api_version = map.next_value()?,
                "level" => event.level = Level::named(&map.next_value::<Text<'de>>()?),
                "auditID" => {
                    record.has_own_field = true;
                    event.audit_id = map.next_value()?;
                }
                "stage" => event.stage = Stage::named(&map.next_value::<Text<'de>>()?),
                "requestURI" => {
                    record.has_own_field = true;
                    event.request_uri = map.next_value()?;
                }
                "verb" => event.verb = map.next_value()?,
                "user" => map.next_value_seed(FillUser(&mut event.user))?,
                "impersonatedUser" => {
                    let mut user = User::default();
                    map.next_value_seed(FillUser(&mut user))?;
                    // An explicit null is nobody.
                    event.impersonated_user = (!user.username.is_empty()).then_some(user);
                }
                "sourceIPs" => map.next_value_seed(FillList(&mut event.source_ips))?,
                "userAgent" => event.user_agent = map.next_value()?,
                "objectRef" => {
                    record.has_own_field = true;
                    let object = event.object.insert(ObjectRef::default());
                    map.next_value_seed(FillObjectRef(object))?;
                    if *object == ObjectRef::default() {
                        event.object = None;
                    }
                }
                "responseStatus" => map.next_value_seed(FillStatus(&mut event.status))?,
                "requestObject" => event.request = Body::new(map.next_value()?),
                "responseObject" => event.response = Body::new(map.next_value()?),
                "requestReceivedTimestamp" => {
                    record.has_own_field = true;
                    event.received = parse_time(&map.next_value::<Text<'de>>()?);
                }
                "stageTimestamp" => {
                    event.staged = parse_time(&map.next_value::<Text<'de>>()?);
                }
                "annotations" => map.next_value_seed(FillEntries(&mut event.annotations))?,
                "timestamp" | "time" | "@timestamp" => record.time = map.next_value()?,
                other => match wrapping(other) {
                    Some(wrapping) => record.wrapped.push((wrapping, map.next_value()?)),
                    None => drop(map.next_value::<IgnoredAny>()?),
                },
            }
        }
        Ok(())
    }
}
