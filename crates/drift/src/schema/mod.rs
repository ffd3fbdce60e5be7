//! What is known of the fields of a kind: how lists are identified, which texts are amounts, and what the
//! server sets by itself.
//!
//! Built-in kinds come from a table that `cargo xtask schema` takes from a real API server; custom kinds
//! from the definitions among the objects. A kind that is not known is compared as plain JSON.

mod defaulting;
mod definition;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use catseye_model::value::{Text, text};
use catseye_model::{Inventory, Kind, Object, Value};

const BUILTIN: &str = include_str!("../../schema/builtin.json");

/// The number of a type in [`Schemas`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TypeId(u32);

/// The form of a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    /// A text, number or boolean that is compared as it is.
    Plain,
    /// Nothing is known.
    Any,
    /// An amount such as `250m`.
    Quantity,
    /// A duration such as `1m30s`.
    Duration,
    /// A number, or a text that may be a number.
    IntOrString,
    /// Bytes.
    Base64,
    /// A moment.
    Time,
    /// A mapping with known fields.
    Struct(TypeId),
    /// A mapping with any keys.
    Map(Box<Node>),
    /// A list whose order counts.
    List(Box<Node>),
    /// A list whose members stand once each, in any order.
    Set(Box<Node>),
    /// A list whose members are told by some of their fields.
    Keyed {
        /// The members.
        item: Box<Node>,
        /// The fields.
        by: Box<[Text]>,
    },
}

/// A field of a type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) node: Node,
    /// What the server sets where nothing is given.
    pub(crate) default: Option<Value>,
}

/// A mapping with known fields.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Type {
    pub(crate) fields: BTreeMap<Text, Field>,
    /// Whether keys beside the fields are kept.
    pub(crate) open: bool,
    /// A label selector: an empty one selects everything, an absent one does not.
    pub(crate) selects: bool,
}

/// All known kinds.
#[derive(Debug, Clone)]
pub struct Schemas {
    version: Text,
    types: Vec<Type>,
    kinds: HashMap<String, TypeId>,
    /// Custom kinds, as `GROUP/KIND`, of which a version differs in nothing but its name.
    same_in_versions: BTreeSet<String>,
}

impl Schemas {
    /// The built-in kinds.
    ///
    /// # Panics
    /// Never: the table is a part of the program, and a test reads it.
    pub fn builtin() -> &'static Schemas {
        static KNOWN: OnceLock<Schemas> = OnceLock::new();
        KNOWN.get_or_init(|| table(BUILTIN).expect("the table is generated and tested"))
    }

    /// The built-in kinds, and those that the definitions among the objects define.
    pub fn with_definitions(inventory: &Inventory) -> Self {
        let mut schemas = Schemas::builtin().clone();
        for (_, object) in inventory.of_kind(Kind::CustomResourceDefinition) {
            schemas.define(object);
        }
        schemas
    }

    /// Learns the kinds of a custom resource definition.
    pub fn define(&mut self, definition: &Object) {
        definition::read(self, definition.value());
    }

    /// The Kubernetes version of the built-in table, as `v1.36.3`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The group and the name of every known kind.
    pub fn kinds(&self) -> impl Iterator<Item = (&str, &str)> {
        self.kinds.keys().filter_map(|name| {
            let (version, kind) = name.rsplit_once('/')?;
            Some((version.split_once('/').map_or("", |(group, _)| group), kind))
        })
    }

    /// True when the fields of this kind are known.
    pub fn knows(&self, api_version: &str, kind: &str) -> bool {
        self.root(api_version, kind).is_some()
    }

    /// True for a custom kind of which the API server only changes `apiVersion` between versions.
    pub(crate) fn is_same_in_all_versions(&self, group: &str, kind: &str) -> bool {
        self.same_in_versions.contains(&format!("{group}/{kind}"))
    }

    pub(crate) fn root(&self, api_version: &str, kind: &str) -> Option<TypeId> {
        let mut key = String::with_capacity(api_version.len() + kind.len() + 1);
        key.push_str(api_version);
        key.push('/');
        key.push_str(kind);
        self.kinds.get(&key).copied()
    }

    pub(crate) fn of(&self, id: TypeId) -> &Type {
        &self.types[id.0 as usize]
    }

    pub(crate) fn add(&mut self, kind: Type) -> TypeId {
        let id = TypeId(u32::try_from(self.types.len()).unwrap_or(u32::MAX));
        self.types.push(kind);
        id
    }

    pub(crate) fn name(&mut self, api_version: &str, kind: &str, id: TypeId) {
        self.kinds.insert(format!("{api_version}/{kind}"), id);
    }

    /// The node at a path of fields, members of lists passed through.
    #[cfg(test)]
    pub(crate) fn node_at<'s>(&'s self, root: TypeId, path: &crate::Path) -> Option<&'s Node> {
        let mut at: Option<&Node> = None;
        let mut kind = Some(root);
        for step in path.steps() {
            let node = match (step, at) {
                (crate::Step::Field(name), None) => {
                    &self.of(kind.take()?).fields.get(name.as_str())?.node
                }
                (crate::Step::Field(name), Some(Node::Struct(id))) => {
                    &self.of(*id).fields.get(name.as_str())?.node
                }
                (crate::Step::Field(_), Some(Node::Map(values))) => values,
                (crate::Step::Field(_), Some(_)) => return None,
                (_, Some(Node::List(item) | Node::Set(item) | Node::Keyed { item, .. })) => item,
                _ => return None,
            };
            at = Some(node);
        }
        at
    }
}

fn table(json: &str) -> Option<Schemas> {
    let table: Value = serde_json::from_str(json).ok()?;
    let mut types = Vec::new();
    for fields in table.get("types")?.as_array()? {
        let mut read = BTreeMap::new();
        for (name, field) in fields.as_object()? {
            read.insert(
                name.clone(),
                Field {
                    node: node(field.get(0)?)?,
                    default: field.get(1).cloned(),
                },
            );
        }
        types.push(Type {
            selects: selects(&read),
            fields: read,
            open: false,
        });
    }
    let mut kinds = HashMap::new();
    for (name, id) in table.get("kinds")?.as_object()? {
        kinds.insert(name.to_string(), TypeId(u32::try_from(id.as_u64()?).ok()?));
    }
    Some(Schemas {
        version: text(table.get("kubernetes")?.as_str()?),
        types,
        kinds,
        same_in_versions: BTreeSet::new(),
    })
}

fn selects(fields: &BTreeMap<Text, Field>) -> bool {
    fields.len() == 2
        && fields.contains_key("matchLabels")
        && fields.contains_key("matchExpressions")
}

fn node(written: &Value) -> Option<Node> {
    if let Some(id) = written.as_u64() {
        return Some(Node::Struct(TypeId(u32::try_from(id).ok()?)));
    }
    if let Some(word) = written.as_str() {
        return Some(match word {
            "plain" => Node::Plain,
            "quantity" => Node::Quantity,
            "duration" => Node::Duration,
            "int-or-string" => Node::IntOrString,
            "base64" => Node::Base64,
            "time" => Node::Time,
            _ => Node::Any,
        });
    }
    let (form, below) = written.as_object()?.iter().find(|(key, _)| *key != "by")?;
    let item = Box::new(node(below)?);
    Some(match form.as_str() {
        "map" => Node::Map(item),
        "set" => Node::Set(item),
        "keyed" => Node::Keyed {
            item,
            by: written["by"]
                .as_array()?
                .iter()
                .filter_map(Value::as_str)
                .map(text)
                .collect(),
        },
        _ => Node::List(item),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_knows_lists_formats_and_defaults() {
        let schemas = Schemas::builtin();
        assert!(schemas.version().starts_with("v1."));
        let root = schemas.root("apps/v1", "Deployment").expect("known");
        let at = |path: &str| schemas.node_at(root, &crate::Path::of(path));
        assert!(matches!(
            at("spec.template.spec.containers"),
            Some(Node::Keyed { by, .. }) if by[..] == [text("name")]
        ));
        assert!(matches!(
            at("spec.strategy.rollingUpdate.maxSurge"),
            Some(Node::IntOrString)
        ));
        let Some(Node::Struct(spec)) = at("spec") else {
            panic!("a spec");
        };
        assert_eq!(
            schemas.of(*spec).fields["revisionHistoryLimit"].default,
            Some(catseye_model::json!(10))
        );
    }
}
