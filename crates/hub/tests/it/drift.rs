//! The recorded shop held to what its delivery deployed: what people changed by hand is found, named and
//! told, and what delivery and controllers did is not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use catseye_drift::{Attribution, DesiredState, KnownBy, Source as From};
use catseye_hub::drift::OpenDrift;
use catseye_hub::edge::Edge;
use catseye_hub::inbox::{Source, StateKind};
use catseye_hub::replay::{Recording, Speed, play};
use catseye_hub::serve::router;
use catseye_hub::{Clock, DriftRules, Filter, Hub, Incident};
use catseye_model::{Delta, DeltaChange, Object, ObjectKey, Severity, Value, json};
use jiff::{SignedDuration, Timestamp};

use crate::asked::{edge_config, get, good, plain};
use crate::schema::broken;
use crate::story::config;

fn rules() -> DriftRules {
    DriftRules {
        last_applied: true,
        inventories: true,
        ..DriftRules::default()
    }
}

fn drift_incidents(hub: &Hub) -> Vec<Arc<Incident>> {
    let filter = Filter {
        sources: vec![Source::Drift],
        states: vec![
            StateKind::Open,
            StateKind::Acknowledged,
            StateKind::Resolved,
        ],
        held_back: true,
        limit: 1000,
        ..Filter::default()
    };
    hub.inbox().list(&filter).incidents
}

#[test]
fn what_was_changed_in_the_shop_by_hand_is_open_drift_with_its_author() {
    let recording = Recording::shop().unwrap();
    let clock = Clock::told(recording.start().unwrap());
    let hub = Hub::open(config(), clock.clone()).unwrap();
    hub.watch_drift(rules());
    play(&hub, &clock, &recording, Speed::Max, None, &mut |_| {}).unwrap();
    hub.settle();
    let rows: BTreeMap<String, Arc<OpenDrift>> = hub
        .drifts()
        .into_iter()
        .map(|row| (row.drift.key.to_string(), row))
        .collect();
    if std::env::var_os("CATSEYE_PRINT_STORY").is_some() {
        for (key, row) in &rows {
            let by: Vec<String> = row.by.iter().map(Attribution::told).collect();
            println!(
                "{:<8} {key} {} {by:?}",
                row.severity.as_str(),
                row.is_delivered
            );
        }
        for incident in drift_incidents(&hub) {
            println!("{} {}", incident.severity.as_str(), incident.title);
        }
    }
    // Changed by hand and not put back by the end of the week, each with who did it.
    for (key, who) in [
        ("NetworkPolicy payments/payment", "priya"),
        ("NetworkPolicy data/default-deny", "jonas"),
        ("ConfigMap shop/cart", "omar"),
        ("Deployment monitoring/grafana", "maya"),
        ("ClusterRoleBinding sre", "tomas"),
        ("Pod shop/load-test", "lena"),
    ] {
        let row = rows
            .get(key)
            .unwrap_or_else(|| panic!("{key} in {:?}", rows.keys()));
        let by = row.by.iter().find(|by| by.user.as_deref() == Some(who));
        let by = by.unwrap_or_else(|| panic!("{key} by {who}: {:?}", row.by));
        assert!(by.known_by <= KnownBy::AuditByTime, "{key}: {by:?}");
        assert!(
            row.severity >= Severity::Medium,
            "{key}: {:?}",
            row.severity
        );
    }
    // Privileged by hand is grave, and its incident says which check fails.
    let privileged = &rows["Deployment shop/recommendations"];
    assert_eq!(privileged.severity, Severity::Critical);
    let told: Vec<String> = drift_incidents(&hub)
        .iter()
        .flat_map(|row| &row.timeline)
        .filter(|moment| moment.source == Source::Drift)
        .map(|moment| moment.sentence.clone())
        .collect();
    assert!(
        told.iter()
            .any(|text| text.contains("shop/recommendations") && text.contains("POD-001")),
        "{told:#?}"
    );
    // What kubeadm, external-secrets, autoscalers and delivery did is nobody's drift.
    let quiet: BTreeSet<&str> = rows
        .values()
        .filter(|row| !row.is_delivered)
        .filter(|row| {
            row.by.iter().all(|by| {
                by.user
                    .as_deref()
                    .is_some_and(|user| user.starts_with("system:serviceaccount:argocd:"))
            }) || row.drift.key.name.contains("coredns")
                || row.drift.key.kind == "Secret" && row.drift.key.name.ends_with("-database")
        })
        .map(|row| row.id.as_str())
        .collect();
    assert_eq!(quiet, BTreeSet::new());
}

fn time(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn deployment(image: &str, privileged: bool) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "uid": "u1",
            "managedFields": [{"manager": "argocd-controller", "operation": "Apply",
                "fieldsV1": {"f:spec": {"f:selector": {}, "f:template": {"f:metadata": {"f:labels": {}}}}}}]},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": image,
                "securityContext": {"privileged": privileged}}]}}}})
}

fn upsert(value: Value, second: i64) -> Delta {
    Delta {
        time: time(second),
        change: DeltaChange::Upsert(value),
    }
}

fn synced(second: i64) -> Delta {
    Delta {
        time: time(second),
        change: DeltaChange::Synced {
            group: "apps".to_owned(),
            kind: "Deployment".to_owned(),
        },
    }
}

fn shop() -> (Hub, Clock) {
    let clock = Clock::told(time(0));
    let hub = Hub::open(config(), clock.clone()).unwrap();
    let mut desired = DesiredState::default();
    let object = Object::new(deployment("web:1", false), None).unwrap();
    desired.add(object, From::File("web.yaml:1".to_owned()));
    hub.watch_drift(rules());
    hub.desire("folders", desired, None);
    (hub, clock)
}

#[test]
fn a_drift_opens_waits_for_its_author_becomes_an_incident_and_closes_when_it_is_undone() {
    let (hub, clock) = shop();
    hub.apply(vec![upsert(deployment("web:1", false), 0), synced(0)])
        .unwrap();
    hub.settle();
    assert_eq!(hub.drifts().len(), 0);
    hub.apply(vec![upsert(deployment("web:1", true), 1)])
        .unwrap();
    assert_eq!(hub.drifts().len(), 1);
    assert_eq!(drift_incidents(&hub).len(), 0, "nobody said yet who did it");
    clock.set(time(1) + SignedDuration::from_secs(11));
    hub.tick();
    let row = hub.drifts().remove(0);
    assert_eq!(row.severity, Severity::Critical);
    let told = drift_incidents(&hub);
    assert_eq!(told.len(), 1);
    assert!(
        told[0]
            .title
            .contains("Deployment shop/web is not as web.yaml:1 wants"),
        "{}",
        told[0].title
    );
    hub.apply(vec![upsert(deployment("web:1", false), 30)])
        .unwrap();
    assert_eq!(hub.drifts().len(), 0);
    let row = drift_incidents(&hub).remove(0);
    assert_eq!(row.state.kind(), StateKind::Resolved);
    let last = row.history.last().unwrap();
    assert_eq!(
        (last.by.as_str(), last.because.as_str()),
        ("catseye", "as desired again")
    );
    // What comes back opens it again.
    clock.set(time(40));
    hub.apply(vec![upsert(deployment("web:1", true), 40)])
        .unwrap();
    clock.set(time(60));
    hub.tick();
    let told = drift_incidents(&hub);
    assert_eq!((told.len(), told[0].state.kind()), (1, StateKind::Open));
}

#[test]
fn what_is_desired_and_not_there_is_missing_only_when_its_kind_is_known() {
    let (hub, _) = shop();
    hub.apply(vec![upsert(
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "shop"}}),
        0,
    )])
    .unwrap();
    hub.settle();
    let keys = |hub: &Hub| -> Vec<String> {
        hub.drifts()
            .iter()
            .map(|row| row.drift.key.to_string())
            .collect()
    };
    assert_eq!(keys(&hub), ["ConfigMap shop/a"], "nobody desires it");
    hub.apply(vec![synced(1)]).unwrap();
    hub.compare_drift();
    assert_eq!(keys(&hub), ["ConfigMap shop/a", "Deployment shop/web"]);
}

#[test]
fn what_nobody_desires_is_judged_again_when_it_turns_dangerous() {
    let (hub, clock) = shop();
    let other = |image: &str, privileged: bool, version: &str| {
        let mut value = deployment(image, privileged);
        value.update("metadata", |metadata| {
            metadata.set("name", "other".into());
            metadata.set("uid", "u2".into());
            metadata.set("resourceVersion", version.into());
            metadata.remove("managedFields");
        });
        value
    };
    let first = vec![
        upsert(deployment("web:1", false), 0),
        upsert(other("web:1", false, "1"), 0),
        synced(0),
    ];
    hub.apply(first).unwrap();
    hub.settle();
    clock.set(time(20));
    hub.tick();
    let severity = |hub: &Hub| hub.drifts()[0].severity;
    assert!(severity(&hub) < Severity::Critical);
    assert_eq!(drift_incidents(&hub).len(), 0);
    hub.apply(vec![upsert(other("web:1", true, "2"), 21)])
        .unwrap();
    clock.set(time(40));
    hub.tick();
    assert_eq!(severity(&hub), Severity::Critical);
    assert_eq!(drift_incidents(&hub).len(), 1);
    // Another status is nothing new.
    let mut later = other("web:1", true, "3");
    later.set("status", json!({"replicas": 1}));
    let version = drift_incidents(&hub)[0].version;
    hub.apply(vec![upsert(later, 41)]).unwrap();
    clock.set(time(60));
    hub.tick();
    assert_eq!(drift_incidents(&hub)[0].version, version);
}

#[test]
fn nothing_is_held_to_what_is_desired_before_the_first_lists_are_in() {
    let (hub, _) = shop();
    hub.await_lists();
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "shop"}});
    let application = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": "shop", "namespace": "argocd"},
        "status": {"resources": [{"kind": "ConfigMap", "namespace": "shop", "name": "a"}]}});
    hub.apply(vec![upsert(map, 0), synced(0)]).unwrap();
    hub.settle();
    assert_eq!(hub.drifts().len(), 0, "the application is not listed yet");
    hub.apply(vec![
        upsert(application, 1),
        upsert(deployment("web:1", false), 1),
    ])
    .unwrap();
    hub.lists_are_in();
    hub.settle();
    assert_eq!(hub.drifts().len(), 0);
    hub.apply(vec![upsert(deployment("web:1", true), 2)])
        .unwrap();
    assert_eq!(hub.drifts().len(), 1);
}

#[test]
fn a_new_desired_state_closes_what_it_takes_in() {
    let (hub, _) = shop();
    hub.apply(vec![upsert(deployment("web:2", false), 0), synced(0)])
        .unwrap();
    hub.settle();
    assert_eq!(hub.drifts().len(), 1);
    let mut desired = DesiredState::default();
    let object = Object::new(deployment("web:2", false), None).unwrap();
    desired.add(object, From::File("web.yaml:1".to_owned()));
    hub.desire("folders", desired, None);
    hub.settle();
    assert_eq!(hub.drifts().len(), 0);
}

#[test]
fn what_an_inventory_lists_is_managed_and_what_else_is_there_is_not() {
    let (hub, _) = shop();
    let map = |name: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "shop"}});
    let application = |names: &[&str]| {
        let resources: Vec<Value> = names
            .iter()
            .map(|name| json!({"kind": "ConfigMap", "namespace": "shop", "name": name}))
            .collect();
        json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": "shop", "namespace": "argocd"},
            "status": {"sync": {"revision": "abc"}, "resources": resources}})
    };
    let first = vec![
        upsert(deployment("web:1", false), 0),
        upsert(map("a"), 0),
        upsert(map("b"), 0),
        upsert(application(&["a"]), 0),
        synced(0),
    ];
    hub.apply(first).unwrap();
    hub.settle();
    let keys = |hub: &Hub| -> Vec<ObjectKey> {
        hub.drifts()
            .iter()
            .map(|row| row.drift.key.clone())
            .collect()
    };
    assert_eq!(keys(&hub).len(), 1);
    assert_eq!(keys(&hub)[0].name, "b");
    hub.apply(vec![upsert(application(&["b"]), 1)]).unwrap();
    assert_eq!(keys(&hub)[0].name, "a");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_shows_a_drift_with_its_author_and_the_way_back() {
    let (hub, clock) = shop();
    hub.apply(vec![upsert(deployment("web:1", false), 0), synced(0)])
        .unwrap();
    hub.settle();
    hub.apply(vec![upsert(deployment("web:1", true), 1)])
        .unwrap();
    clock.set(time(20));
    hub.tick();
    let router = router(Edge::new(hub.clone(), edge_config(None)));
    let list = good(&router, "/api/v1/drift").await;
    let document = serde_json::to_value(catseye_hub::api::openapi()).unwrap();
    assert_eq!(
        broken(&document, "/api/v1/drift", "get", &list),
        Vec::<String>::new()
    );
    assert_eq!(list["available"]["available"], true);
    assert_eq!((&list["total"], &list["desired"]), (&1.into(), &1.into()));
    let row = &list["items"][0];
    assert_eq!(row["severity"], "critical");
    assert_eq!(
        row["fields"][0]["path"],
        "spec.template.spec.containers[name=web].securityContext.privileged"
    );
    let id = row["id"].as_str().unwrap();
    let detail = good(&router, &format!("/api/v1/drift/{id}")).await;
    let path = "/api/v1/drift/{id}";
    assert_eq!(
        broken(&document, path, "get", &detail),
        Vec::<String>::new()
    );
    assert_eq!(detail["breaks"][0]["check"], "POD-001");
    let command = detail["way_back"]["command"].as_str().unwrap();
    assert!(
        command.starts_with("kubectl patch deployment.apps web -n shop"),
        "{command}"
    );
    for (filter, count) in [
        ("class=changed", 1),
        ("class=missing", 0),
        ("severity=critical,high", 1),
        ("actor=jane", 0),
        ("namespace=shop&kind=Deployment.apps", 1),
        ("text=privileged", 1),
    ] {
        let list = good(&router, &format!("/api/v1/drift?{filter}")).await;
        assert_eq!(list["total"], count, "{filter}");
    }
    let missing = get(&router, "/api/v1/drift/DRF-none").await;
    assert_eq!(missing.code(), "not-found");
    let wrong = get(&router, "/api/v1/drift?class=other").await;
    assert_eq!(wrong.status, 400);
    let off = good(&plain(), "/api/v1/drift").await;
    assert_eq!(off["available"]["available"], false);
}
