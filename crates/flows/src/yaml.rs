//! Values as YAML, in blocks, for people to read and `kubectl apply` to take.

use serde_json::Value;

/// The value as a YAML document, with the line `---` before it.
pub fn to_yaml(value: &Value) -> String {
    let mut text = "---\n".to_owned();
    write(&mut text, value, 0, false);
    text
}

fn write(text: &mut String, value: &Value, depth: usize, in_list: bool) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) if fields.is_empty() => text.push_str(" {}\n"),
        Value::Array(items) if items.is_empty() => text.push_str(" []\n"),
        Value::Object(fields) => {
            for (number, (key, value)) in ordered(fields).into_iter().enumerate() {
                // The first field of an entry stands behind its dash.
                if !(in_list && number == 0) {
                    text.push_str(&indent);
                }
                text.push_str(&scalar(key));
                text.push(':');
                field(text, value, depth);
            }
        }
        Value::Array(items) => {
            for item in items {
                text.push_str(&indent);
                text.push_str("- ");
                match item {
                    Value::Object(fields) if !fields.is_empty() => {
                        write(text, item, depth + 1, true);
                    }
                    Value::Array(_) | Value::Object(_) => {
                        text.push_str(&item.to_string());
                        text.push('\n');
                    }
                    item => {
                        text.push_str(&plain(item));
                        text.push('\n');
                    }
                }
            }
        }
        other => {
            text.push_str(&plain(other));
            text.push('\n');
        }
    }
}

fn field(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            text.push('\n');
            write(text, value, depth + 1, false);
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('\n');
            write(text, value, depth + 1, false);
        }
        Value::Object(_) | Value::Array(_) => write(text, value, depth, false),
        other => {
            text.push(' ');
            text.push_str(&plain(other));
            text.push('\n');
        }
    }
}

/// Kubernetes' order for the fields that begin a manifest, the alphabet for the rest.
fn ordered(fields: &serde_json::Map<String, Value>) -> Vec<(&String, &Value)> {
    let first = ["apiVersion", "kind", "metadata", "name", "namespace"];
    let place = |key: &str| {
        first
            .iter()
            .position(|it| *it == key)
            .unwrap_or(first.len())
    };
    let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
    fields.sort_by(|(a, _), (b, _)| (place(a), a).cmp(&(place(b), b)));
    fields
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        other => other.to_string(),
    }
}

/// A text without quotes where no reader could take it for something else.
fn scalar(text: &str) -> String {
    let harmless = text
        .bytes()
        .all(|it| it.is_ascii_alphanumeric() || b"-_./".contains(&it))
        && text.starts_with(|c: char| c.is_ascii_alphabetic());
    let words = [
        "true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf",
    ];
    if harmless && !words.contains(&text.to_ascii_lowercase().as_str()) {
        text.to_owned()
    } else {
        // JSON texts are YAML texts.
        Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_the_same_value() {
        let value = serde_json::json!({"kind": "X", "apiVersion": "v1", "metadata": {"name": "a", "labels": {}},
            "spec": {"a": [], "b": [{"c": "0.0.0.0/0", "d": ["10.0.0.0/8", "yes"]}, {"e": 80, "f": "8080"}], "g": "on", "h": null}});
        let text = to_yaml(&value);
        let mut read = catseye_model::yaml::documents(&text);
        let content = read.remove(0).content.expect("valid YAML");
        let again: Value = content.into();
        assert_eq!(again, value, "{text}");
    }
}
