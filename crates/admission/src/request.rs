//! What admission judges: one change that someone asks for.

use std::fmt;

use catseye_model::resource::Resource;
use catseye_model::{Inventory, Object, Value, json};

/// What is done to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// It is made.
    Create,
    /// It is changed.
    Update,
    /// It is removed.
    Delete,
    /// Someone connects to it, as `kubectl exec` does.
    Connect,
}

impl Operation {
    /// The name in policies.
    pub fn name(self) -> &'static str {
        match self {
            Operation::Create => "CREATE",
            Operation::Update => "UPDATE",
            Operation::Delete => "DELETE",
            Operation::Connect => "CONNECT",
        }
    }

    /// The operation of a name in policies.
    pub fn named(name: &str) -> Option<Self> {
        [
            Operation::Create,
            Operation::Update,
            Operation::Delete,
            Operation::Connect,
        ]
        .into_iter()
        .find(|operation| operation.name() == name)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct User {
    /// The user name.
    pub name: String,
    /// The user's id, where there is one.
    pub uid: String,
    /// The groups.
    pub groups: Vec<String>,
    /// What else authentication said: a mapping of lists of texts, or null.
    pub extra: Value,
}

/// A request to change an object.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its id, which appears in answers.
    pub uid: String,
    /// What is done.
    pub operation: Operation,
    /// The API group; empty for the core group.
    pub group: String,
    /// The API version without its group.
    pub version: String,
    /// The kind.
    pub kind: String,
    /// The plural.
    pub resource: String,
    /// Such as `exec` or `status`; empty for the object itself.
    pub subresource: String,
    /// The object; empty where the API server is to make up a name.
    pub name: String,
    /// The namespace; empty for cluster-scoped objects. A Namespace has its own name here.
    pub namespace: String,
    /// Who asks.
    pub user: User,
    /// The object as it would be; null where it is removed.
    pub object: Value,
    /// The object as it is; null where it is made.
    pub old_object: Value,
    /// The options of the operation, or null.
    pub options: Value,
    /// Nothing is to be stored.
    pub dry_run: bool,
}

impl Request {
    /// The creation of an object, by nobody in particular.
    pub fn create(object: &Object, inventory: &Inventory) -> Self {
        let (group, kind) = (object.group(), object.kind_name());
        let resource = Resource::find(inventory, &kind.to_lowercase())
            .into_iter()
            .find(|resource| resource.group == group);
        let namespaced = resource.as_ref().map_or_else(
            || object.explicit_namespace().is_some(),
            |resource| resource.namespaced,
        );
        let namespace = if kind == "Namespace" && group.is_empty() {
            object.name()
        } else if namespaced {
            object.explicit_namespace().unwrap_or("default")
        } else {
            ""
        };
        let value = object.value();
        let name = value
            .get("metadata")
            .and_then(|metadata| metadata.get("name"));
        Request {
            uid: String::new(),
            operation: Operation::Create,
            group: group.to_owned(),
            version: object.version().to_owned(),
            kind: kind.to_owned(),
            resource: resource.map_or_else(|| plural(kind), |resource| resource.name),
            subresource: String::new(),
            name: name.and_then(Value::as_str).unwrap_or_default().to_owned(),
            namespace: namespace.to_owned(),
            user: User::default(),
            object: in_namespace(value, namespaced, namespace),
            old_object: Value::Null,
            options: json!({"apiVersion": "meta.k8s.io/v1", "kind": "CreateOptions"}),
            dry_run: false,
        }
    }

    /// True for a Namespace itself.
    pub(crate) fn is_namespace(&self) -> bool {
        self.group.is_empty() && self.resource == "namespaces"
    }

    /// The request as expressions see it, in the version that a policy asked for.
    pub(crate) fn seen(&self, group: &str, version: &str) -> Value {
        let mut seen = json!({
            "uid": self.uid,
            "kind": {"group": group, "version": version, "kind": self.kind},
            "resource": {"group": group, "version": version, "resource": self.resource},
            "requestKind": {"group": self.group, "version": self.version, "kind": self.kind},
            "requestResource": {"group": self.group, "version": self.version, "resource": self.resource},
            "name": self.name,
            "namespace": self.namespace,
            "operation": self.operation.name(),
            "userInfo": {"username": self.user.name},
            "dryRun": self.dry_run,
        });
        if !self.subresource.is_empty() {
            seen.set("subResource", Value::from(self.subresource.as_str()));
            seen.set("requestSubResource", Value::from(self.subresource.as_str()));
        }
        for empty in ["name", "namespace"] {
            if seen.get(empty).and_then(Value::as_str) == Some("") {
                seen.remove(empty);
            }
        }
        if !self.options.is_null() {
            seen.set("options", self.options.clone());
        }
        seen.update("userInfo", |user| {
            if !self.user.uid.is_empty() {
                user.set("uid", Value::from(self.user.uid.as_str()));
            }
            if !self.user.groups.is_empty() {
                let groups = self
                    .user
                    .groups
                    .iter()
                    .map(|name| Value::from(name.as_str()));
                user.set("groups", Value::Array(groups.collect()));
            }
            if !self.user.extra.is_null() {
                user.set("extra", self.user.extra.clone());
            }
        });
        seen
    }
}

/// The object with the namespace that it lands in.
fn in_namespace(value: &Value, namespaced: bool, namespace: &str) -> Value {
    let mut value = value.clone();
    if namespaced {
        value.complete("metadata", json!({}));
        value.update("metadata", |metadata| {
            metadata.complete("namespace", namespace);
        });
    }
    value
}

/// The plural that a kind most likely has.
pub(crate) fn plural(kind: &str) -> String {
    let kind = kind.to_lowercase();
    if let Some(stem) = kind.strip_suffix('y') {
        return format!("{stem}ies");
    }
    if kind.ends_with(['s', 'x']) || kind.ends_with("ch") {
        return format!("{kind}es");
    }
    format!("{kind}s")
}
