//! What an audit event says of the object that it is about: the answer's body is the object as the API
//! server wrote it.

use catseye_event::Event;
use catseye_event::intake::Intake;
use catseye_model::Value;
use catseye_model::{DeltaChange, Inventory, ObjectKey, RedactionKey};
use jiff::Timestamp;

use crate::authors::key_of;
use crate::live::find;

/// Reads the bodies of events.
pub(super) struct Bodies {
    intake: Intake,
}

/// What matters of an event here.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) time: Timestamp,
    verb: String,
    subresource: String,
    key: Option<ObjectKey>,
    body: Option<Value>,
    request: Option<Value>,
}

impl Bodies {
    pub(super) fn new(key: RedactionKey) -> Self {
        Bodies {
            intake: Intake::new(key),
        }
    }

    /// Reads one line.
    pub(super) fn read(&mut self, line: &[u8]) -> Option<Said> {
        let mut said = None;
        let mut sink = |event: &Event<'_>| {
            let writes = matches!(event.verb(), "create" | "update" | "patch" | "delete");
            let tells = writes && event.succeeded();
            said = event.time().map(|time| Said {
                time,
                verb: event.verb().to_owned(),
                subresource: event.subresource().to_owned(),
                key: tells.then(|| key_of(event)).flatten(),
                body: event.response_body().filter(|_| tells).cloned(),
                request: event.request_body().filter(|_| tells).cloned(),
            });
        };
        self.intake.feed(line, &mut sink);
        self.intake.feed(b"\n", &mut sink);
        said
    }

    /// What became of the object.
    pub(super) fn delta(
        &self,
        said: Said,
        inventory: &Inventory,
    ) -> Option<(ObjectKey, DeltaChange)> {
        let key = said.key?;
        if matches!(key.kind.as_str(), "Lease" | "Event") {
            return None;
        }
        let known = || {
            let id = find(inventory, &key)?;
            Some(inventory.object(id).value().clone())
        };
        let change = match (said.verb.as_str(), said.subresource.as_str()) {
            // A pod that is told to end comes to an end: the last word is the kubelet's, who may not be
            // in the log.
            ("delete", "") => DeltaChange::Delete(key.clone()),
            (_, "scale") => {
                let replicas = said
                    .request
                    .or(said.body)?
                    .get("spec")?
                    .get("replicas")?
                    .clone();
                let mut object = known()?;
                object.update("spec", |spec| spec.set("replicas", replicas));
                DeltaChange::Upsert(object)
            }
            ("create", "binding") => {
                let node = said.request?.get("target")?.get("name")?.clone();
                let mut object = known()?;
                object.update("spec", |spec| spec.set("nodeName", node));
                DeltaChange::Upsert(object)
            }
            (_, "" | "status" | "approval" | "ephemeralcontainers" | "resize") => {
                let body = said.body?;
                let metadata = body.get("metadata")?;
                let is_it = body.get("kind").and_then(Value::as_str) == Some(&key.kind)
                    && metadata.get("name").and_then(Value::as_str) == Some(&key.name);
                let is_ending = metadata.get("deletionTimestamp").is_some();
                if !is_it || is_ending {
                    return None;
                }
                DeltaChange::Upsert(body)
            }
            _ => return None,
        };
        Some((key, change))
    }
}
