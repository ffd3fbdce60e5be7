//! Lists whose members are told by keys, against an oracle that compares maps.

use std::collections::BTreeMap;

use catseye_drift::{Class, Comparison, Mutations, Ranges, Schemas, Trust, edits, restored};
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
        let after = restored(&live, &edits(&desired, &found));
        prop_assert!(comparison.compare(&desired, &after).differences.is_empty());
    }
}
