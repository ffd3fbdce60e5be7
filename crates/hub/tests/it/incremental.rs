//! Judging as things change says in the end what judging everything anew says.

use std::collections::BTreeSet;

use catseye_checks::{Config, Judge};
use catseye_hub::{Clock, Hub, World};
use catseye_model::{Completeness, Delta, DeltaChange, Inventory, Object, ObjectKey, Value, json};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::story::config;

/// Everything that is wrong, by name.
fn told(inventory: &Inventory, verdicts: &[&catseye_checks::Verdict]) -> BTreeSet<String> {
    verdicts
        .iter()
        .flat_map(|verdict| &verdict.findings)
        .map(|finding| {
            let places: Vec<&str> = finding
                .places
                .iter()
                .map(|it| it.message.as_str())
                .collect();
            format!(
                "{} {} {places:?}",
                finding.check,
                inventory.object(finding.object)
            )
        })
        .collect()
}

fn anew(world: &World) -> BTreeSet<String> {
    let objects: Vec<Object> = world
        .inventory()
        .objects()
        .map(|(_, object)| object.clone())
        .collect();
    let inventory = Inventory::new(objects, Completeness::Cluster);
    let config = Config::default();
    let judge = Judge::new(&inventory, &config, catseye_checks::all());
    let verdicts: Vec<_> = inventory
        .objects()
        .filter_map(|(id, _)| judge.verdict(id))
        .collect();
    let verdicts: Vec<_> = verdicts.iter().collect();
    told(&inventory, &verdicts)
}

fn held(world: &World) -> BTreeSet<String> {
    let verdicts: Vec<_> = world.verdicts().collect();
    told(world.inventory(), &verdicts)
}

/// One of a few objects that speak of each other, in one of a few variants.
fn object(kind: usize, name: u8, variant: u8) -> Value {
    let name = format!("n{name}");
    let meta = json!({"name": name, "namespace": "shop", "labels": {"app": name}});
    match kind {
        0 => json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": {
            "replicas": variant, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {
                "serviceAccountName": "n1",
                "containers": [{"name": "main", "image": format!("shop/{name}:{variant}"),
                    "securityContext": {"privileged": variant == 1},
                    "envFrom": [{"configMapRef": {"name": format!("n{variant}")}}]}]}}}}),
        1 => json!({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {
            "type": if variant == 1 { "LoadBalancer" } else { "ClusterIP" },
            "selector": {"app": format!("n{variant}")}, "ports": [{"port": 80}]}}),
        2 => {
            json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta,
            "spec": {"podSelector": {"matchLabels": {"app": format!("n{variant}")}},
                "policyTypes": ["Ingress"]}})
        }
        3 => json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta,
            "data": {"a": format!("{variant}")}}),
        4 => json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": meta, "roleRef": {"apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole", "name": if variant == 1 { "cluster-admin" } else { "view" }},
            "subjects": [{"kind": "ServiceAccount", "name": "n1", "namespace": "shop"}]}),
        5 => json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": meta,
            "spec": {"minAvailable": variant, "selector": {"matchLabels": {"app": name}}}}),
        _ => json!({"apiVersion": "v1", "kind": "Pod", "metadata": {
            "name": name, "namespace": "shop", "labels": {"app": format!("n{variant}")}},
            "spec": {"nodeName": format!("node-{variant}"),
                "containers": [{"name": "main", "image": "shop/pod:1"}]}}),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn incremental_judgements_end_where_fresh_ones_do(
        steps in prop::collection::vec((0_usize..7, 0_u8..3, 0_u8..3, prop::bool::weighted(0.2)), 1..25)
    ) {
        let hub = Hub::open(config(), Clock::told(Timestamp::UNIX_EPOCH)).unwrap();
        for (step, (kind, name, variant, gone)) in steps.into_iter().enumerate() {
            let value = object(kind, name, variant);
            let change = if gone {
                DeltaChange::Delete(ObjectKey::of(&Object::new(value, None).unwrap()))
            } else {
                DeltaChange::Upsert(value)
            };
            hub.apply(vec![Delta { time: Timestamp::UNIX_EPOCH, change }]).unwrap();
            if step % 5 == 0 {
                hub.settle();
            }
        }
        // One namespace of this size is judged at once: nothing is left to the sweep.
        let at_once = held(&hub.world());
        hub.settle();
        let world = hub.world();
        prop_assert_eq!(&held(&world), &anew(&world));
        prop_assert_eq!(at_once, held(&world));
    }
}
