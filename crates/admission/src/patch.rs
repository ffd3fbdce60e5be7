//! Parts of objects merged as server-side apply merges them, and JSON patches (RFC 6902).

use catseye_model::{Fields as _, Value};

/// Lists whose members have keys, by the name of the field: what is merged member by member.
const KEYED: &[(&str, &[&str])] = &[
    ("containers", &["name"]),
    ("initContainers", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("env", &["name"]),
    ("volumes", &["name"]),
    ("volumeMounts", &["mountPath"]),
    ("volumeDevices", &["devicePath"]),
    ("ports", &["containerPort", "port"]),
    ("imagePullSecrets", &["name"]),
    ("hostAliases", &["ip"]),
    ("topologySpreadConstraints", &["topologyKey"]),
    ("schedulingGates", &["name"]),
    ("resourceClaims", &["name"]),
    ("ownerReferences", &["uid"]),
    ("conditions", &["type"]),
];

/// Lists that are sets of scalars.
const SETS: &[&str] = &["finalizers"];

/// An object with a part merged into it.
pub(crate) fn merged(object: &Value, part: &Value) -> Result<Value, String> {
    if !part.is_object() {
        return Err("an apply configuration must be an Object".to_owned());
    }
    for field in ["apiVersion", "kind"] {
        if part.get(field).is_some() {
            return Err(format!("an apply configuration may not set {field}"));
        }
    }
    merge(object, part, "")
}

fn merge(held: &Value, part: &Value, path: &str) -> Result<Value, String> {
    let Value::Object(entries) = part else {
        return Ok(part.clone());
    };
    let mut made = if held.is_object() {
        held.clone()
    } else {
        Value::Object(catseye_model::value::Map::default())
    };
    for (name, value) in entries {
        let below = format!("{path}.{name}");
        let old = held.get(name.as_str()).cloned().unwrap_or_default();
        let new = match value {
            Value::Array(_) => merge_list(&old, value, name, &below)?,
            value => merge(&old, value, &below)?,
        };
        made.set(name, new);
    }
    Ok(made)
}

fn merge_list(held: &Value, part: &Value, name: &str, path: &str) -> Result<Value, String> {
    let new = part.as_array().unwrap_or_default();
    let old = held.as_array().unwrap_or_default();
    if SETS.contains(&name) {
        let mut members = old.to_vec();
        for member in new {
            if !members.contains(member) {
                members.push(member.clone());
            }
        }
        return Ok(Value::Array(members.into_iter().collect()));
    }
    let Some((_, keys)) = KEYED.iter().find(|(known, _)| *known == name) else {
        return Err(format!(
            "{}: may not mutate atomic arrays, maps or structs; use a JSONPatch",
            path.trim_start_matches('.')
        ));
    };
    let mut members = old.to_vec();
    for member in new {
        let key = keys
            .iter()
            .find_map(|key| Some((*key, member.get(*key)?)))
            .ok_or_else(|| {
                format!(
                    "{}: a member has no {}",
                    path.trim_start_matches('.'),
                    keys[0]
                )
            })?;
        let place = members
            .iter()
            .position(|held| held.get(key.0) == Some(key.1));
        match place {
            Some(place) => members[place] = merge(&members[place], member, path)?,
            None => members.push(merge(&Value::Null, member, path)?),
        }
    }
    Ok(Value::Array(members.into_iter().collect()))
}

/// An object with JSON patches applied, all or none.
pub(crate) fn patched(object: &Value, patches: &Value) -> Result<Value, String> {
    let mut made = object.clone();
    let list = patches
        .as_array()
        .ok_or_else(|| "a JSON patch must be a list of JSONPatch".to_owned())?;
    for patch in list {
        let path = patch.text("path").ok_or("a JSON patch needs a path")?;
        let steps = steps(path)?;
        let from = |made: &Value| {
            let from = patch.text("from").ok_or("move and copy need from")?;
            let found = made.pointer(from).cloned();
            found.ok_or_else(|| format!("{from}: there is nothing"))
        };
        let value = patch.get("value").cloned().unwrap_or_default();
        made = match patch.text("op").unwrap_or_default() {
            "add" => changed(&made, &steps, &Change::Add(value), path)?,
            "replace" => changed(&made, &steps, &Change::Replace(value), path)?,
            "remove" => changed(&made, &steps, &Change::Remove, path)?,
            "copy" => {
                let value = from(&made)?;
                changed(&made, &steps, &Change::Add(value), path)?
            }
            "move" => {
                let value = from(&made)?;
                let origin = patch.text("from").unwrap_or_default();
                let without = changed(&made, &self::steps(origin)?, &Change::Remove, origin)?;
                changed(&without, &steps, &Change::Add(value), path)?
            }
            "test" => {
                if made.pointer(path) != Some(&value) {
                    return Err(format!("{path}: the test failed"));
                }
                made
            }
            other => return Err(format!("{other:?} is no operation of a JSON patch")),
        };
    }
    Ok(made)
}

enum Change {
    Add(Value),
    Replace(Value),
    Remove,
}

fn steps(path: &str) -> Result<Vec<String>, String> {
    if path.is_empty() {
        return Ok(Vec::new());
    }
    let rest = path
        .strip_prefix('/')
        .ok_or_else(|| format!("{path}: a path begins with /"))?;
    let unescaped = |step: &str| step.replace("~1", "/").replace("~0", "~");
    Ok(rest.split('/').map(unescaped).collect())
}

fn changed(held: &Value, steps: &[String], change: &Change, path: &str) -> Result<Value, String> {
    let nothing = || format!("{path}: there is nothing");
    let Some((step, below)) = steps.split_first() else {
        return match change {
            Change::Add(value) | Change::Replace(value) => Ok(value.clone()),
            Change::Remove => Err(format!("{path}: the whole object cannot be removed")),
        };
    };
    match held {
        Value::Object(map) => {
            let mut made = held.clone();
            if below.is_empty() {
                let is_add = matches!(change, Change::Add(_));
                if !is_add && !map.contains_key(step) {
                    return Err(nothing());
                }
                match change {
                    Change::Add(value) | Change::Replace(value) => made.set(step, value.clone()),
                    Change::Remove => {
                        made.remove(step);
                    }
                }
            } else {
                let inner = map.get(step).ok_or_else(nothing)?;
                made.set(step, changed(inner, below, change, path)?);
            }
            Ok(made)
        }
        Value::Array(_) => {
            let mut members = held.as_array().unwrap_or_default().to_vec();
            let place = if step == "-" {
                members.len()
            } else {
                step.parse::<usize>()
                    .map_err(|_| format!("{path}: {step:?} is no place in a list"))?
            };
            match (below.is_empty(), change) {
                (true, Change::Add(value)) if place <= members.len() => {
                    members.insert(place, value.clone());
                }
                (true, Change::Replace(value)) if place < members.len() => {
                    members[place] = value.clone();
                }
                (true, Change::Remove) if place < members.len() => {
                    members.remove(place);
                }
                (false, _) if place < members.len() => {
                    members[place] = changed(&members[place], below, change, path)?;
                }
                _ => return Err(nothing()),
            }
            Ok(Value::Array(members.into_iter().collect()))
        }
        _ => Err(nothing()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catseye_model::json;

    #[test]
    fn patches_are_applied_as_the_standard_says() {
        let object = json!({"a": {"b": [1, 2]}, "c/d": 1});
        for (patches, expected) in [
            (
                json!([{"op": "add", "path": "/a/b/1", "value": 9}]),
                Ok(json!({"a": {"b": [1, 9, 2]}, "c/d": 1})),
            ),
            (
                json!([{"op": "add", "path": "/a/b/-", "value": 9}]),
                Ok(json!({"a": {"b": [1, 2, 9]}, "c/d": 1})),
            ),
            (
                json!([{"op": "remove", "path": "/c~1d"}]),
                Ok(json!({"a": {"b": [1, 2]}})),
            ),
            (
                json!([{"op": "move", "from": "/c~1d", "path": "/e"}]),
                Ok(json!({"a": {"b": [1, 2]}, "e": 1})),
            ),
            (
                json!([{"op": "test", "path": "/a/b/0", "value": 2}]),
                Err("/a/b/0: the test failed"),
            ),
            (
                json!([{"op": "replace", "path": "/x", "value": 1}]),
                Err("/x: there is nothing"),
            ),
            (
                json!([{"op": "add", "path": "/x/y", "value": 1}]),
                Err("/x/y: there is nothing"),
            ),
        ] {
            let expected = expected.map_err(str::to_owned);
            assert_eq!(patched(&object, &patches), expected, "{patches}");
        }
    }

    #[test]
    fn members_with_keys_are_merged_and_lists_without_are_refused() {
        let pod = json!({"spec": {"containers": [{"name": "a", "image": "x"}, {"name": "b"}]}});
        let part = json!({"spec": {"containers": [{"name": "b", "image": "y"}, {"name": "c"}]}});
        let made = json!({"spec": {"containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "y"}, {"name": "c"}]}});
        assert_eq!(merged(&pod, &part), Ok(made));
        let part = json!({"spec": {"tolerations": [{"key": "a"}]}});
        let err = merged(&pod, &part).unwrap_err();
        assert!(
            err.starts_with("spec.tolerations: may not mutate atomic"),
            "{err}"
        );
    }
}
