//! What a log tells beside the present state: what a person did and took back, and not what every release does.

use catseye_drift::journal::Reader;
use catseye_drift::set::{add_history, compare_all};
use catseye_drift::{
    Class, Comparison, DesiredState, Ledger, Mutations, Ownership, Ranges, Schemas, Source,
    Surroundings, Trust,
};
use catseye_event::Event;
use catseye_model::{Completeness, Inventory, Object, RedactionKey};

const ARGO: &str = "system:serviceaccount:argocd:argocd-application-controller";

fn deployment(version: u32, uid: &str, image: &str) -> serde_json::Value {
    serde_json::json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "resourceVersion": version.to_string(), "uid": uid,
            "managedFields": [{"manager": "argocd-controller", "operation": "Apply", "fieldsV1": {"f:spec": {"f:replicas": {}, "f:template": {}}}}]},
        "spec": {"replicas": 1, "template": {"spec": {"containers": [{"name": "web", "image": image}]}}}})
}

/// The classes of what was found after these calls, of which the last left the object as desired.
fn found(calls: &[(&str, &str, serde_json::Value)]) -> Vec<&'static str> {
    let object = |value: serde_json::Value| Object::new(value, None).unwrap();
    let live = calls.last().unwrap().2.clone();
    let live = Inventory::new(vec![object(live)], Completeness::Cluster);
    let mut desired = DesiredState::default();
    desired.add(object(deployment(0, "", "web:2")), Source::LastApplied);
    let (trust, ranges, mutations) = (Trust::default(), Ranges::default(), Mutations::default());
    let comparison = Comparison {
        schemas: Schemas::builtin(),
        trust: &trust,
        ranges: &ranges,
        mutations: &mutations,
        deployer: None,
        same_key: true,
    };
    let mut reader = Reader::new(comparison, &desired, &live, Ledger::new());
    for (place, (user, verb, body)) in calls.iter().enumerate() {
        let text = serde_json::json!({"auditID": place.to_string(), "verb": verb, "stage": "ResponseComplete",
            "requestReceivedTimestamp": format!("2026-11-21T10:00:{place:02}.000000Z"),
            "user": {"username": user}, "responseStatus": {"code": 200},
            "objectRef": {"resource": "deployments", "apiGroup": "apps", "namespace": "shop", "name": "web"},
            "requestObject": body, "responseObject": body})
        .to_string();
        let key = RedactionKey::new([0; 32]);
        reader.observe(&Event::parse(&text, &key).unwrap().unwrap());
    }
    let around = Surroundings::of(&desired, &live, Ownership::default());
    let mut drifts = compare_all(&comparison, &desired, &live, &around);
    let (departures, ledger) = (reader.departures, reader.journal.ledger);
    add_history(&mut drifts, &departures, &ledger, &desired, &live);
    let objects = drifts.objects.iter();
    objects
        .flat_map(|it| &it.differences)
        .map(|it: &catseye_drift::Difference| Class::name(it.class))
        .collect()
}

#[test]
fn earlier_releases_and_replacements_are_no_news_and_a_persons_are() {
    let at = |version, image| deployment(version, "u1", image);
    assert_eq!(
        found(&[
            (ARGO, "create", at(1, "web:1")),
            (ARGO, "patch", at(2, "web:2"))
        ]),
        Vec::<&str>::new()
    );
    assert_eq!(
        found(&[
            (ARGO, "create", at(1, "web:2")),
            ("jane", "patch", at(2, "evil:1")),
            (ARGO, "patch", at(3, "web:2")),
        ]),
        ["reverted"]
    );
    let anew = deployment(5, "u2", "web:2");
    assert_eq!(
        found(&[
            (ARGO, "create", at(1, "web:2")),
            (ARGO, "delete", at(2, "web:2")),
            (ARGO, "create", anew.clone()),
        ]),
        Vec::<&str>::new()
    );
    assert_eq!(
        found(&[
            (ARGO, "create", at(1, "web:2")),
            ("jane", "delete", at(2, "web:2")),
            (ARGO, "create", anew),
        ]),
        ["recreated"]
    );
}
