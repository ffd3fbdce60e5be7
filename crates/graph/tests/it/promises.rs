//! What holds for every cluster: less power is never more risk, and neither names nor replicas nor the
//! order of files matter.

use catseye_graph::risk::{Entries, Risk, risk};
use catseye_graph::topology::Without;
use catseye_model::{Completeness, Inventory, Object};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::world::{door, inventory, power, with_graph, workload};

/// A workload, and a rule that its account holds: in the next workload's namespace, or everywhere.
type Facts = Vec<(bool, bool, usize, bool)>;

fn facts() -> impl Strategy<Value = Facts> {
    prop::collection::vec(
        (
            any::<bool>(),
            any::<bool>(),
            0..RULES.len(),
            prop::bool::weighted(0.4),
        ),
        2..6,
    )
}

/// Group, resources and verbs of dangerous rules, some only together with another one.
const RULES: &[(&str, &[&str], &[&str])] = &[
    ("", &["pods"], &["get"]),
    ("", &["pods/exec"], &["create"]),
    ("", &["pods"], &["create"]),
    ("apps", &["deployments"], &["patch"]),
    ("", &["namespaces"], &["patch"]),
    ("", &["secrets"], &["create"]),
    ("", &["secrets"], &["get", "list"]),
    ("", &["serviceaccounts/token"], &["create"]),
    ("", &["users", "groups"], &["impersonate"]),
    ("", &["nodes/proxy"], &["get"]),
    ("", &["nodes", "pods"], &["patch", "delete"]),
    (
        "rbac.authorization.k8s.io",
        &["clusterrolebindings", "rolebindings"],
        &["create"],
    ),
    (
        "rbac.authorization.k8s.io",
        &["clusterroles", "roles"],
        &["bind"],
    ),
    (
        "rbac.authorization.k8s.io",
        &["clusterroles", "roles"],
        &["escalate", "patch"],
    ),
    (
        "certificates.k8s.io",
        &["certificatesigningrequests"],
        &["create"],
    ),
    (
        "certificates.k8s.io",
        &["certificatesigningrequests/approval"],
        &["update"],
    ),
    ("certificates.k8s.io", &["signers"], &["approve"]),
    ("", &["pods/log"], &["get"]),
    ("", &["services", "endpoints"], &["patch"]),
    ("", &["nodes"], &["update"]),
    ("apiregistration.k8s.io", &["apiservices"], &["create"]),
    ("*", &["*"], &["*"]),
];

fn objects(facts: &Facts, prefix: &str) -> Vec<Value> {
    let mut objects = Vec::new();
    for (place, (open, privileged, rule, whole)) in facts.iter().enumerate() {
        let (space, name) = (format!("{prefix}s{place}"), format!("{prefix}w{place}"));
        let next = format!("{prefix}s{}", (place + 1) % facts.len());
        objects.extend(workload(&space, &name, *privileged && place == 0));
        objects.push(json!({"apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": format!("{prefix}db"), "namespace": space}}));
        if *open {
            objects.push(door(&space, &name));
        }
        let (group, resources, verbs) = RULES[*rule];
        let rule = json!({"apiGroups": [group], "resources": resources, "verbs": verbs});
        let scope = (!whole).then_some(next.as_str());
        objects.extend(power(
            &format!("{prefix}p{place}"),
            scope,
            &rule,
            (&space, &name),
        ));
    }
    objects
}

fn risk_of(inventory: &Inventory) -> Risk {
    with_graph(inventory, |graph| {
        risk(graph, &Entries::expected(graph), &Without::nothing())
    })
}

/// Sums of the same chances in another order differ in their last digits.
fn is_at_most(lower: f64, upper: f64) -> bool {
    lower <= upper + 1e-9
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn taking_an_object_of_power_away_never_raises_the_risk(facts in facts()) {
        let all = objects(&facts, "");
        let before = risk_of(&inventory(all.clone()));
        for (place, object) in all.iter().enumerate() {
            let kind = object["kind"].as_str().unwrap_or_default();
            if !["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "Service"].contains(&kind) {
                continue;
            }
            let mut fewer = all.clone();
            fewer.remove(place);
            let after = risk_of(&inventory(fewer));
            prop_assert!(after.score <= before.score, "{} -> {} without {}", before.score, after.score, object);
            prop_assert!(is_at_most(after.loss, before.loss), "without {}", object);
            prop_assert!(after.ways <= before.ways, "without {}", object);
        }
    }

    #[test]
    fn making_a_fix_never_raises_the_risk(facts in facts()) {
        let inventory = inventory(objects(&facts, ""));
        with_graph(&inventory, |graph| {
            let entries = Entries::expected(graph);
            let before = risk(graph, &entries, &Without::nothing());
            for fix in 0..graph.fixes() {
                let after = risk(graph, &entries, &Without::fix(fix));
                prop_assert!(after.score <= before.score && is_at_most(after.loss, before.loss));
            }
            Ok(())
        })?;
    }

    #[test]
    fn names_do_not_matter(facts in facts()) {
        let short = risk_of(&inventory(objects(&facts, "")));
        let long = risk_of(&inventory(objects(&facts, "zz-renamed-")));
        prop_assert_eq!(short.score, long.score);
        prop_assert_eq!(short.ways, long.ways);
        prop_assert!((short.loss - long.loss).abs() < 1e-9);
    }

    #[test]
    fn the_order_of_objects_does_not_matter(facts in facts()) {
        let mut all = objects(&facts, "");
        let forward = risk_of(&inventory(all.clone()));
        all.reverse();
        let backward = risk_of(&inventory(all));
        prop_assert_eq!(forward.score, backward.score);
        prop_assert_eq!(forward.ways, backward.ways);
        prop_assert!((forward.loss - backward.loss).abs() < 1e-9);
    }

    #[test]
    fn replicas_do_not_matter(facts in facts(), replicas in 2..6_usize) {
        let all = objects(&facts, "");
        let placed = |count: usize| {
            let mut all = all.clone();
            for (place, _) in facts.iter().enumerate() {
                for replica in 0..count {
                    all.push(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {
                        "name": format!("w{place}-{replica}"), "namespace": format!("s{place}"),
                        "labels": {"app": format!("w{place}")},
                        "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment",
                            "name": format!("w{place}"), "uid": "u", "controller": true}]},
                        "spec": {"nodeName": "n1", "containers": [{"name": "app", "image": "i"}]}}));
                }
            }
            let objects = all.into_iter().map(|value| Object::new(value, None).expect("an object"));
            risk_of(&Inventory::new(objects.collect(), Completeness::Tree))
        };
        let (one, many) = (placed(1), placed(replicas));
        prop_assert_eq!(one.score, many.score);
        prop_assert_eq!(one.ways, many.ways);
    }
}
