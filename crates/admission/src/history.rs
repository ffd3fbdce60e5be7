//! Requests made of the versions of objects: what a history of states shows of the calls that led to it.
//!
//! A history knows what an object was and became, and when, not who did it. The audit events of the same time
//! know that; [`Authors`] finds the call behind a version by the resourceVersion that the call answered with, and
//! where no answer was logged by the last write to the object shortly before. Versions may stand for several calls
//! at once, and calls that failed leave none.

use std::collections::BTreeMap;

use catseye_event::Event;
use catseye_event::audit::Stage;
use catseye_model::{Fields as _, Inventory, Object, Value};
use jiff::{SignedDuration, Timestamp};

use crate::past::{Past, Recorded};
use crate::request::{Operation, Request, User};

/// How long after a call its object may be seen changed, and how far two clocks may differ.
const LATE: SignedDuration = SignedDuration::from_secs(10);

/// An object that is older than this when it is first seen was there before the history.
const NEW: SignedDuration = SignedDuration::from_secs(60);

/// The writes of a stretch of time.
#[derive(Debug, Default)]
pub struct Authors {
    writes: BTreeMap<(String, String, String), Vec<Write>>,
}

#[derive(Debug)]
struct Write {
    time: Timestamp,
    resource_version: Option<String>,
    user: User,
}

impl Authors {
    /// Remembers a call, if it has changed something.
    pub fn learn(&mut self, event: &Event<'_>) {
        let writes = matches!(event.verb(), "create" | "update" | "patch" | "delete");
        if !writes || event.stage() != Stage::ResponseComplete || !event.succeeded() {
            return;
        }
        let Some(time) = event.time() else {
            return;
        };
        let answered = event.response_body();
        let text = |path: &str| answered.and_then(|body| body.text(path)).map(str::to_owned);
        let name = match event.name() {
            "" => text("metadata.name").unwrap_or_default(),
            name => name.to_owned(),
        };
        let key = (
            event.resource().to_owned(),
            event.namespace().to_owned(),
            name,
        );
        self.writes.entry(key).or_default().push(Write {
            time,
            resource_version: text("metadata.resourceVersion"),
            user: User::of_event(event),
        });
    }

    /// Forgets what was before a time.
    pub fn forget_before(&mut self, time: Timestamp) {
        for writes in self.writes.values_mut() {
            writes.retain(|write| write.time >= time);
        }
        self.writes.retain(|_, writes| !writes.is_empty());
    }

    /// Who made this version of an object.
    fn of(&self, request: &Request, resource_version: &str, seen: Timestamp) -> Option<&User> {
        let namespace = if request.is_namespace() {
            ""
        } else {
            &request.namespace
        };
        // A Namespace is logged under its own name.
        let key = |namespace: &str| {
            (
                request.resource.clone(),
                namespace.to_owned(),
                request.name.clone(),
            )
        };
        let writes = self
            .writes
            .get(&key(namespace))
            .or_else(|| self.writes.get(&key(&request.name)))?;
        let exact = writes
            .iter()
            .find(|write| write.resource_version.as_deref() == Some(resource_version));
        let near = |write: &&Write| {
            write.time <= seen.saturating_add(LATE).unwrap_or(Timestamp::MAX)
                && write.time >= seen.saturating_sub(LATE).unwrap_or(Timestamp::MIN)
        };
        exact
            .or_else(|| writes.iter().rev().find(near))
            .map(|write| &write.user)
    }
}

/// A version of an object.
#[derive(Debug)]
pub struct Version<'a> {
    /// The object as it became; none where it was removed.
    pub object: Option<&'a Object>,
    /// The object as it was removed, or its identity alone.
    pub group: &'a str,
    /// The kind.
    pub kind: &'a str,
    /// The namespace; empty for objects of the cluster.
    pub namespace: &'a str,
    /// The name.
    pub name: &'a str,
    /// Its resourceVersion.
    pub resource_version: &'a str,
    /// From when on it was seen so.
    pub seen: Timestamp,
}

impl Past {
    /// The request that led to a version. What it leaves is remembered by [`Past::done`]. A version that was
    /// there before the history began is remembered at once. The definitions tell the plurals of custom kinds.
    pub fn version(
        &mut self,
        version: &Version<'_>,
        authors: &Authors,
        definitions: &Inventory,
    ) -> Recorded {
        let known = self.object(version.group, version.kind, version.namespace, version.name);
        let Some(object) = version.object else {
            let Some(old) = known.and_then(|old| Object::new(old, None).ok()) else {
                return Recorded::Unseen("the history does not show what was deleted");
            };
            let request = Request::create(&old, definitions).with_operation(Operation::Delete);
            return Recorded::Judged(Box::new(authored(request, version, authors)));
        };
        let mut request = Request::create(object, definitions);
        match known {
            Some(old) => {
                request.operation = Operation::Update;
                request.old_object = old;
            }
            None if is_old(object.value(), version.seen) => {
                self.done(&request);
                return Recorded::Unseen("they were there before the history begins");
            }
            None => {}
        }
        Recorded::Judged(Box::new(authored(request, version, authors)))
    }
}

fn authored(mut request: Request, version: &Version<'_>, authors: &Authors) -> Request {
    if let Some(user) = authors.of(&request, version.resource_version, version.seen) {
        request.user = user.clone();
    }
    request
}

fn is_old(object: &Value, seen: Timestamp) -> bool {
    let created: Option<Timestamp> = object
        .text("metadata.creationTimestamp")
        .and_then(|text| text.parse().ok());
    created.is_none_or(|created| seen.duration_since(created) > NEW)
}
