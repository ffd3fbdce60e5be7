//! What roles and bindings said last, as far as the log has shown. Bounded: the newest are kept.

use std::collections::BTreeMap;

use catseye_event::Event;
use catseye_model::Fields as _;
use catseye_model::{Value, json};

/// So many objects are remembered; a cluster has some hundreds.
const MOST: usize = 8192;

type Key = (&'static str, Box<str>, Box<str>);

/// Objects by kind, namespace and name, each with the turn in which it was learned.
#[derive(Debug, Default)]
pub(super) struct Known {
    objects: BTreeMap<Key, (u64, Value)>,
    turn: u64,
}

impl Known {
    pub(super) fn get(&self, kind: &'static str, namespace: &str, name: &str) -> Option<&Value> {
        let key = (kind, namespace.into(), name.into());
        self.objects.get(&key).map(|(_, object)| object)
    }

    pub(super) fn learn(
        &mut self,
        kind: &'static str,
        namespace: &str,
        name: &str,
        object: &Value,
    ) {
        if name.is_empty() {
            return;
        }
        self.turn += 1;
        let key = (kind, namespace.into(), name.into());
        if self.objects.len() >= MOST && !self.objects.contains_key(&key) {
            let oldest = self.objects.iter().min_by_key(|(_, (turn, _))| *turn);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                self.objects.remove(&oldest);
            }
        }
        self.objects.insert(key, (self.turn, essence(object)));
    }

    pub(super) fn forget(&mut self, kind: &'static str, namespace: &str, name: &str) {
        self.objects.remove(&(kind, namespace.into(), name.into()));
    }

    /// Learns from an answer that shows objects: one, or a list of them.
    pub(super) fn read(&mut self, kind: &'static str, event: &Event<'_>) {
        if !event.has_response_body() || !event.succeeded() {
            return;
        }
        let Some(body) = event.response_body() else {
            return;
        };
        let items = body.list("items");
        let one = std::slice::from_ref(body);
        for object in if items.is_empty() { one } else { items } {
            let name = object.text("metadata.name").unwrap_or_default();
            let namespace = object.text("metadata.namespace").unwrap_or_default();
            self.learn(kind, namespace, name, object);
        }
    }
}

/// The part of an object that grants.
fn essence(object: &Value) -> Value {
    let part = |field: &str| object.get(field).cloned().unwrap_or(Value::Null);
    json!({"rules": part("rules"), "subjects": part("subjects"), "roleRef": part("roleRef")})
}
