//! Moving a recording from the real minutes in which it was made to the days of its story.
//!
//! | timestamp | becomes |
//! |---|---|
//! | of a scripted call's events | its sitting's place in the story, plus the real time since the sitting began |
//! | of any other event | its place in the story; how long the call took stays, but for watches |
//! | set by a write that the log holds (`creationTimestamp`, managed fields) | the second of that write |
//! | any other within the run | its place in the story |
//! | after the run (expiries) | as far after the event or the snapshot as it was |
//! | before the run, or no RFC 3339 | what it is |
//!
//! Within a sitting time runs as it did: a burst stays a burst. Between sittings it is compressed.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use catseye_model::Fields;
use jiff::{SignedDuration, Timestamp, Unit};
use serde_json::Value;

use crate::clock::{Clock, Moment};

/// The anchors of scripted calls by audit id.
pub type Sessions = BTreeMap<String, Timestamp>;

/// Which object a timestamp belongs to: resource, namespace, name.
type Subject = (String, String, String);

/// The mapping of one run.
#[derive(Debug, Clone)]
pub struct Retimer {
    /// The clock of the run.
    pub clock: Clock,
    /// When the cluster was started: what is older was not made by it.
    pub born: Timestamp,
    /// When the run was over.
    pub end: Timestamp,
    /// When the story was over; what components do until the last act has ended is left out.
    pub curtain: Timestamp,
    /// The story's times of the first and the last write to an object in a real second.
    writes: BTreeMap<(Subject, i64), (Timestamp, Timestamp)>,
}

/// How a timestamp of one event or object is moved.
struct View<'a> {
    retimer: &'a Retimer,
    subject: Option<Subject>,
    /// The real instant of the event or snapshot, and its place in the story.
    now: (Timestamp, Timestamp),
}

impl Retimer {
    /// A mapping that knows no writes yet.
    pub fn new(clock: Clock, born: Timestamp, end: Timestamp, last: Moment) -> Self {
        Self {
            curtain: clock.real(last),
            clock,
            born,
            end,
            writes: BTreeMap::new(),
        }
    }

    /// The story's time at one of its moments.
    pub fn moment(&self, at: Moment) -> Timestamp {
        self.clock.epoch + SignedDuration::from_secs(at.0)
    }

    /// Moves an audit event; false when it is from before or after the run.
    pub fn event(&mut self, event: &mut Value, sessions: &Sessions) -> Result<bool> {
        let time = |field: &str| -> Result<Timestamp> {
            let text = event.text(field).with_context(|| field.to_owned())?;
            Ok(text.parse()?)
        };
        let received = time("requestReceivedTimestamp")?;
        let staged = time("stageTimestamp")?;
        if received < self.clock.start || staged > self.end {
            return Ok(false);
        }
        let id = event.text("auditID").unwrap_or_default();
        let anchor = sessions.get(id).copied();
        if anchor.is_none() && received > self.curtain {
            return Ok(false);
        }
        let start = match anchor {
            Some(anchor) => self.clock.story(anchor) + received.duration_since(anchor),
            None => self.clock.story(received),
        };
        let watches = event.text("verb") == Some("watch");
        let stage = if watches && anchor.is_none() {
            self.clock.story(staged)
        } else {
            start + staged.duration_since(received)
        };
        let subject = subject_of_event(event);
        let wrote = matches!(
            event.text("verb"),
            Some("create" | "update" | "patch" | "delete")
        ) && event.text("stage") == Some("ResponseComplete");
        if wrote && let Some(subject) = &subject {
            for second in [received.as_second(), staged.as_second()] {
                let key = (subject.clone(), second);
                self.writes.entry(key).or_insert((start, start)).1 = start;
            }
        }
        let view = View {
            retimer: self,
            subject,
            now: (received, start),
        };
        view.walk("", event);
        event["requestReceivedTimestamp"] = micros(start).into();
        event["stageTimestamp"] = micros(stage).into();
        Ok(true)
    }

    /// Moves an object of a snapshot taken at `at`; events must have been moved before.
    pub fn object(&self, object: &mut Value, at: Moment) {
        let view = View {
            retimer: self,
            subject: subject_of_object(object),
            now: (self.end.min(self.clock.real(at)), self.moment(at)),
        };
        view.walk("", object);
    }
}

impl View<'_> {
    fn walk(&self, field: &str, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(moved) = self.moved(field, text) {
                    *text = moved;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.walk(field, item)),
            Value::Object(fields) => {
                fields
                    .iter_mut()
                    .for_each(|(name, value)| self.walk(name, value));
            }
            _ => {}
        }
    }

    /// The text in the story, in the precision that it has.
    fn moved(&self, field: &str, text: &str) -> Option<String> {
        let looks_right = (20..=35).contains(&text.len()) && text.as_bytes()[10] == b'T';
        let real: Timestamp = looks_right.then(|| text.parse().ok()).flatten()?;
        let retimer = self.retimer;
        if real < retimer.born {
            return None;
        }
        let in_seconds = !text.contains('.');
        let story = if real > retimer.end {
            self.now.1 + real.duration_since(self.now.0)
        } else {
            let writes = in_seconds.then(|| self.writes_of(real)).flatten();
            // An object is made by the first write to it, and a field was set by the last one known.
            let write = writes.map(|(first, last)| {
                if field == "creationTimestamp" {
                    first
                } else {
                    last
                }
            });
            write.unwrap_or_else(|| retimer.clock.story(real))
        };
        Some(if in_seconds {
            format!("{:.0}", floor(story))
        } else {
            micros(story)
        })
    }

    fn writes_of(&self, real: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let subject = self.subject.clone()?;
        let key = (subject, real.as_second());
        self.retimer.writes.get(&key).copied()
    }
}

fn floor(time: Timestamp) -> Timestamp {
    let rounding = jiff::TimestampRound::new()
        .smallest(Unit::Second)
        .mode(jiff::RoundMode::Floor);
    // Only times at the end of the calendar cannot be rounded.
    time.round(rounding).unwrap_or(time)
}

fn micros(time: Timestamp) -> String {
    format!("{time:.6}")
}

fn subject_of_event(event: &Value) -> Option<Subject> {
    let resource = event.text("objectRef.resource")?;
    let name = event
        .text("objectRef.name")
        .or_else(|| event.text("responseObject.metadata.name"))?;
    let namespace = event.text("objectRef.namespace").unwrap_or_default();
    Some((resource.to_owned(), namespace.to_owned(), name.to_owned()))
}

fn subject_of_object(object: &Value) -> Option<Subject> {
    let kind = object.text("kind")?.to_owned();
    let resource = crate::repository::plural_of(&kind);
    let namespace = object.text("metadata.namespace").unwrap_or_default();
    let name = object.text("metadata.name")?;
    Some((resource, namespace.to_owned(), name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn retimer() -> Retimer {
        let time = |text: &str| text.parse().unwrap();
        let clock = Clock::new(
            time("2026-01-01T12:00:00Z"),
            time("2026-11-23T00:00:00Z"),
            1800,
        );
        Retimer::new(
            clock,
            time("2026-01-01T11:50:00Z"),
            time("2026-01-01T12:05:00Z"),
            Moment::at(6, 0, 0),
        )
    }

    fn event(received: &str, staged: &str) -> Value {
        json!({"auditID": "a", "verb": "patch", "stage": "ResponseComplete",
            "objectRef": {"resource": "deployments", "namespace": "shop", "name": "cart"},
            "requestReceivedTimestamp": received, "stageTimestamp": staged,
            "responseObject": {"metadata": {"creationTimestamp": "2026-01-01T12:00:02Z",
                                             "annotations": {"built": "2025-07-01T00:00:00Z"}},
                               "status": {"expirationTimestamp": "2026-01-01T13:00:02Z"}}})
    }

    #[test]
    fn a_component_s_call_keeps_its_latency() {
        let mut moved = event("2026-01-01T12:00:02.000000Z", "2026-01-01T12:00:02.004000Z");
        assert!(retimer().event(&mut moved, &Sessions::new()).unwrap());
        assert_eq!(
            moved["requestReceivedTimestamp"],
            "2026-11-23T01:00:00.000000Z"
        );
        assert_eq!(moved["stageTimestamp"], "2026-11-23T01:00:00.004000Z");
        let body = &moved["responseObject"];
        assert_eq!(
            body["metadata"]["creationTimestamp"],
            "2026-11-23T01:00:00Z"
        );
        assert_eq!(
            body["metadata"]["annotations"]["built"],
            "2025-07-01T00:00:00Z"
        );
        assert_eq!(
            body["status"]["expirationTimestamp"],
            "2026-11-23T02:00:00Z"
        );
    }

    #[test]
    fn a_sitting_runs_in_real_time_from_its_anchor() {
        let anchor: Timestamp = "2026-01-01T12:00:02Z".parse().unwrap();
        let sessions = Sessions::from([("a".to_owned(), anchor)]);
        let mut moved = event("2026-01-01T12:00:02.500000Z", "2026-01-01T12:00:02.510000Z");
        retimer().event(&mut moved, &sessions).unwrap();
        assert_eq!(
            moved["requestReceivedTimestamp"],
            "2026-11-23T01:00:00.500000Z"
        );
    }

    #[test]
    fn an_object_s_time_is_the_time_of_the_write_that_set_it() {
        let mut retimer = retimer();
        let mut written = event("2026-01-01T12:00:02.900000Z", "2026-01-01T12:00:02.910000Z");
        retimer.event(&mut written, &Sessions::new()).unwrap();
        let mut object = json!({"kind": "Deployment", "metadata": {"namespace": "shop", "name": "cart",
            "managedFields": [{"time": "2026-01-01T12:00:02Z"}, {"time": "2026-01-01T12:00:01Z"}]}});
        retimer.object(&mut object, Moment::at(0, 4, 0));
        let fields = &object["metadata"]["managedFields"];
        assert_eq!(fields[0]["time"], "2026-11-23T01:27:00Z");
        assert_eq!(fields[1]["time"], "2026-11-23T00:30:00Z");
    }

    #[test]
    fn what_was_logged_before_the_story_is_left_out() {
        let mut early = event("2026-01-01T11:59:59.000000Z", "2026-01-01T11:59:59.100000Z");
        assert!(!retimer().event(&mut early, &Sessions::new()).unwrap());
    }
}
