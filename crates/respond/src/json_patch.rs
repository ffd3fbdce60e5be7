//! Edits as a JSON patch (RFC 6902) that holds for one version of one object.
//!
//! Server-side apply cannot take away what others own, which is what most drift is; a JSON patch can, and
//! its `test` of uid and version makes sure that it meets the object that it was made from.

use catseye_drift::restored::{Edit, restored};
use catseye_drift::{Path, path::Step};
use catseye_model::{Fields as _, Value, json};

/// The operations that bring a live object to where the edits want it.
pub fn json_patch(live: &Value, edits: &[Edit]) -> Vec<Value> {
    let mut operations = Vec::new();
    for (field, pointer) in [
        ("metadata.uid", "/metadata/uid"),
        ("metadata.resourceVersion", "/metadata/resourceVersion"),
    ] {
        if let Some(value) = live.text(field) {
            operations.push(json!({"op": "test", "path": pointer, "value": value}));
        }
    }
    let tests = operations.len();
    let mut at = live.clone();
    for edit in edits {
        let after = restored(&at, std::slice::from_ref(edit));
        if after != at {
            operations.push(operation(&at, &after, &edit.path, edit.to.is_some()));
            at = after;
        }
    }
    if operations.len() == tests {
        operations.clear();
    }
    operations
}

/// One operation: at the deepest place on the way that both states have.
fn operation(before: &Value, after: &Value, path: &Path, sets: bool) -> Value {
    let mut pointer = String::new();
    let (mut was, mut is) = (before, after);
    for (place, step) in path.steps().iter().enumerate() {
        let is_last = place + 1 == path.steps().len();
        let segment = match step {
            Step::Field(name) => Some(name.replace('~', "~0").replace('/', "~1")),
            _ => step.place(was).map(|place| place.to_string()),
        };
        match (step.within(was), segment) {
            (Some(found), Some(segment)) => {
                pointer.push('/');
                pointer.push_str(&segment);
                if is_last {
                    return if sets {
                        let value = step.within(is).cloned().unwrap_or_default();
                        json!({"op": "replace", "path": pointer, "value": serde_json::Value::from(&value)})
                    } else {
                        json!({"op": "remove", "path": pointer})
                    };
                }
                was = found;
                match step.within(is) {
                    Some(next) => is = next,
                    None => return json!({"op": "remove", "path": pointer}),
                }
            }
            (_, segment) => {
                let value = step.within(is).cloned().unwrap_or_default();
                let segment = match step {
                    Step::Field(_) => segment.unwrap_or_default(),
                    _ => step
                        .place(is)
                        .map_or_else(|| "-".to_owned(), |place| place.to_string()),
                };
                return json!({"op": "add", "path": format!("{pointer}/{segment}"), "value": serde_json::Value::from(&value)});
            }
        }
    }
    json!({"op": "replace", "path": "", "value": serde_json::Value::from(after)})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(fields: &str) -> Path {
        Path::of(fields)
    }

    #[test]
    fn operations_hold_for_one_version_and_touch_only_the_edits() {
        let live = json!({"metadata": {"uid": "u", "resourceVersion": "7", "labels": {"a/b": "x"}},
            "spec": {"replicas": 5, "list": [{"name": "a"}, {"name": "b"}]}});
        let keyed = |name: &str| {
            let mut steps: Vec<Step> = path("spec.list").steps().to_vec();
            steps.push(Step::Keyed(vec![(
                catseye_model::value::text("name"),
                json!(name),
            )]));
            Path::from(steps)
        };
        let edits = vec![
            Edit {
                path: path("metadata.labels").field("a/b"),
                to: None,
                place: None,
            },
            Edit {
                path: path("spec.replicas"),
                to: Some(json!(2)),
                place: None,
            },
            Edit {
                path: keyed("a"),
                to: None,
                place: None,
            },
            Edit {
                path: keyed("b").field("image"),
                to: Some(json!("i")),
                place: None,
            },
            Edit {
                path: path("spec.new.deep"),
                to: Some(json!(1)),
                place: None,
            },
        ];
        let patch = json_patch(&live, &edits);
        let told: Vec<String> = patch
            .iter()
            .map(|it| {
                format!(
                    "{} {}",
                    it["op"].as_str().unwrap(),
                    it["path"].as_str().unwrap()
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "test /metadata/uid",
                "test /metadata/resourceVersion",
                "remove /metadata/labels/a~1b",
                "replace /spec/replicas",
                "remove /spec/list/0",
                "add /spec/list/0/image",
                "add /spec/new",
            ]
        );
        assert_eq!(patch[6]["value"], json!({"deep": 1}));
        assert_eq!(
            json_patch(
                &live,
                &[Edit {
                    path: path("spec.replicas"),
                    to: Some(json!(5)),
                    place: None,
                }]
            ),
            Vec::<Value>::new()
        );
    }

    #[test]
    fn of_two_members_with_the_same_key_the_one_of_the_attacker_goes() {
        use catseye_drift::{Comparison, Mutations, Ranges, Schemas, Trust, edits};
        let deployment = |env: serde_json::Value| {
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "uid": "u"},
                "spec": {"template": {"spec": {"containers": [{"name": "web", "env": env}]}}}})
        };
        let desired = deployment(serde_json::json!([{"name": "A", "value": "good"}]));
        let live = deployment(
            serde_json::json!([{"name": "A", "value": "good"}, {"name": "A", "value": "evil"}]),
        );
        let (trust, ranges, mutations) =
            (Trust::default(), Ranges::default(), Mutations::default());
        let comparison = Comparison {
            schemas: Schemas::builtin(),
            trust: &trust,
            ranges: &ranges,
            mutations: &mutations,
            deployer: None,
            same_key: true,
        };
        let differences = comparison.compare(&desired, &live).differences;
        let patch = json_patch(&live, &edits(&desired, &live, &differences));
        assert_eq!(
            patch[1..],
            [
                json!({"op": "replace", "path": "/spec/template/spec/containers/0/env",
                "value": [{"name": "A", "value": "good"}]})
            ]
        );
    }
}
