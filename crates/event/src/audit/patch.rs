//! Bodies of writes in one shape: the (part of the) object that they set.
//!
//! Create and update send the object. Merge patches and server-side apply send a part of it. JSON
//! patches send steps, and `kubectl apply --server-side` may send YAML as text.

use std::borrow::Cow;

use catseye_model::value::Map;
use catseye_model::{Fields, Value, yaml};

/// The furthest index at which a step is placed; above it the element is appended.
const FURTHEST: usize = 64;

/// The part of the object that a body sets.
pub(crate) fn as_object(body: &Value) -> Cow<'_, Value> {
    match body {
        Value::Array(steps) => Cow::Owned(of_steps(steps)),
        Value::String(text) => {
            let document = yaml::documents(text).into_iter().next();
            let value = document.and_then(|document| document.content.ok());
            value.map_or(Cow::Borrowed(body), Cow::Owned)
        }
        _ => Cow::Borrowed(body),
    }
}

/// What the steps of a JSON patch set: `add` and `replace`, each at its path.
fn of_steps(steps: &[Value]) -> Value {
    let mut whole = Value::Object(Map::default());
    for step in steps {
        let (Some(op), Some(path), Some(value)) =
            (step.text("op"), step.text("path"), step.get("value"))
        else {
            continue;
        };
        if matches!(op, "add" | "replace") {
            let fields: Vec<String> = path
                .split('/')
                .skip(1)
                .map(|field| field.replace("~1", "/").replace("~0", "~"))
                .collect();
            place(&mut whole, &fields, "", value);
        }
    }
    whole
}

/// Maps whose keys are free and may look like indices.
fn holds_free_keys(field: &str) -> bool {
    matches!(
        field,
        "data" | "stringData" | "binaryData" | "labels" | "annotations" | "matchLabels"
    )
}

fn place(into: &mut Value, fields: &[String], parent: &str, value: &Value) {
    let Some((field, rest)) = fields.split_first() else {
        *into = value.clone();
        return;
    };
    let index = field.parse::<usize>().ok();
    if (field == "-" || index.is_some()) && !holds_free_keys(parent) {
        let mut list = into.as_array().unwrap_or_default().to_vec();
        let at = index.unwrap_or(list.len()).min(FURTHEST.max(list.len()));
        while list.len() <= at {
            list.push(Value::Null);
        }
        place(&mut list[at], rest, field, value);
        *into = list.into();
        return;
    }
    if !into.is_object() {
        *into = Value::Object(Map::default());
    }
    into.complete(field, Value::Null);
    into.update(field, |member| place(member, rest, field, value));
}

#[cfg(test)]
mod tests {
    use catseye_model::json;

    use super::*;

    #[test]
    fn a_json_patch_reads_like_the_part_that_it_sets() {
        for (steps, expected) in [
            (
                json!([{"op": "add", "path": "/spec/template/spec/containers/-", "value": {"name": "sc"}}]),
                json!({"spec": {"template": {"spec": {"containers": [{"name": "sc"}]}}}}),
            ),
            (
                json!([
                    {"op": "replace", "path": "/spec/containers/1/image", "value": "i"},
                    {"op": "add", "path": "/spec/containers/1/securityContext/privileged", "value": true},
                ]),
                json!({"spec": {"containers": [null, {"image": "i", "securityContext": {"privileged": true}}]}}),
            ),
            (
                json!([{"op": "add", "path": "/metadata/labels/a~1b~0c", "value": "x"}]),
                json!({"metadata": {"labels": {"a/b~c": "x"}}}),
            ),
            (
                json!([{"op": "add", "path": "/data/0", "value": "x"}]),
                json!({"data": {"0": "x"}}),
            ),
            (
                json!([{"op": "replace", "path": "", "value": {"a": 1}}]),
                json!({"a": 1}),
            ),
            (
                json!([{"op": "remove", "path": "/spec/tls"}, {"op": "test", "path": "/a", "value": 1}]),
                json!({}),
            ),
        ] {
            assert_eq!(*as_object(&steps), expected, "{steps}");
        }
    }

    #[test]
    fn an_index_beyond_all_measure_is_appended() {
        let steps = json!([{"op": "add", "path": "/a/4000000000", "value": 1}]);
        assert_eq!(as_object(&steps).list("a").len(), FURTHEST + 1);
    }

    #[test]
    fn yaml_of_server_side_apply_is_read() {
        let body = json!("spec:\n  hostPID: true\n");
        assert_eq!(*as_object(&body), json!({"spec": {"hostPID": true}}));
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for body in [json!({"spec": {}}), json!(null), json!(3)] {
            assert_eq!(*as_object(&body), body);
        }
    }
}
