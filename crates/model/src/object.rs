//! One Kubernetes object: its identity read once, its untouched value, and where it was written.

use std::fmt;
use std::ops::Range;

use crate::Value;

use crate::fields::Fields;
use crate::kind::{Kind, Scope};
use crate::path::FieldPath;

/// A file among those that were read; an index into the caller's own list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// Where an object was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file.
    pub file: FileId,
    /// The byte range of its document in the file.
    pub document: Range<usize>,
    /// The line and column of the document's first byte, from 1.
    pub start: (usize, usize),
    /// The line on which the document's content begins, from 1.
    pub line: u32,
    /// The way from the document's root to the object, for members of a `List`.
    pub within: FieldPath,
}

/// A Kubernetes object.
#[derive(Clone)]
pub struct Object {
    kind: Kind,
    api_version: Box<str>,
    kind_name: Box<str>,
    namespace: Option<Box<str>>,
    name: Box<str>,
    value: Value,
    origin: Option<Origin>,
}

/// Why a document is no Kubernetes object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAnObject {
    /// It is a scalar or a list.
    #[error("expected a mapping with apiVersion and kind, found {found}")]
    NotAMapping {
        /// What it is instead.
        found: &'static str,
    },
    /// A field that every object has is missing or no string.
    #[error("{path}: expected {expected}")]
    Field {
        /// The field.
        path: FieldPath,
        /// What should stand there.
        expected: &'static str,
    },
}

impl NotAnObject {
    /// The field at fault; the root where the whole document is.
    pub fn path(&self) -> FieldPath {
        match self {
            NotAnObject::NotAMapping { .. } => FieldPath::root(),
            NotAnObject::Field { path, .. } => path.clone(),
        }
    }

    fn below(self, prefix: &FieldPath) -> Self {
        match self {
            NotAnObject::Field { path, expected } => NotAnObject::Field {
                path: prefix.clone().concat(&path),
                expected,
            },
            NotAnObject::NotAMapping { .. } => NotAnObject::Field {
                path: prefix.clone(),
                expected: "a mapping with apiVersion and kind",
            },
        }
    }
}

impl Object {
    /// Reads the identity of one object.
    pub fn new(value: impl Into<Value>, origin: Option<Origin>) -> Result<Self, NotAnObject> {
        let value = value.into();
        let Value::Object(map) = &value else {
            return Err(NotAnObject::NotAMapping {
                found: type_name(&value),
            });
        };
        let text = |field: &str, expected| match map.get(field) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text.as_str().into()),
            _ => Err(NotAnObject::Field {
                path: FieldPath::root().join(field),
                expected,
            }),
        };
        let api_version: Box<str> = text("apiVersion", "an API version such as apps/v1")?;
        let kind_name: Box<str> = text("kind", "a kind such as Deployment")?;
        if map
            .get("metadata")
            .is_some_and(|metadata| !metadata.is_object() && !metadata.is_null())
        {
            return Err(NotAnObject::Field {
                path: FieldPath::root().join("metadata"),
                expected: "a mapping",
            });
        }
        let kind = Kind::of(group_of(&api_version), &kind_name);
        let name = value
            .text("metadata.name")
            .or_else(|| value.text("metadata.generateName"))
            .unwrap_or_default()
            .into();
        let namespace = value
            .text("metadata.namespace")
            .filter(|name| !name.is_empty())
            .map(Into::into);
        Ok(Object {
            kind,
            api_version,
            kind_name,
            namespace,
            name,
            value,
            origin,
        })
    }

    /// Reads a document that holds one object, or a `List` (of any kind of list, nested too) of
    /// objects. Members that are no objects are returned as errors beside the good ones.
    pub fn read(
        document: impl Into<Value>,
        origin: Option<&Origin>,
    ) -> (Vec<Object>, Vec<NotAnObject>) {
        let mut objects = Vec::new();
        let mut errors = Vec::new();
        collect(
            document.into(),
            origin,
            &FieldPath::root(),
            &mut objects,
            &mut errors,
        );
        (objects, errors)
    }

    /// The kind, for dispatch.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The kind as written.
    pub fn kind_name(&self) -> &str {
        &self.kind_name
    }

    /// The API version as written, such as `apps/v1`.
    pub fn api_version(&self) -> &str {
        &self.api_version
    }

    /// The API group; empty for the core group.
    pub fn group(&self) -> &str {
        group_of(&self.api_version)
    }

    /// The API version without its group.
    pub fn version(&self) -> &str {
        self.api_version.rsplit('/').next().unwrap_or_default()
    }

    /// The name, or the `generateName` prefix; empty where there is neither.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The namespace as written.
    pub fn explicit_namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// The namespace that the object lands in: as written, `default` for namespaced kinds that do
    /// not say, and empty for cluster-scoped kinds.
    pub fn namespace(&self) -> &str {
        match self.kind.scope() {
            Some(Scope::Cluster) => "",
            _ => self.namespace.as_deref().unwrap_or("default"),
        }
    }

    /// The whole object, untouched.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// `metadata.labels`, or null.
    pub fn labels(&self) -> &Value {
        self.value.at("metadata.labels")
    }

    /// One label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.value.entry("metadata.labels", key)
    }

    /// One annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.value.entry("metadata.annotations", key)
    }

    /// Where it was written, if it was read from a file.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }
}

fn collect(
    document: Value,
    origin: Option<&Origin>,
    within: &FieldPath,
    objects: &mut Vec<Object>,
    errors: &mut Vec<NotAnObject>,
) {
    // `kubectl get -o yaml` writes kind: List; the API itself PodList, DeploymentList and so on.
    let is_list = document
        .text("kind")
        .is_some_and(|kind| kind.ends_with("List"))
        && document
            .get("items")
            .is_some_and(|items| items.is_array() || items.is_null());
    if !is_list {
        let origin = origin.map(|origin| Origin {
            within: within.clone(),
            ..origin.clone()
        });
        match Object::new(document, origin) {
            Ok(object) => objects.push(object),
            Err(error) => errors.push(error.below_if_nested(within)),
        }
        return;
    }
    // Members of a typed list (PodList from the API) leave out their own apiVersion and kind.
    let member_type = document.text("kind").zip(document.text("apiVersion"));
    let member_type = member_type.and_then(|(kind, api_version)| {
        let kind = kind.strip_suffix("List").filter(|kind| !kind.is_empty())?;
        Some((Value::from(kind), Value::from(api_version)))
    });
    for (index, item) in document.list("items").iter().enumerate() {
        let mut item = item.clone();
        if let Some((kind, api_version)) = &member_type {
            item.complete("kind", kind.clone());
            item.complete("apiVersion", api_version.clone());
        }
        let place = within.clone().join("items").index(index);
        collect(item, origin, &place, objects, errors);
    }
}

impl NotAnObject {
    fn below_if_nested(self, within: &FieldPath) -> Self {
        if within.is_root() {
            self
        } else {
            self.below(within)
        }
    }
}

fn group_of(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// The JSON type of a value in words, for messages.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

impl fmt::Display for Object {
    /// `Deployment shop/cart`; cluster-scoped objects and those without a namespace have no slash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind_name)?;
        f.write_str(" ")?;
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        f.write_str(if self.name.is_empty() {
            "(unnamed)"
        } else {
            &self.name
        })
    }
}

impl fmt::Debug for Object {
    /// The identity only: the value may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({self})")
    }
}

#[cfg(test)]
mod tests {
    use crate::json;

    use super::*;

    #[test]
    fn lists_are_opened_and_typed_lists_lend_their_type() {
        let (objects, errors) = Object::read(
            json!({"apiVersion": "v1", "kind": "List", "items": [
                {"apiVersion": "v1", "kind": "PodList", "items": [{"metadata": {"name": "a"}}]},
                {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "b"}},
                "oops",
                {"kind": "Pod"},
            ]}),
            None,
        );
        let names: Vec<String> = objects.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["Pod a", "Deployment b"]);
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            errors,
            [
                "items[2]: expected a mapping with apiVersion and kind",
                "items[3].apiVersion: expected an API version such as apps/v1"
            ]
        );
    }

    #[test]
    fn the_namespace_defaults_by_scope() {
        let object = |value| Object::new(value, None).unwrap();
        let pod = object(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}));
        assert_eq!(
            (pod.namespace(), pod.explicit_namespace()),
            ("default", None)
        );
        let node = object(json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a"}}));
        assert_eq!(node.namespace(), "");
    }

    #[test]
    fn debug_shows_no_content() {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"},
            "stringData": {"password": "hunter2"}});
        let object = Object::new(secret, None).unwrap();
        assert_eq!(format!("{object:?}"), "Object(Secret a)");
    }
}
