//! Requests of the past: what an audit log shows of a write, as admission would have been asked.
//!
//! Admission judges whole objects; a log shows them where its policy says `RequestResponse`, and parts of
//! them otherwise. What was there before a call is what earlier calls left, on top of a state that is given.
//! What cannot be put together is told with the reason, never guessed.

use std::collections::BTreeMap;

use catseye_event::Event;
use catseye_event::audit::Stage;
use catseye_model::{Fields as _, Inventory, Object, Value, json};

use crate::request::{Operation, Request, User};
use crate::surroundings::Surroundings;

/// What an event is to admission.
#[derive(Debug)]
pub enum Recorded {
    /// A request that can be judged.
    Judged(Box<Request>),
    /// Nothing that admission is asked about, or a stage of a call that is told elsewhere.
    Nothing,
    /// A write that was refused or failed, for whatever reason.
    Failed,
    /// A write of which the log does not show enough, and why.
    Unseen(&'static str),
}

/// Resources under which an object is connected to.
const CONNECTS: [&str; 4] = ["exec", "attach", "portforward", "proxy"];

type Key = (String, String, String, String);

/// The state of the cluster as the log tells it.
#[derive(Debug, Default)]
pub struct Past {
    objects: BTreeMap<Key, Value>,
    /// Namespaces and possible parameters, as they are at the time of the last event.
    pub surroundings: Surroundings,
}

impl Past {
    /// Begins with these objects.
    pub fn of(inventory: &Inventory) -> Self {
        let mut past = Past::default();
        for (_, object) in inventory.objects() {
            past.begin_with(object);
        }
        past
    }

    /// Adds an object that was there at the beginning.
    pub fn begin_with(&mut self, object: &Object) {
        self.surroundings.add(object);
        self.objects
            .insert(key(object, object.kind_name()), object.value().clone());
    }

    /// The request that an event tells of. What it leaves is remembered by [`Past::done`].
    pub fn request(&self, event: &Event<'_>) -> Recorded {
        if event.stage() != Stage::ResponseComplete {
            return Recorded::Nothing;
        }
        let Some(object) = event.object() else {
            return Recorded::Nothing;
        };
        let connects = CONNECTS.contains(&object.subresource.as_str());
        let operation = match event.verb() {
            "create" | "get" | "update" | "patch" | "delete" if connects => Operation::Connect,
            "create" => Operation::Create,
            "update" | "patch" => Operation::Update,
            "delete" => Operation::Delete,
            "deletecollection" => {
                return Recorded::Unseen("a collection was deleted, and the log does not say what");
            }
            _ => return Recorded::Nothing,
        };
        if !event.succeeded() && !connects {
            return Recorded::Failed;
        }
        let mut request = Request {
            uid: event.audit_id().to_owned(),
            operation,
            group: object.api_group.to_string(),
            version: object.api_version.to_string(),
            kind: String::new(),
            resource: object.resource.to_string(),
            subresource: object.subresource.to_string(),
            name: event.name().to_owned(),
            namespace: object.namespace.to_string(),
            user: User::of_event(event),
            object: Value::Null,
            old_object: Value::Null,
            options: options(operation),
            dry_run: event.request_uri().contains("dryRun=All"),
        };
        if request.is_namespace() && request.namespace.is_empty() {
            request.namespace.clone_from(&request.name);
        }
        if connects {
            return Recorded::Judged(Box::new(request));
        }
        let known = self.held(&request);
        let body = |value: Option<&Value>| {
            value
                .filter(|value| {
                    value.is_object() && value.text("kind").is_some_and(|it| it != "Status")
                })
                .cloned()
        };
        let answered = body(event.response_body());
        if operation == Operation::Delete {
            let Some(old) = answered.or(known) else {
                return Recorded::Unseen("the log does not show what was deleted");
            };
            request.old_object = old;
        } else {
            let sent = event.request_body();
            let object = answered.or_else(|| match (event.verb(), sent) {
                ("patch", Some(patch)) => merged(known.as_ref()?, patch),
                ("patch", None) => None,
                (_, sent) => body(sent),
            });
            let Some(object) = object else {
                return Recorded::Unseen(match (event.verb(), sent) {
                    ("patch", Some(_)) => {
                        "the log shows a patch, and not the object that came of it"
                    }
                    _ => "the log does not show the object",
                });
            };
            request.object = object;
            if operation == Operation::Update {
                let Some(old) = known else {
                    return Recorded::Unseen("what was there before is not known");
                };
                request.old_object = old;
            }
        }
        let shown = if request.object.is_null() {
            &request.old_object
        } else {
            &request.object
        };
        shown
            .text("kind")
            .unwrap_or_default()
            .clone_into(&mut request.kind);
        if request.name.is_empty() {
            shown
                .text("metadata.name")
                .unwrap_or_default()
                .clone_into(&mut request.name);
        }
        Recorded::Judged(Box::new(request))
    }

    /// Remembers what a request has left.
    pub fn done(&mut self, request: &Request) {
        let is_whole = request.subresource.is_empty() || request.subresource == "status";
        if request.dry_run || !is_whole || request.operation == Operation::Connect {
            return;
        }
        let shown = if request.object.is_null() {
            &request.old_object
        } else {
            &request.object
        };
        let Ok(object) = Object::new(shown.clone(), None) else {
            return;
        };
        let key = key(&object, &request.kind);
        if request.operation == Operation::Delete {
            self.objects.remove(&key);
            self.surroundings.remove(&object);
        } else {
            self.objects.insert(key, shown.clone());
            self.surroundings.add(&object);
        }
    }

    /// An object as it is at the time of the last request.
    pub(crate) fn object(
        &self,
        group: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Option<Value> {
        let key = [group, kind, namespace, name].map(str::to_owned);
        self.objects.get(&Key::from(key)).cloned()
    }

    fn held(&self, request: &Request) -> Option<Value> {
        // The kind of a plural is that of the object that is held under its name.
        let namespace = if request.is_namespace() {
            ""
        } else {
            &request.namespace
        };
        let found = self
            .objects
            .range(
                (
                    request.group.clone(),
                    String::new(),
                    String::new(),
                    String::new(),
                )..,
            )
            .take_while(|((group, ..), _)| *group == request.group);
        for ((_, kind, held_namespace, name), value) in found {
            if *name == request.name
                && held_namespace == namespace
                && crate::request::plural(kind) == request.resource
            {
                return Some(value.clone());
            }
        }
        None
    }
}

fn key(object: &Object, kind: &str) -> Key {
    (
        object.group().to_owned(),
        kind.to_owned(),
        object.explicit_namespace().unwrap_or_default().to_owned(),
        object.name().to_owned(),
    )
}

impl User {
    /// Whose rights a logged call used.
    pub fn of_event(event: &Event<'_>) -> Self {
        let user = event.effective_user();
        let mut extra = json!({});
        for (name, values) in user.extra() {
            let values = values.iter().map(|value| Value::from(value.as_str()));
            extra.set(name, Value::Array(values.collect()));
        }
        User {
            name: user.username.to_string(),
            uid: user.uid.to_string(),
            groups: user.groups.iter().map(ToString::to_string).collect(),
            extra: if user.extra().is_empty() {
                Value::Null
            } else {
                extra
            },
        }
    }
}

fn options(operation: Operation) -> Value {
    let kind = match operation {
        Operation::Create => "CreateOptions",
        Operation::Update => "UpdateOptions",
        Operation::Delete => "DeleteOptions",
        Operation::Connect => return Value::Null,
    };
    json!({"apiVersion": "meta.k8s.io/v1", "kind": kind})
}

/// What a patch makes of an object, where every kind of patch would make the same: mappings and scalars.
/// Lists are merged by rules that the log does not name.
fn merged(object: &Value, patch: &Value) -> Option<Value> {
    let Value::Object(entries) = patch else {
        return None;
    };
    let mut merged = object.clone();
    if !merged.is_object() {
        merged = json!({});
    }
    for (name, value) in entries {
        if name.starts_with('$') || value.is_array() {
            return None;
        }
        if value.is_null() {
            merged.remove(name);
        } else if value.is_object() {
            let below = merged.get(name.as_str()).cloned().unwrap_or_default();
            merged.set(name, self::merged(&below, value)?);
        } else {
            merged.set(name, value.clone());
        }
    }
    Some(merged)
}
