//! What admission webhooks always add: learned, so that an injected label is no drift.
//!
//! Two ways of learning. The audit log says it outright: at level `Request` the API server notes the patch
//! of every mutating webhook. Without it, a value counts as injected when a mutating webhook is there, the
//! deployer's own request brought it, and objects of the kind agree on it.

use std::collections::{BTreeMap, BTreeSet};

use catseye_event::Event;
use catseye_model::{Fields as _, Inventory, Kind, Value};

use crate::path::Path;

const PATCH: &str = "patch.webhook.admission.k8s.io/";

/// A mutation: the kind (or resource) that it happens to, the fields on the way, and the value.
type Key = (String, String);

/// The constant mutations that are known.
#[derive(Debug, Clone, Default)]
pub struct Mutations {
    /// By kind and path; the values, and how often each was seen.
    seen: BTreeMap<Key, BTreeMap<String, usize>>,
    /// Kinds' plural names that a mutating webhook or policy selects; `*` for all.
    mutated: BTreeSet<String>,
}

impl Mutations {
    /// Learns which resources are mutated at all.
    pub fn of(inventory: &Inventory) -> Self {
        let mut mutations = Mutations::default();
        mutations.look(inventory);
        mutations
    }

    /// Learns that of this state, too.
    pub fn look(&mut self, inventory: &Inventory) {
        for (_, object) in inventory.of_kind(Kind::MutatingWebhookConfiguration) {
            for webhook in object.value().list("webhooks") {
                for rule in webhook.list("rules") {
                    self.mutated
                        .extend(rule.texts("resources").map(str::to_lowercase));
                }
            }
        }
    }

    /// Learns from one audit event: the patches that webhooks made of the request.
    pub fn observe(&mut self, event: &Event<'_>) {
        for (key, value) in event.annotations() {
            if !key.starts_with(PATCH) {
                continue;
            }
            let Ok(note) = serde_json::from_str::<Value>(value) else {
                continue;
            };
            self.mutated.insert(event.resource().to_owned());
            for operation in note.list("patch") {
                if let Some(pointer) = operation.text("path") {
                    self.note(event.resource(), pointer, operation.at("value"));
                }
            }
        }
    }

    fn note(&mut self, resource: &str, pointer: &str, value: &Value) {
        let mut way: Vec<String> = Vec::new();
        for step in pointer.split('/').skip(1) {
            if step != "-" && step.parse::<usize>().is_err() {
                way.push(step.replace("~1", "/").replace("~0", "~"));
            }
        }
        // A patch may add a whole mapping; what it adds are its members.
        if let Value::Object(map) = value
            && !map.is_empty()
        {
            for (name, value) in map {
                let mut below = way.clone();
                below.push(name.to_string());
                self.count(resource, below.join("\u{1f}"), value);
            }
        }
        self.count(resource, way.join("\u{1f}"), value);
    }

    fn count(&mut self, kind: &str, way: String, value: &Value) {
        *self
            .seen
            .entry((singular(kind), way))
            .or_default()
            .entry(value.to_string())
            .or_default() += 1;
    }

    /// Learns from objects: a value beyond desired that the deployer's request brought.
    pub fn suspect(&mut self, kind: &str, path: &Path, value: &Value) {
        if self.is_mutated(kind) {
            self.count(kind, fields(path), value);
        }
    }

    /// True when some webhook looks at the kind.
    fn is_mutated(&self, kind: &str) -> bool {
        let singular_kind = singular(kind);
        self.mutated
            .iter()
            .any(|name| name == "*" || name == "*/*" || singular(name) == singular_kind)
    }

    /// True when the value is one that a webhook puts there: seen twice, and nothing else seen there.
    pub(crate) fn explain(&self, object: &Value, path: &Path, value: &Value) -> bool {
        if self.seen.is_empty() {
            return false;
        }
        let kind = object.text("kind").unwrap_or_default();
        self.seen
            .get(&(singular(kind), fields(path)))
            .is_some_and(|values| {
                values.len() == 1
                    && values
                        .get(&value.to_string())
                        .is_some_and(|count| *count > 1)
            })
    }

    /// How many mutations are known.
    pub fn len(&self) -> usize {
        self.seen
            .values()
            .filter(|values| values.len() == 1 && values.values().all(|count| *count > 1))
            .count()
    }

    /// True when none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn fields(path: &Path) -> String {
    path.fields().collect::<Vec<_>>().join("\u{1f}")
}

/// `Deployment` and `deployments` by one name.
fn singular(name: &str) -> String {
    let name = name.to_lowercase();
    match name.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => match name.strip_suffix("es") {
            Some(stem) if stem.ends_with("ss") || stem.ends_with('x') || stem.ends_with("ch") => {
                stem.to_owned()
            }
            _ => name.strip_suffix('s').map_or(name.clone(), str::to_owned),
        },
    }
}
