//! Whether an answer is what the `OpenAPI` document promises: as much of JSON Schema as the document uses.

use serde_json::{Map, Value};

/// What an answer breaks, with the place; nothing when it keeps the promise.
pub(crate) fn broken(document: &Value, path: &str, method: &str, answer: &Value) -> Vec<String> {
    let schema = &document["paths"][path][method]["responses"]["200"]["content"]["application/json"]
        ["schema"];
    assert!(
        schema.is_object(),
        "the document has no answer of {method} {path}"
    );
    let mut found = Vec::new();
    check(document, schema, answer, "", &mut found);
    found
}

fn check(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let Value::Object(schema) = schema else {
        return;
    };
    if let Some(Value::String(reference)) = schema.get("$ref") {
        let schema = document
            .pointer(&reference[1..])
            .unwrap_or_else(|| panic!("{reference}"));
        return check(document, schema, value, at, found);
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(Value::Array(options)) = schema.get(key) {
            let fits = options.iter().any(|option| {
                let mut broken = Vec::new();
                check(document, option, value, at, &mut broken);
                broken.is_empty()
            });
            if !fits {
                found.push(format!("{at}: fits none of {key}"));
            }
        }
    }
    if let Some(Value::Array(all)) = schema.get("allOf") {
        for one in all {
            check(document, one, value, at, found);
        }
    }
    if let Some(Value::Array(words)) = schema.get("enum")
        && !words.contains(value)
    {
        found.push(format!("{at}: {value} is none of {words:?}"));
    }
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !types.is_empty() && !types.iter().any(|name| is(name, value)) {
        found.push(format!("{at}: {value} is no {types:?}"));
    }
    match value {
        Value::Object(fields) => object(document, schema, fields, at, found),
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                for (place, item) in items.iter().enumerate() {
                    check(document, schema, item, &format!("{at}[{place}]"), found);
                }
            }
        }
        _ => {}
    }
}

fn object(
    document: &Value,
    schema: &Map<String, Value>,
    fields: &Map<String, Value>,
    at: &str,
    found: &mut Vec<String>,
) {
    for name in schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        if !fields.contains_key(name.as_str().unwrap()) {
            found.push(format!("{at}: {name} is missing"));
        }
    }
    let Some(Value::Object(known)) = schema.get("properties") else {
        if let Some(others) = schema.get("additionalProperties") {
            for (name, value) in fields {
                check(document, others, value, &format!("{at}.{name}"), found);
            }
        }
        return;
    };
    for (name, value) in fields {
        match known.get(name) {
            Some(schema) => check(document, schema, value, &format!("{at}.{name}"), found),
            None => found.push(format!("{at}.{name} is not in the document")),
        }
    }
}

fn is(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    }
}
