//! What the objects of a cluster mention by name, to tell what nothing uses.
//!
//! Workloads are read field by field. Of all other kinds (an Ingress, a custom resource, a webhook)
//! any text that is the name of an object counts as a mention, in whatever field and namespace: an
//! object in use must not be called an orphan.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use catseye_model::Value;
use catseye_model::{Completeness, Fields, Inventory, Kind, Object};

use super::pod_references::visit;
use crate::context::{Changed, Context, Index, Reads};

/// The kinds that can be orphans.
const KINDS: [Kind; 4] = [
    Kind::ConfigMap,
    Kind::Secret,
    Kind::PersistentVolumeClaim,
    Kind::ServiceAccount,
];

/// True when the object exists in a whole cluster, stands for itself and nothing mentions it.
pub(super) fn is_orphan(object: &Object, context: &Context<'_>) -> bool {
    if context.inventory.completeness() != Completeness::Cluster
        || context.config.is_system(object.namespace())
        || !object.value().list("metadata.ownerReferences").is_empty()
    {
        return false;
    }
    let mentions = context.index::<Mentions>();
    let (kind, name) = (object.kind(), object.name());
    let by_workload = mentions
        .namespaces
        .get(object.namespace())
        .is_some_and(|said| said.of_workloads.contains(&(kind, name.into())));
    !by_workload && !mentions.of_others.contains_key(name)
}

struct Mentions {
    namespaces: HashMap<Box<str>, Arc<Said>>,
    /// In how many namespaces others than workloads mention a name.
    of_others: HashMap<Box<str>, u32>,
}

/// What the objects of one namespace mention.
#[derive(Default)]
struct Said {
    of_workloads: HashSet<(Kind, Box<str>)>,
    of_others: HashSet<Box<str>>,
}

impl Index for Mentions {
    const READS: Reads = Reads::Everything;

    fn build(inventory: &Inventory) -> Self {
        let candidates = Candidates::of(inventory);
        let mut namespaces: HashMap<&str, Said> = HashMap::new();
        for (_, object) in inventory.objects() {
            let said = namespaces.entry(object.namespace()).or_default();
            said.add(object, &candidates);
        }
        let mut mentions = Mentions {
            namespaces: HashMap::new(),
            of_others: HashMap::new(),
        };
        for (namespace, said) in namespaces {
            mentions.put(namespace, said);
        }
        mentions
    }

    fn renewed(&self, inventory: &Inventory, changed: &Changed) -> Option<Self> {
        // Other names to look for are to be looked for everywhere.
        if KINDS.iter().any(|kind| changed.kinds.contains(kind)) {
            return None;
        }
        let candidates = Candidates::of(inventory);
        let mut mentions = Mentions {
            namespaces: self.namespaces.clone(),
            of_others: self.of_others.clone(),
        };
        for namespace in &changed.namespaces {
            let mut said = Said::default();
            for kind in Kind::ALL.iter().chain([&Kind::Other]) {
                for (_, object) in inventory.in_namespace(*kind, namespace) {
                    said.add(object, &candidates);
                }
            }
            mentions.take(namespace);
            mentions.put(namespace, said);
        }
        Some(mentions)
    }
}

impl Mentions {
    fn put(&mut self, namespace: &str, said: Said) {
        for name in &said.of_others {
            *self.of_others.entry(name.clone()).or_default() += 1;
        }
        self.namespaces.insert(namespace.into(), Arc::new(said));
    }

    fn take(&mut self, namespace: &str) {
        let said = self.namespaces.remove(namespace).unwrap_or_default();
        for name in &said.of_others {
            if let Some(count) = self.of_others.get_mut(name) {
                *count -= 1;
                if *count == 0 {
                    self.of_others.remove(name);
                }
            }
        }
    }
}

impl Said {
    fn add(&mut self, object: &Object, candidates: &Candidates<'_>) {
        match object.kind() {
            kind if kind.is_workload() => self.add_workload(object, candidates),
            // Much text, none of it a reference.
            Kind::Event
            | Kind::Lease
            | Kind::EndpointSlice
            | Kind::Endpoints
            | Kind::Node
            | Kind::ControllerRevision
            | Kind::CustomResourceDefinition => {}
            Kind::Secret => {
                self.add_text(object.value().at("metadata.annotations"), candidates);
            }
            _ => self.add_other(object, candidates),
        }
    }

    fn add_workload(&mut self, object: &Object, candidates: &Candidates<'_>) {
        let Some(template) = object.kind().pod_template_path() else {
            return;
        };
        let spec = object.value().at(template).at("spec");
        let names = &mut self.of_workloads;
        visit(spec, |reference| {
            if candidates.holds(reference.name) {
                names.insert((reference.kind, reference.name.into()));
            }
        });
        for field in ["serviceAccountName", "serviceAccount"] {
            if let Some(name) = spec.text(field) {
                names.insert((Kind::ServiceAccount, name.into()));
            }
        }
        for (claim, ordinal) in claims(object) {
            names.insert((
                Kind::PersistentVolumeClaim,
                format!("{claim}-{}-{ordinal}", object.name()).into(),
            ));
        }
        // Controllers are told names on the command line and in the environment.
        for list in ["initContainers", "containers"] {
            for container in spec.list(list) {
                for field in ["command", "args"] {
                    self.add_text(container.at(field), candidates);
                }
                for env in container.list("env") {
                    self.add_text(env.at("value"), candidates);
                }
            }
        }
    }

    fn add_other(&mut self, object: &Object, candidates: &Candidates<'_>) {
        self.add_text(object.value().at("metadata.annotations"), candidates);
        for (field, value) in object.value().entries("") {
            if !matches!(field, "metadata" | "status" | "apiVersion" | "kind") {
                self.add_text(value, candidates);
            }
        }
    }

    fn add_text(&mut self, value: &Value, candidates: &Candidates<'_>) {
        match value {
            Value::String(text) => {
                self.add_word(text, candidates);
                // `--configmap=namespace/name` and lists separated by commas.
                if text.len() < 1024 && text.contains(['/', '=', ',']) {
                    for word in text.split(['/', '=', ',']) {
                        self.add_word(word.trim(), candidates);
                    }
                }
            }
            Value::Array(members) => {
                for member in members {
                    self.add_text(member, candidates);
                }
            }
            Value::Object(fields) => {
                for (key, value) in fields {
                    self.add_word(key, candidates);
                    self.add_text(value, candidates);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn add_word(&mut self, word: &str, candidates: &Candidates<'_>) {
        if candidates.holds(word) && !self.of_others.contains(word) {
            self.of_others.insert(word.into());
        }
    }
}

/// The names of objects that can be orphans. Nearly all text of a cluster is no such name, which the
/// length and the first letter tell without a hash.
struct Candidates<'a> {
    names: HashSet<&'a str>,
    /// For each length, the first letters (their last six bits) of the names that are so long.
    first_letters: Vec<u64>,
}

impl<'a> Candidates<'a> {
    fn of(inventory: &'a Inventory) -> Self {
        let names: HashSet<&str> = KINDS
            .iter()
            .flat_map(|kind| inventory.of_kind(*kind))
            .map(|(_, object)| object.name())
            .filter(|name| !name.is_empty())
            .collect();
        let longest = KINDS
            .iter()
            .flat_map(|kind| inventory.of_kind(*kind))
            .map(|(_, object)| object.name().len())
            .max();
        let mut first_letters = vec![0; longest.unwrap_or(0) + 1];
        for kind in KINDS {
            for (_, object) in inventory.of_kind(kind) {
                if let Some(letters) = first_letters.get_mut(object.name().len()) {
                    *letters |= first_letter(object.name());
                }
            }
        }
        Candidates {
            names,
            first_letters,
        }
    }

    fn holds(&self, word: &str) -> bool {
        self.first_letters
            .get(word.len())
            .is_some_and(|letters| letters & first_letter(word) != 0)
            && self.names.contains(word)
    }
}

fn first_letter(word: &str) -> u64 {
    word.bytes().next().map_or(0, |byte| 1 << (byte & 63))
}

/// The claims that a StatefulSet makes for its pods.
fn claims(object: &Object) -> impl Iterator<Item = (&str, i64)> {
    let value = object.value();
    let templates = value.list("spec.volumeClaimTemplates");
    // The claims of pods that were scaled away wait for their return.
    let first = value.integer("spec.ordinals.start").unwrap_or(0);
    let replicas = value.integer("spec.replicas").unwrap_or(1).clamp(1, 1000);
    templates
        .iter()
        .filter_map(|template| template.text("metadata.name"))
        .flat_map(move |name| (first..first.saturating_add(replicas)).map(move |n| (name, n)))
}
