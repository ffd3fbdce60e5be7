//! Lists whose members are told by keys, against an oracle that compares maps.

use std::collections::BTreeMap;

use catseye_drift::{
    Class, Comparison, Mutations, Ranges, Schemas, Trust, edits, inverse, restored,
};
use catseye_model::{Value, json};
use proptest::prelude::*;

type Ports = BTreeMap<(u16, &'static str), String>;

fn ports() -> impl Strategy<Value = Ports> {
    proptest::collection::btree_map(
        (80..84_u16, proptest::sample::select(vec!["TCP", "UDP"])),
        "[ab]",
        0..5,
    )
}

/// A Service with these ports in some order; TCP is left out where `short` says so.
fn service(ports: &Ports, reversed: bool, short: bool) -> Value {
    let mut list: Vec<serde_json::Value> = ports
        .iter()
        .map(|((port, protocol), name)| {
            let mut entry = serde_json::json!({"port": port, "name": name, "targetPort": port});
            if !(short && *protocol == "TCP") {
                entry["protocol"] = (*protocol).into();
            }
            entry
        })
        .collect();
    if reversed {
        list.reverse();
    }
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a", "namespace": "b"}, "spec": {"ports": list}})
}

proptest! {
    #[test]
    fn members_are_compared_by_key_whatever_their_order(
        one in ports(), other in ports(), reversed in any::<bool>(), short in any::<bool>(),
    ) {
        let (trust, ranges, mutations) = (Trust::default(), Ranges::default(), Mutations::default());
        let comparison = Comparison {
            schemas: Schemas::builtin(),
            trust: &trust,
            ranges: &ranges,
            mutations: &mutations,
            deployer: None,
            same_key: true,
        };
        let desired = service(&one, false, short);
        let live = service(&other, reversed, false);
        let found = comparison.compare(&desired, &live).differences;
        let count = |class: Class| found.iter().filter(|it| it.class == class).count();
        let removed = one.keys().filter(|key| !other.contains_key(*key)).count();
        let added = other.keys().filter(|key| !one.contains_key(*key)).count();
        let changed = one.iter().filter(|(key, name)| other.get(*key).is_some_and(|it| it != *name)).count();
        // A list that is desired and wholly gone is one difference, not one a member.
        let removed = if other.is_empty() && !one.is_empty() { one.len() } else { removed };
        prop_assert_eq!((count(Class::Removed), count(Class::Added), count(Class::Changed)), (removed, added, changed), "{:?}", found);
        let after = restored(&live, &edits(&desired, &live, &found));
        prop_assert!(comparison.compare(&desired, &after).differences.is_empty());
    }
}

/// A Deployment whose container has these variables in this order; a name may stand twice.
fn deployment(env: &[(&str, String)]) -> Value {
    let env: Vec<serde_json::Value> = env
        .iter()
        .map(|(name, value)| serde_json::json!({"name": name, "value": value}))
        .collect();
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a", "namespace": "b"},
        "spec": {"template": {"spec": {"containers": [{"name": "web", "env": env}]}}}})
}

/// What the process sees: of a name that stands twice, the last value.
fn effective(deployment: &Value) -> BTreeMap<String, String> {
    let mut seen = BTreeMap::new();
    let env = &deployment["spec"]["template"]["spec"]["containers"][0]["env"];
    for entry in env.as_array().unwrap_or_default() {
        let text = |field: &str| entry[field].as_str().unwrap().to_owned();
        seen.insert(text("name"), text("value"));
    }
    seen
}

fn variables() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    proptest::collection::vec((proptest::sample::select(vec!["A", "B"]), "[xy]"), 0..5)
}

proptest! {
    #[test]
    fn of_members_with_the_same_keys_the_desired_ones_come_back(one in variables(), other in variables()) {
        let (trust, ranges, mutations) = (Trust::default(), Ranges::default(), Mutations::default());
        let comparison = Comparison {
            schemas: Schemas::builtin(),
            trust: &trust,
            ranges: &ranges,
            mutations: &mutations,
            deployer: None,
            same_key: true,
        };
        let (desired, live) = (deployment(&one), deployment(&other));
        let found = comparison.compare(&desired, &live).differences;
        let edits = edits(&desired, &live, &found);
        let after = restored(&live, &edits);
        prop_assert_eq!(effective(&after), effective(&desired), "{:?}", &edits);
        prop_assert!(comparison.compare(&desired, &after).differences.is_empty());
        let undone = restored(&after, &inverse(&live, &edits));
        prop_assert_eq!(effective(&undone), effective(&live), "{:?}", &edits);
    }
}
