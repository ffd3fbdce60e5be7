//! What admission webhooks always add: learned, so that an injected label is no drift.
//!
//! Two ways of learning. The audit log says it outright: at level `Request` the API server notes the patch
//! of every mutating webhook. Without it, a label or an annotation counts as injected when the deployer's own
//! request brought it and every compared object that a mutating webhook selects carries it. Of other fields
//! only the log is believed: two changes by hand that are alike look just as a webhook's work does.

use std::collections::{BTreeMap, BTreeSet};

use catseye_event::Event;
use catseye_model::selector::Selector;
use catseye_model::{Fields as _, Inventory, Kind, Object, Value};

use crate::path::{Path, Step};

const PATCH: &str = "patch.webhook.admission.k8s.io/";

/// A mutation: the kind (or resource) that it happens to, the fields on the way, and the value.
type Key = (String, String);

/// The constant mutations that are known.
#[derive(Debug, Clone, Default)]
pub struct Mutations {
    /// By kind and path; the values, and how often each was seen.
    seen: BTreeMap<Key, BTreeMap<String, usize>>,
    /// The values that all objects carry which a webhook selects.
    carried: BTreeMap<Key, String>,
    /// The mutating webhooks.
    webhooks: Vec<Webhook>,
    /// Labels of namespaces, for the webhooks that select by them.
    namespaces: BTreeMap<String, Value>,
}

/// What a mutating webhook selects.
#[derive(Debug, Clone)]
struct Webhook {
    rules: Vec<Rule>,
    /// None selects all: also where the selector cannot be read, because more that has to agree is safer.
    namespaces: Option<Selector>,
    objects: Option<Selector>,
}

#[derive(Debug, Clone)]
struct Rule {
    groups: BTreeSet<String>,
    /// In the singular; `*` for all.
    resources: BTreeSet<String>,
}

impl Webhook {
    fn of(webhook: &Value) -> Self {
        let selector = |field: &str| {
            Selector::of(webhook.at(field))
                .ok()
                .filter(|_| webhook.has(field))
        };
        let rules = webhook.list("rules").iter().map(|rule| Rule {
            groups: rule.texts("apiGroups").map(str::to_owned).collect(),
            resources: rule
                .texts("resources")
                .map(|name| match name {
                    "*" | "*/*" => "*".to_owned(),
                    name => singular(name),
                })
                .collect(),
        });
        Webhook {
            rules: rules.collect(),
            namespaces: selector("namespaceSelector"),
            objects: selector("objectSelector"),
        }
    }

    fn selects(&self, object: &Object, namespaces: &BTreeMap<String, Value>) -> bool {
        let kind = singular(object.kind_name());
        let is_named = self.rules.iter().any(|rule| {
            (rule.groups.contains("*") || rule.groups.contains(object.group()))
                && (rule.resources.contains("*") || rule.resources.contains(&kind))
        });
        let none = Value::Object(catseye_model::value::Map::default());
        let labels = object
            .explicit_namespace()
            .map(|name| namespaces.get(name).unwrap_or(&none));
        is_named
            && self.objects.as_ref().is_none_or(|it| it.matches(object.labels()))
            // What is in no namespace is selected by any selector of namespaces.
            && self.namespaces.as_ref().is_none_or(|it| labels.is_none_or(|labels| it.matches(labels)))
    }
}

/// A value beyond desired that the deployer's own request brought to an object.
#[derive(Debug, Clone)]
pub struct Suspect {
    /// Its place among the objects that were compared.
    pub object: usize,
    /// Where.
    pub path: Path,
    /// What.
    pub value: Value,
}

impl Mutations {
    /// Learns which objects are mutated at all.
    pub fn of(inventory: &Inventory) -> Self {
        let mut mutations = Mutations::default();
        mutations.look(inventory);
        mutations
    }

    /// Learns that of this state, too.
    pub fn look(&mut self, inventory: &Inventory) {
        for (_, object) in inventory.of_kind(Kind::MutatingWebhookConfiguration) {
            let webhooks = object.value().list("webhooks");
            self.webhooks.extend(webhooks.iter().map(Webhook::of));
        }
        if self.webhooks.is_empty() {
            return;
        }
        for (_, namespace) in inventory.of_kind(Kind::Namespace) {
            let name = namespace.name().to_owned();
            self.namespaces.insert(name, namespace.labels().clone());
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

    /// True when there is a webhook that could mutate something.
    pub(crate) fn has_webhooks(&self) -> bool {
        !self.webhooks.is_empty()
    }

    /// Learns from objects that were compared: labels and annotations that the deployer's requests brought to
    /// at least two, and that every one of them carries that a webhook selects.
    pub fn suspect(&mut self, compared: &[&Object], suspects: &[Suspect]) {
        let mut found: BTreeMap<(Key, String), (usize, Path)> = BTreeMap::new();
        for suspect in suspects {
            if let Some(object) = compared.get(suspect.object)
                && is_label(&suspect.path)
            {
                let key = (singular(object.kind_name()), fields(&suspect.path));
                let entry = found.entry((key, suspect.value.to_string()));
                entry.or_insert_with(|| (0, suspect.path.clone())).0 += 1;
            }
        }
        found.retain(|_, (count, _)| *count > 1);
        for webhook in &self.webhooks {
            if found.is_empty() {
                return;
            }
            let mut selected: BTreeMap<String, Vec<&Object>> = BTreeMap::new();
            for object in compared {
                if webhook.selects(object, &self.namespaces) {
                    let kind = singular(object.kind_name());
                    selected.entry(kind).or_default().push(object);
                }
            }
            for ((key, value), (_, path)) in &found {
                let objects = selected.get(&key.0).map_or(&[][..], Vec::as_slice);
                let carries = |object: &&Object| {
                    let is = path.get(object.value());
                    is.is_some_and(|is| is.to_string() == *value)
                };
                if objects.len() > 1 && objects.iter().all(carries) {
                    self.carried.insert(key.clone(), value.clone());
                }
            }
        }
    }

    /// True when the value is one that a webhook puts there: seen twice, and nothing else seen there; or, of
    /// a value that somebody owns, carried by all.
    pub(crate) fn explain(
        &self,
        object: &Value,
        path: &Path,
        value: &Value,
        is_owned: bool,
    ) -> bool {
        if self.seen.is_empty() && self.carried.is_empty() {
            return false;
        }
        let kind = object.text("kind").unwrap_or_default();
        let key = (singular(kind), fields(path));
        let value = value.to_string();
        let told = self.seen.get(&key).is_some_and(|values| {
            values.len() == 1 && values.get(&value).is_some_and(|count| *count > 1)
        });
        told || (is_owned && is_label(path) && self.carried.get(&key) == Some(&value))
    }

    /// How many mutations are known.
    pub fn len(&self) -> usize {
        self.seen
            .values()
            .filter(|values| values.len() == 1 && values.values().all(|count| *count > 1))
            .count()
            + self.carried.len()
    }

    /// True when none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// True for one label or annotation of an object or of a template.
fn is_label(path: &Path) -> bool {
    let mut steps = path.steps().iter().rev();
    let mut field = || match steps.next() {
        Some(Step::Field(name)) => Some(name.as_str()),
        _ => None,
    };
    field().is_some()
        && matches!(field(), Some("labels" | "annotations"))
        && field() == Some("metadata")
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
