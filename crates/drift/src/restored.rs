//! An object with its drift undone: the desired values at the places that differ, everything else as it is.
//!
//! A list whose members nothing identifies is put back whole, because a place in it means nothing once
//! something was added. So is one in which two members have the same keys.

use std::borrow::Cow;

use catseye_model::value::{Map, Text};
use catseye_model::{Fields as _, Value};
use serde::{Deserialize, Serialize};

use crate::compare::ORDER;
use crate::difference::Difference;
use crate::path::{Path, Step, has_keys};
use crate::version;

/// One step of the way back: the value that belongs at a path, or none where nothing does.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Edit {
    /// Where.
    #[serde(serialize_with = "Path::keep", deserialize_with = "Path::kept")]
    pub path: Path,
    /// What belongs there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
    /// Of a member that is to be made: the place in its list. At the end where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<usize>,
}

/// What has to be written where, so that live is as desired again. Differences that are none of the live
/// state (who owns it, what it was for a while) need no edit.
pub fn edits(desired: &Value, live: &Value, differences: &[Difference]) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    // The differences speak of the version in which live was read.
    let desired = version::converted(desired, live, None).unwrap_or(Cow::Borrowed(desired));
    for difference in differences {
        if !difference.class.is_difference() || difference.path.steps().is_empty() {
            continue;
        }
        let edit = whole_list(&desired, live, difference, differences).unwrap_or_else(|| Edit {
            path: difference.path.clone(),
            to: difference.desired.clone(),
            place: None,
        });
        // A list that is put back whole brings what is in it.
        if !edits.iter().any(|known| known.path.contains(&edit.path)) {
            edits.retain(|known| !edit.path.contains(&known.path));
            edits.push(edit);
        }
    }
    let mut at = live.clone();
    for edit in &mut edits {
        if edit.to.is_some() {
            edit.place = place(&desired, &at, &edit.path);
        }
        at = restored(&at, std::slice::from_ref(edit));
    }
    edits
}

/// Where a member belongs that is not there: behind the nearest one before it that is.
fn place(desired: &Value, live: &Value, path: &Path) -> Option<usize> {
    let (step, above) = path.steps().split_last()?;
    let Step::Keyed(keys) = step else { return None };
    let list = Path(above.to_vec());
    let (want, is) = (list.get(desired)?, list.get(live)?);
    if step.place(is).is_some() {
        return None;
    }
    let before = want.as_array()?.get(..step.place(want)?)?;
    let there = before.iter().rev().find_map(|member| {
        let keys = keys.iter();
        let own = keys.map(|(key, _)| (key.clone(), member.at(key).clone()));
        Step::Keyed(own.collect()).place(is)
    });
    Some(there.map_or(0, |place| place + 1))
}

/// A list in the desired order: its desired members as they are desired, and between them, where they stood,
/// those that desired is silent about and that are no drift.
fn in_order(desired: &Value, live: &Value, list: &Path, differences: &[Difference]) -> Value {
    let members = |object| {
        list.get(object)
            .and_then(Value::as_array)
            .unwrap_or_default()
    };
    let name = [(catseye_model::value::text("name"), Value::Null)];
    let kept = expected(desired, live, list, &name, differences);
    let mut wanted = members(desired).iter();
    let mut found: Vec<Value> = Vec::new();
    for member in members(live) {
        let is_same = |other: &Value| other.at("name") == member.at("name");
        if members(desired).iter().any(is_same) {
            found.extend(wanted.next().cloned());
        } else if kept.contains(member) {
            found.push(member.clone());
        }
    }
    found.extend(wanted.cloned());
    Value::Array(found.into())
}

/// The outermost list on the way in which a step does not name one member: by index, or by keys that
/// several members have, as `env` may. Taking one of these away by its keys could take the wrong one.
fn whole_list(
    desired: &Value,
    live: &Value,
    difference: &Difference,
    differences: &[Difference],
) -> Option<Edit> {
    let path = &difference.path;
    if difference.note.as_deref() == Some(ORDER) {
        return Some(Edit {
            path: path.clone(),
            to: Some(in_order(desired, live, path, differences)),
            place: None,
        });
    }
    let cut = path.steps().iter().enumerate().position(|(at, step)| {
        let list = Path(path.steps()[..at].to_vec());
        match step {
            Step::Index(_) => true,
            Step::Keyed(keys) => [desired, live].into_iter().any(|object| {
                let members = list.get(object).and_then(Value::as_array);
                let same = members.unwrap_or_default().iter();
                same.filter(|member| has_keys(member, keys)).count() > 1
            }),
            _ => false,
        }
    })?;
    let step = &path.steps()[cut];
    let path = Path(path.steps()[..cut].to_vec());
    let mut to = path.get(desired).cloned();
    if let Step::Keyed(keys) = step {
        let kept = expected(desired, live, &path, keys, differences);
        if !kept.is_empty() {
            let mut members = to
                .as_ref()
                .and_then(Value::as_array)
                .unwrap_or_default()
                .to_vec();
            members.extend(kept);
            to = Some(Value::Array(members.into()));
        }
    }
    Some(Edit {
        path,
        to,
        place: None,
    })
}

/// Members of a live list that desired is silent about and that are no drift: what a webhook or a
/// controller put there.
fn expected(
    desired: &Value,
    live: &Value,
    list: &Path,
    keys: &[(Text, Value)],
    differences: &[Difference],
) -> Vec<Value> {
    let members = |object| {
        list.get(object)
            .and_then(Value::as_array)
            .unwrap_or_default()
    };
    let told: Vec<&[(Text, Value)]> = differences
        .iter()
        .filter(|it| list.contains(&it.path))
        .filter_map(|it| match it.path.steps().get(list.steps().len()) {
            Some(Step::Keyed(keys)) => Some(keys.as_slice()),
            _ => None,
        })
        .collect();
    let mut kept = Vec::new();
    for member in members(live) {
        let own: Vec<(Text, Value)> = keys
            .iter()
            .map(|(key, _)| (key.clone(), member.at(key).clone()))
            .collect();
        let is_desired = members(desired).iter().any(|it| has_keys(it, &own));
        let is_told = told.iter().any(|keys| has_keys(member, keys));
        if !is_desired && !is_told {
            kept.push(member.clone());
        }
    }
    kept
}

/// The live object after the edits.
pub fn restored(live: &Value, edits: &[Edit]) -> Value {
    let mut object = live.clone();
    for edit in edits {
        object = with(&object, edit.path.steps(), edit.to.as_ref(), edit.place);
    }
    object
}

/// What undoes the edits again: the values that stand at their places now.
pub fn inverse(live: &Value, edits: &[Edit]) -> Vec<Edit> {
    edits
        .iter()
        .map(|edit| Edit {
            path: edit.path.clone(),
            to: edit.path.get(live).cloned(),
            place: edit
                .path
                .steps()
                .split_last()
                .and_then(|(step, above)| step.place(Path(above.to_vec()).get(live)?)),
        })
        .collect()
}

fn with(value: &Value, steps: &[Step], to: Option<&Value>, at: Option<usize>) -> Value {
    let Some((step, rest)) = steps.split_first() else {
        return to.cloned().unwrap_or_default();
    };
    if let Step::Field(name) = step {
        let mut map = match value {
            Value::Object(_) => value.clone(),
            _ => Value::Object(Map::default()),
        };
        match (rest.is_empty(), to) {
            (true, None) => {
                map.remove(name);
            }
            (false, None) if map.get(name).is_none() => {}
            _ => {
                let below = with(map.get(name).unwrap_or(&Value::Null), rest, to, at);
                map.set(name, below);
            }
        }
        return map;
    }
    let mut list: Vec<Value> = value.as_array().unwrap_or_default().to_vec();
    match (step.place(value), rest.is_empty(), to) {
        (Some(place), true, None) => {
            list.remove(place);
        }
        (Some(place), _, _) => list[place] = with(&list[place], rest, to, at),
        (None, true, Some(to)) => {
            let end = list.len();
            list.insert(at.unwrap_or(end).min(end), to.clone());
        }
        (None, false, Some(_)) => list.push(with(&keyed(step), rest, to, at)),
        (None, _, None) => {}
    }
    Value::Array(list.into())
}

/// A new member with its keys.
fn keyed(step: &Step) -> Value {
    match step {
        Step::Keyed(keys) => Value::Object(keys.iter().cloned().collect()),
        Step::Member(value) => value.clone(),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use catseye_model::json;

    use super::*;
    use crate::{Comparison, Mutations, Ranges, Schemas, Trust};

    #[test]
    fn restored_is_desired_again_and_leaves_the_rest() {
        let desired = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": {"replicas": 2, "template": {"spec": {
                "containers": [{"name": "web", "image": "web:1", "args": ["a"]}],
                "tolerations": [{"key": "a", "operator": "Exists"}]}}}});
        let live = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "labels": {"hand": "made"}},
            "spec": {"replicas": 2, "revisionHistoryLimit": 10, "template": {"spec": {
                "containers": [
                    {"name": "web", "image": "web:evil", "args": ["a", "b"], "terminationMessagePath": "/dev/termination-log"},
                    {"name": "extra", "image": "x:1"}],
                "tolerations": [{"key": "a", "operator": "Exists"}, {"operator": "Exists"}]}}}});
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
        let told: Vec<String> = differences
            .iter()
            .map(|it| format!("{} {}", it.class.name(), it.path))
            .collect();
        assert_eq!(
            told,
            [
                "added metadata.labels.hand",
                "changed spec.template.spec.containers[name=web].args",
                "changed spec.template.spec.containers[name=web].image",
                "added spec.template.spec.containers[name=extra]",
                "added spec.template.spec.tolerations[1]",
            ]
        );
        let edits = edits(&desired, &live, &differences);
        let after = restored(&live, &edits);
        assert_eq!(comparison.compare(&desired, &after).differences, []);
        assert_eq!(after["spec"]["revisionHistoryLimit"], 10);
        assert_eq!(
            after["spec"]["template"]["spec"]["containers"][0]["terminationMessagePath"],
            "/dev/termination-log"
        );
        assert_eq!(restored(&after, &inverse(&live, &edits)), live);
    }

    #[test]
    fn order_that_counts_is_told_and_put_back_with_what_came_between() {
        let pod = |names: &[&str], env: &[&str]| {
            let named = |names: &[&str]| -> Vec<serde_json::Value> {
                let member = |name: &&str| serde_json::json!({"name": name, "image": "a:1"});
                names.iter().map(member).collect()
            };
            let env: Vec<serde_json::Value> = env
                .iter()
                .map(|name| serde_json::json!({"name": name, "value": "x"}))
                .collect();
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": {
                "initContainers": (named(names)), "containers": [{"name": "web", "image": "a:1", "env": env}]}})
        };
        let desired = pod(&["check", "fetch", "run"], &["A", "B", "C"]);
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
        for (names, env, told) in [
            (
                &["fetch", "check", "run"][..],
                &["A", "B", "C"][..],
                vec!["changed spec.initContainers"],
            ),
            (
                &["check", "fetch", "run"],
                &["A", "C"],
                vec!["removed spec.containers[name=web].env[name=B]"],
            ),
            (
                &["check", "fetch", "run"],
                &["C"],
                vec![
                    "removed spec.containers[name=web].env[name=A]",
                    "removed spec.containers[name=web].env[name=B]",
                ],
            ),
            (
                &["check", "fetch", "run"],
                &["B", "A", "C"],
                vec!["changed spec.containers[name=web].env"],
            ),
            (
                &["run", "fetch"],
                &["A", "B", "C"],
                vec![
                    "removed spec.initContainers[name=check]",
                    "changed spec.initContainers",
                ],
            ),
        ] {
            let live = pod(names, env);
            let differences = comparison.compare(&desired, &live).differences;
            let found: Vec<String> = differences
                .iter()
                .map(|it| format!("{} {}", it.class.name(), it.path))
                .collect();
            assert_eq!(found, told);
            let edits = edits(&desired, &live, &differences);
            let after = restored(&live, &edits);
            assert_eq!(after, desired, "{edits:?}");
            assert_eq!(restored(&after, &inverse(&live, &edits)), live);
        }
    }
}
