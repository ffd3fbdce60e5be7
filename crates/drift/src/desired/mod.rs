//! What is wanted: objects, each with where it was written.
//!
//! ```text
//!  folders, rendered charts ──────────────┐
//!  Helm release Secrets ─► helm ──────────┼─► DesiredState ─► compare
//!  last-applied annotations ─► applied ───┤
//!  an approved blueprint ─► blueprint ────┘   ownership: which of them a CD tool says it deployed
//! ```

pub mod applied;
pub mod blueprint;
pub mod helm;
pub mod ownership;

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};

use catseye_model::kind::Scope;
use catseye_model::{Fields as _, Inventory, Kind, Object, ObjectKey, Value};
use serde::Serialize;

/// Where a desired object was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", content = "name", rename_all = "kebab-case")]
pub enum Source {
    /// A file, or what a renderer made of a folder: `deploy/web.yaml:12`.
    File(String),
    /// A release that Helm keeps in the cluster: `shop/web revision 3`.
    HelmRelease(String),
    /// What the last `kubectl apply` sent, kept by the object itself.
    LastApplied,
    /// The approved baseline.
    Blueprint(String),
    /// An application of a delivery tool, which lists the object and keeps what it should be to itself.
    Inventory(String),
}

impl Source {
    /// The source in a few words.
    pub fn told(&self) -> String {
        match self {
            Source::File(name) | Source::Inventory(name) => name.clone(),
            Source::HelmRelease(name) => format!("Helm release {name}"),
            Source::LastApplied => "its last-applied annotation".to_owned(),
            Source::Blueprint(name) => format!("blueprint {name}"),
        }
    }
}

/// A desired object.
#[derive(Debug, Clone)]
pub struct Desired {
    /// The object, with values of Secrets redacted under the key of the live state.
    pub object: Object,
    /// Where it was written.
    pub source: Source,
}

/// All that is wanted.
#[derive(Debug, Clone, Default)]
pub struct DesiredState {
    objects: BTreeMap<ObjectKey, Desired>,
    /// Objects that were written more than once; the last one counts, as it does when they are applied.
    pub repeated: Vec<ObjectKey>,
    /// Objects that are not compared, because they are not meant to stay: hooks, and generated names.
    pub passing: usize,
    /// What is being deployed just now, as `shop/web is pending-upgrade`.
    pub under_way: Vec<String>,
    /// Objects about which nothing is said while they are being deployed.
    held: BTreeSet<ObjectKey>,
}

impl DesiredState {
    /// Adds an object.
    pub fn add(&mut self, object: Object, source: Source) {
        if is_passing(object.value()) {
            self.passing += 1;
            return;
        }
        let object = with_plain_data(object);
        let key = ObjectKey::of(&object);
        match self.objects.entry(key) {
            Entry::Vacant(slot) => {
                slot.insert(Desired { object, source });
            }
            Entry::Occupied(mut slot) => {
                self.repeated.push(slot.key().clone());
                slot.insert(Desired { object, source });
            }
        }
    }

    /// Lays another state over this one: what both hold counts as the other has it.
    pub fn overlay(&mut self, other: &DesiredState) {
        for (key, desired) in &other.objects {
            self.objects.insert(key.clone(), desired.clone());
        }
        self.repeated.extend(other.repeated.iter().cloned());
        self.passing += other.passing;
        self.under_way.extend(other.under_way.iter().cloned());
        self.held.extend(other.held.iter().cloned());
    }

    /// Holds an object back: it is being deployed, so what is desired of it is not known yet.
    pub fn hold(&mut self, key: ObjectKey) {
        self.held.insert(key);
    }

    /// True for an object about which nothing is said for now.
    pub fn is_held(&self, key: &ObjectKey) -> bool {
        self.held.contains(key)
    }

    /// Puts the namespaces of custom kinds right: cleared where the kind belongs to the whole cluster, and
    /// `default` where it does not and none is written. A manifest does not say which it is; the definition
    /// does, or else live objects of the kind.
    pub fn settle_scopes(&mut self, live: &Inventory) {
        let unsettled: Vec<ObjectKey> = self
            .objects
            .iter()
            .filter(|(_, desired)| desired.object.kind().scope().is_none())
            .map(|(key, _)| key.clone())
            .collect();
        if unsettled.is_empty() {
            return;
        }
        let scopes = self.scopes(live);
        let held = std::mem::take(&mut self.held);
        for mut key in held {
            if let Some(namespace) = other_namespace(&scopes, &key) {
                namespace.unwrap_or_default().clone_into(&mut key.namespace);
            }
            self.held.insert(key);
        }
        for key in unsettled {
            let Some(namespace) = other_namespace(&scopes, &key) else {
                continue;
            };
            let Some(Desired { object, source }) = self.objects.remove(&key) else {
                continue;
            };
            let moved = in_namespace(&object, namespace).unwrap_or(object);
            self.objects.insert(
                ObjectKey::of(&moved),
                Desired {
                    object: moved,
                    source,
                },
            );
        }
    }

    fn scopes(&self, live: &Inventory) -> Scopes {
        let mut scopes = Scopes::new();
        for (_, object) in live.of_kind(Kind::Other) {
            let scope = match object.explicit_namespace() {
                Some(_) => Scope::Namespaced,
                None => Scope::Cluster,
            };
            let kind = (object.group().to_owned(), object.kind_name().to_owned());
            scopes.insert(kind, scope);
        }
        let desired = self.objects.values().map(|desired| &desired.object);
        let definitions = desired
            .filter(|object| object.kind() == Kind::CustomResourceDefinition)
            .chain(
                live.of_kind(Kind::CustomResourceDefinition)
                    .map(|(_, it)| it),
            );
        for definition in definitions {
            let spec = definition.value().at("spec");
            let scope = match spec.text("scope") {
                Some("Cluster") => Scope::Cluster,
                Some("Namespaced") => Scope::Namespaced,
                _ => continue,
            };
            let part = |field: &str| spec.text(field).unwrap_or_default().to_owned();
            scopes.insert((part("group"), part("names.kind")), scope);
        }
        scopes
    }

    /// Takes an object out.
    pub fn remove(&mut self, key: &ObjectKey) -> Option<Desired> {
        self.objects.remove(key)
    }

    /// A desired object.
    pub fn get(&self, key: &ObjectKey) -> Option<&Desired> {
        self.objects.get(key)
    }

    /// All of them, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&ObjectKey, &Desired)> {
        self.objects.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// True when nothing is desired.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }
}

/// Scopes of custom kinds, by group and kind.
type Scopes = BTreeMap<(String, String), Scope>;

/// The namespace in which an object stands, or that it stands in none, where that is not what its key says.
fn other_namespace(scopes: &Scopes, key: &ObjectKey) -> Option<Option<&'static str>> {
    match scopes.get(&(key.group.clone(), key.kind.clone()))? {
        Scope::Cluster if !key.namespace.is_empty() => Some(None),
        Scope::Namespaced if key.namespace.is_empty() => Some(Some("default")),
        _ => None,
    }
}

/// The object in another namespace, or in none.
fn in_namespace(object: &Object, namespace: Option<&str>) -> Option<Object> {
    let mut value = object.value().clone();
    value.update("metadata", |metadata| match namespace {
        Some(name) => metadata.set("namespace", name.into()),
        None => {
            metadata.remove("namespace");
        }
    });
    Object::new(value, object.origin().cloned()).ok()
}

/// Hooks run and go; generated names never come back.
fn is_passing(object: &Value) -> bool {
    let annotation = |name: &str| object.entry("metadata.annotations", name).is_some();
    annotation("helm.sh/hook")
        || annotation("argocd.argoproj.io/hook")
        || object.text("metadata.name").is_none_or(str::is_empty)
}

/// A Secret with `stringData` as the server stores it. The values are redacted, and a value and its base64
/// form have the same hash, so they only move.
fn with_plain_data(object: Object) -> Object {
    let value = object.value();
    let is_secret = object.kind_name() == "Secret" && object.group().is_empty();
    let Some(Value::Object(plain)) = value.get("stringData").filter(|_| is_secret) else {
        return object;
    };
    let mut data = match value.get("data") {
        Some(data @ Value::Object(_)) => data.clone(),
        _ => catseye_model::json!({}),
    };
    for (name, value) in plain {
        data.set(name, value.clone());
    }
    let mut moved = value.clone();
    moved.remove("stringData");
    moved.set("data", data);
    match Object::new(moved, object.origin().cloned()) {
        Ok(moved) => moved,
        Err(_) => object,
    }
}

#[cfg(test)]
mod tests {
    use catseye_model::{Completeness, json};

    use super::*;

    #[test]
    fn custom_kinds_stand_where_their_definition_or_a_live_object_says() {
        let object = |value: Value| Object::new(value, None).unwrap();
        let custom = |kind: &str, name: &str, namespace: Option<&str>| {
            let mut value =
                json!({"apiVersion": "example.com/v1", "kind": kind, "metadata": {"name": name}});
            if let Some(namespace) = namespace {
                value.update("metadata", |metadata| {
                    metadata.set("namespace", namespace.into());
                });
            }
            object(value)
        };
        let definition = |kind: &str, scope: &str| {
            object(
                json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": {"name": kind}, "spec": {"group": "example.com", "scope": scope, "names": {"kind": kind}}}),
            )
        };
        let live = Inventory::new(
            vec![
                definition("Issuer", "Cluster"),
                definition("Queue", "Namespaced"),
                custom("Seen", "other", None),
            ],
            Completeness::Cluster,
        );
        let mut state = DesiredState::default();
        for wanted in [
            custom("Issuer", "a", Some("shop")),
            custom("Queue", "b", None),
            custom("Queue", "c", Some("shop")),
            custom("Seen", "d", Some("shop")),
            custom("Unknown", "e", Some("shop")),
        ] {
            state.add(wanted, Source::LastApplied);
        }
        state.settle_scopes(&live);
        let keys: Vec<String> = state.iter().map(|(key, _)| key.to_string()).collect();
        assert_eq!(
            keys,
            [
                "Issuer a",
                "Queue default/b",
                "Queue shop/c",
                "Seen d",
                "Unknown shop/e"
            ]
        );
        for (key, desired) in state.iter() {
            assert_eq!(*key, ObjectKey::of(&desired.object));
        }
    }
}
