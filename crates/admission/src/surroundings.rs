//! What a judgement may ask about besides the request: namespaces, parameters and roles.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use catseye_cel::authorizer::{Attempt, Authorizer, Decision, Who};
use catseye_model::{Inventory, Kind, Object, Value, json};

use crate::equivalent::Served;

type Key = (String, String, String, String);

/// Namespaces, parameters and an authorizer.
#[derive(Clone)]
pub struct Surroundings {
    namespaces: Arc<BTreeMap<String, Value>>,
    /// By API version, kind, namespace and name.
    others: Arc<BTreeMap<Key, Value>>,
    /// The custom resources that are served.
    pub(crate) served: Arc<Served>,
    /// Answers `authorizer`.
    pub authorizer: Arc<dyn Authorizer>,
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Surroundings({} objects)", self.others.len())
    }
}

/// Says of everything that it cannot know.
struct NoAuthorizer;

impl Authorizer for NoAuthorizer {
    fn decide(&self, _: &Who, _: &Attempt) -> Decision {
        Decision {
            error: Some("no roles were given".to_owned()),
            ..Decision::default()
        }
    }
}

impl Default for Surroundings {
    fn default() -> Self {
        Surroundings {
            namespaces: Arc::default(),
            others: Arc::default(),
            served: Arc::default(),
            authorizer: Arc::new(NoAuthorizer),
        }
    }
}

impl Surroundings {
    /// The namespaces and possible parameters of an Inventory.
    pub fn of(inventory: &Inventory) -> Self {
        let mut surroundings = Surroundings::default();
        for (_, object) in inventory.objects() {
            surroundings.add(object);
        }
        surroundings
    }

    /// Adds an object: a namespace, or what may be a parameter.
    pub fn add(&mut self, object: &Object) {
        if object.kind() == Kind::Namespace {
            Arc::make_mut(&mut self.namespaces)
                .insert(object.name().to_owned(), object.value().clone());
        }
        if object.kind() == Kind::CustomResourceDefinition {
            Arc::make_mut(&mut self.served).add(object);
        }
        Arc::make_mut(&mut self.others).insert(key(object), object.value().clone());
    }

    /// Takes an object away.
    pub fn remove(&mut self, object: &Object) {
        if object.kind() == Kind::Namespace {
            Arc::make_mut(&mut self.namespaces).remove(object.name());
        }
        if object.kind() == Kind::CustomResourceDefinition {
            Arc::make_mut(&mut self.served).remove(object);
        }
        Arc::make_mut(&mut self.others).remove(&key(object));
    }

    /// A namespace; one that was not given has the labels that every namespace has.
    pub(crate) fn namespace(&self, name: &str) -> Value {
        let mut namespace = self.namespaces.get(name).cloned().unwrap_or_else(
            || json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}),
        );
        namespace.update("metadata", |metadata| {
            metadata.complete("labels", json!({}));
            metadata.update("labels", |labels| {
                labels.complete("kubernetes.io/metadata.name", name);
            });
        });
        namespace
    }

    /// All objects of an API version and kind, by namespace and name.
    pub(crate) fn of_kind<'a>(
        &'a self,
        api_version: &'a str,
        kind: &'a str,
    ) -> impl Iterator<Item = &'a Value> {
        let first = (
            api_version.to_owned(),
            kind.to_owned(),
            String::new(),
            String::new(),
        );
        self.others
            .range(first..)
            .take_while(move |((version, name, ..), _)| version == api_version && name == kind)
            .map(|(_, value)| value)
    }
}

fn key(object: &Object) -> Key {
    (
        object.api_version().to_owned(),
        object.kind_name().to_owned(),
        object.explicit_namespace().unwrap_or_default().to_owned(),
        object.name().to_owned(),
    )
}
