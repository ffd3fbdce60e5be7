//! Objects as YAML, and the fields in which two versions of one differ.

use serde_json::Value;

use super::contract::object::FieldChange;

/// Fields told of one difference.
const MOST: usize = 50;

/// Fields that say nothing about what an object is.
const BOOKKEEPING: [&str; 3] = ["managedFields", "resourceVersion", "generation"];

/// The fields in which two versions differ, in their order, bookkeeping left out.
pub(crate) fn differences(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut found = Vec::new();
    compare("", Some(before), Some(after), &mut found);
    found.truncate(MOST);
    found
}

fn compare(
    path: &str,
    before: Option<&Value>,
    after: Option<&Value>,
    found: &mut Vec<FieldChange>,
) {
    if before == after || found.len() >= MOST {
        return;
    }
    match (before, after) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                if path == "metadata" && BOOKKEEPING.contains(&name.as_str()) {
                    continue;
                }
                let deeper = match path {
                    "" => name.clone(),
                    path => format!("{path}.{name}"),
                };
                compare(&deeper, old.get(name), new.get(name), found);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            for index in 0..old.len().max(new.len()) {
                compare(
                    &format!("{path}[{index}]"),
                    old.get(index),
                    new.get(index),
                    found,
                );
            }
        }
        _ => found.push(FieldChange {
            path: path.to_owned(),
            before: before.cloned(),
            after: after.cloned(),
        }),
    }
}

/// An object as YAML, bookkeeping left out. Texts are written as JSON writes them, which YAML reads alike.
pub(crate) fn yaml(value: &catseye_model::Value) -> String {
    let mut value: Value = value.into();
    if let Some(Value::Object(metadata)) = value.get_mut("metadata") {
        metadata.remove("managedFields");
    }
    let mut text = String::new();
    write(&mut text, &value, 0);
    text
}

fn write(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for name in in_order(fields, depth) {
                indent(text, depth);
                text.push_str(&scalar(&Value::String(name.clone())));
                text.push(':');
                below(text, &fields[name], depth);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                indent(text, depth);
                text.push('-');
                match item {
                    Value::Object(fields) if !fields.is_empty() => {
                        let mut part = String::new();
                        write(&mut part, item, depth + 1);
                        text.push(' ');
                        text.push_str(part.trim_start());
                    }
                    Value::Array(items) if !items.is_empty() => {
                        text.push('\n');
                        write(text, item, depth + 1);
                    }
                    item => {
                        text.push(' ');
                        text.push_str(&scalar(item));
                        text.push('\n');
                    }
                }
            }
        }
        value => {
            indent(text, depth);
            text.push_str(&scalar(value));
            text.push('\n');
        }
    }
}

fn below(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            text.push('\n');
            write(text, value, depth + 1);
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('\n');
            write(text, value, depth);
        }
        value => {
            text.push(' ');
            text.push_str(&scalar(value));
            text.push('\n');
        }
    }
}

/// As people write manifests: what it is first, its status last.
fn in_order(fields: &serde_json::Map<String, Value>, depth: usize) -> Vec<&String> {
    let mut names: Vec<&String> = fields.keys().collect();
    if depth == 0 {
        let rank = |name: &String| match name.as_str() {
            "apiVersion" => 0,
            "kind" => 1,
            "metadata" => 2,
            "status" => 9,
            _ => 5,
        };
        names.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.cmp(b)));
    }
    names
}

fn indent(text: &mut String, depth: usize) {
    for _ in 0..depth {
        text.push_str("  ");
    }
}

/// A plain word stays plain; everything that YAML could read as something else is quoted.
fn scalar(value: &Value) -> String {
    let Value::String(text) = value else {
        return value.to_string();
    };
    let begins = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/');
    let is_plain = begins
        && text
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || "-_./@".contains(char));
    let lower = text.to_ascii_lowercase();
    let means_else = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    if is_plain && !means_else.contains(&lower.as_str()) {
        text.clone()
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{differences, yaml};

    #[test]
    fn an_object_is_written_as_people_write_it_and_reads_back() {
        let value = json!({"status": {"ready": 1}, "kind": "Pod", "apiVersion": "v1",
            "metadata": {"name": "web", "labels": {"on": "yes", "version": "1.0"}, "managedFields": [1]},
            "spec": {"containers": [{"name": "app", "args": ["-c", "a: b"], "env": []}], "x": [[1], []]}});
        let text = yaml(&(&value).into());
        let mut documents = catseye_model::yaml::documents(&text);
        let read: serde_json::Value = documents.remove(0).content.unwrap().into();
        let mut expected = value;
        expected["metadata"]
            .as_object_mut()
            .unwrap()
            .remove("managedFields");
        assert_eq!(read, expected, "{text}");
        assert!(
            text.starts_with("apiVersion: v1\nkind: Pod\nmetadata:\n"),
            "{text}"
        );
    }

    #[test]
    fn fields_that_differ_are_named_and_bookkeeping_is_not() {
        let before = json!({"metadata": {"resourceVersion": "1"}, "spec": {"a": [1, 2], "b": 1}});
        let after = json!({"metadata": {"resourceVersion": "2"}, "spec": {"a": [1, 3], "c": 1}});
        let found = differences(&before, &after);
        let paths: Vec<&str> = found.iter().map(|field| field.path.as_str()).collect();
        assert_eq!(paths, ["spec.a[1]", "spec.b", "spec.c"]);
        assert_eq!(found[1].after, None);
    }
}
