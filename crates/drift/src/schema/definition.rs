//! Schemas of custom resource definitions, as `openAPIV3Schema` writes them.

use std::collections::BTreeMap;

use catseye_model::value::{Text, text};
use catseye_model::{Fields as _, Value};

use super::{Field, Node, Schemas, Type, selects};

/// How deep a schema is followed; the API server allows no deeper objects that matter.
const DEPTH: usize = 40;

/// Adds the versions of a definition.
pub(super) fn read(schemas: &mut Schemas, definition: &Value) {
    let group = definition.text("spec.group").unwrap_or_default().to_owned();
    let kind = definition
        .text("spec.names.kind")
        .unwrap_or_default()
        .to_owned();
    // Without a strategy there is no conversion.
    if matches!(
        definition.text("spec.conversion.strategy"),
        None | Some("None")
    ) {
        schemas.same_in_versions.insert(format!("{group}/{kind}"));
    }
    let metadata = schemas
        .root("v1", "ConfigMap")
        .and_then(|id| schemas.of(id).fields.get("metadata").cloned());
    for version in definition.list("spec.versions") {
        let Some(name) = version.text("name") else {
            continue;
        };
        let schema = version.at("schema.openAPIV3Schema");
        let Node::Struct(id) = node(schemas, schema, 0) else {
            continue;
        };
        let mut root = schemas.of(id).clone();
        for aside in ["apiVersion", "kind", "status"] {
            root.fields.remove(aside);
        }
        if let Some(metadata) = &metadata {
            root.fields.insert(text("metadata"), metadata.clone());
        }
        let id = schemas.add(root);
        schemas.name(&format!("{group}/{name}"), &kind, id);
    }
}

fn node(schemas: &mut Schemas, schema: &Value, depth: usize) -> Node {
    if depth > DEPTH {
        return Node::Any;
    }
    if schema.flag("x-kubernetes-int-or-string") == Some(true) {
        return Node::IntOrString;
    }
    let open = schema.flag("x-kubernetes-preserve-unknown-fields") == Some(true);
    match schema.text("type") {
        Some("object") => {
            let values = schema.at("additionalProperties");
            if values.is_object() {
                return Node::Map(Box::new(node(schemas, values, depth + 1)));
            }
            if schema.at("properties").is_null() {
                return Node::Any;
            }
            let mut fields: BTreeMap<Text, Field> = BTreeMap::new();
            for (name, field) in schema.entries("properties") {
                fields.insert(
                    text(name),
                    Field {
                        node: node(schemas, field, depth + 1),
                        default: field.get("default").cloned(),
                    },
                );
            }
            let selects = selects(&fields);
            Node::Struct(schemas.add(Type {
                fields,
                open,
                selects,
            }))
        }
        Some("array") => {
            let item = Box::new(node(schemas, schema.at("items"), depth + 1));
            match schema.text("x-kubernetes-list-type") {
                Some("map") => Node::Keyed {
                    item,
                    by: schema
                        .texts("x-kubernetes-list-map-keys")
                        .map(text)
                        .collect(),
                },
                Some("set") => Node::Set(item),
                _ => Node::List(item),
            }
        }
        Some("string") => match schema.text("format") {
            Some("byte") => Node::Base64,
            Some("date-time") => Node::Time,
            Some("duration") => Node::Duration,
            Some("quantity") => Node::Quantity,
            _ => Node::Plain,
        },
        Some(_) => Node::Plain,
        None => Node::Any,
    }
}
