//! Who wrote an object last: what a watch never says and the audit log does.

use std::collections::{BTreeMap, VecDeque};

use catseye_event::{Actor, Event};
use catseye_model::ObjectKey;
use catseye_model::Value;
use jiff::{SignedDuration, Timestamp};

use crate::inbox::{ActorRef, kind_of};

/// How many objects' authors are remembered.
const MOST: usize = 20_000;

/// How far apart a change and its audit event are at most.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(60);

/// Who wrote an object, as the audit log tells.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Author {
    pub(crate) time: Timestamp,
    pub(crate) actor: ActorRef,
    pub(crate) is_human: bool,
    pub(crate) agent: String,
    pub(crate) source: String,
    pub(crate) event: String,
    told: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Authors {
    last: BTreeMap<ObjectKey, Author>,
    order: VecDeque<ObjectKey>,
}

impl Authors {
    /// Notes the author of a write that succeeded. Gives the object that was written.
    pub(crate) fn note(&mut self, event: &Event<'_>) -> Option<ObjectKey> {
        let writes = matches!(event.verb(), "create" | "update" | "patch" | "delete");
        let of_itself = matches!(event.subresource(), "" | "scale" | "ephemeralcontainers");
        if !(writes && of_itself && event.succeeded()) {
            return None;
        }
        let key = key_of(event)?;
        let user = event.user();
        let actor = Actor::of(&user.username, user.in_group("system:nodes"));
        let author = Author {
            time: event.time()?,
            is_human: matches!(actor, Actor::Human { .. }),
            actor: ActorRef {
                name: user.username.to_string(),
                kind: actor.kind().name().to_owned(),
            },
            agent: event.user_agent().to_owned(),
            source: event.claimed_ip().unwrap_or_default().to_owned(),
            event: event.audit_id().to_owned(),
            told: false,
        };
        if self.last.insert(key.clone(), author).is_none() {
            self.order.push_back(key.clone());
            if self.order.len() > MOST
                && let Some(oldest) = self.order.pop_front()
            {
                self.last.remove(&oldest);
            }
        }
        Some(key)
    }

    /// Who made a change that was seen at a time. An author answers for one change: what is seen long
    /// after that is somebody else's.
    pub(crate) fn of_change(&mut self, key: &ObjectKey, time: Timestamp) -> Option<Author> {
        let author = self.last.get_mut(key)?;
        let at_once = time.duration_since(author.time).abs() <= AT_ONCE;
        if author.told && !at_once {
            return None;
        }
        // A change is never seen long before it is made.
        if author.time > time + AT_ONCE {
            return None;
        }
        author.told = true;
        Some(author.clone())
    }
}

/// The object that a call is about.
pub(crate) fn key_of(event: &Event<'_>) -> Option<ObjectKey> {
    let kind = kind_of(event.resource())?;
    let mut name = event.name().to_owned();
    if name.is_empty() {
        let body = event.response_body()?;
        name = body
            .get("metadata")
            .and_then(|metadata| metadata.get("name"))
            .and_then(Value::as_str)?
            .to_owned();
    }
    Some(ObjectKey {
        group: event.api_group().to_owned(),
        kind: kind.name().to_owned(),
        namespace: event.namespace().to_owned(),
        name,
    })
}
