//! What a hub finds outlives it.

use catseye_hub::replay::{Recording, Speed, play};
use catseye_hub::{Action, Clock, Filter, Hub};
use catseye_model::Kind;
use catseye_store::{Options, Retention, Store};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::story::config;

#[test]
fn a_hub_goes_on_where_its_store_stands() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("catseye.db").display());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let open = |clock: Clock| {
        let store = runtime
            .block_on(Store::open(&address, Options::default()))
            .unwrap();
        Hub::open_kept(config(), clock, store, runtime.handle().clone()).unwrap()
    };
    let recording = Recording::shop().unwrap();
    let clock = Clock::told(recording.start().unwrap());
    let hub = open(clock.clone());
    let noon: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
    let played = play(
        &hub,
        &clock,
        &recording,
        Speed::Max,
        Some(noon),
        &mut |_| {},
    )
    .unwrap();
    hub.settle();
    let first = hub.inbox().list(&Filter::default()).incidents[0].clone();
    hub.act(&first.id, Action::Acknowledge, "omar", None)
        .unwrap();
    let before = hub.inbox().list(&Filter::default());
    hub.close().unwrap();
    let stored = runtime
        .block_on(hub.store().unwrap().event_stats())
        .unwrap();
    let earlier: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
    let was = hub.world_at(earlier).unwrap();
    drop(hub);

    let hub = open(clock);
    assert_eq!(hub.inbox().list(&Filter::default()), before);
    let again = hub.world_at(earlier).unwrap();
    assert_eq!(again.inventory().len(), was.inventory().len());
    assert!(again.inventory().of_kind(Kind::Deployment).count() > 10);
    assert_eq!(again.findings(), was.findings());
    assert!(played.events > 3000);
    assert_eq!(stored.events, played.events);
}

#[test]
fn what_was_settled_long_ago_goes_and_what_is_open_stays() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("catseye.db").display());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let open = || {
        let store = runtime
            .block_on(Store::open(&address, Options::default()))
            .unwrap();
        Hub::open_kept(config(), Clock::System, store, runtime.handle().clone()).unwrap()
    };
    let event = |user: &str| {
        json!({"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata",
        "auditID": user, "stage": "ResponseComplete",
        "requestURI": "/api/v1/secrets", "verb": "list",
        "user": {"username": user, "groups": ["system:authenticated"]},
        "sourceIPs": ["10.0.0.1"], "userAgent": "curl",
        "objectRef": {"resource": "secrets", "apiVersion": "v1"},
        "responseStatus": {"code": 200},
        "requestReceivedTimestamp": "2026-11-20T10:00:00.000000Z",
        "stageTimestamp": "2026-11-20T10:00:00.001000Z"})
    };
    let hub = open();
    for user in ["ann", "bob"] {
        hub.observe("test", format!("{}\n", event(user)).as_bytes())
            .unwrap();
    }
    let all = Filter {
        states: Vec::new(),
        ..Filter::default()
    };
    let rows = hub.inbox().list(&all).incidents;
    let [done, left] = rows.as_slice() else {
        panic!("{rows:#?}")
    };
    hub.act(&done.id, Action::Resolve, "omar", None).unwrap();
    hub.close().unwrap();
    drop(hub);
    let hub = open();
    assert!(hub.inbox().get(&done.id).is_some() && hub.inbox().get(&left.id).is_some());
    let retention = Retention {
        incident_days: Some(90),
        ..Retention::default()
    };
    let later = Timestamp::now() + SignedDuration::from_hours(24 * 91);
    let store = hub.store().unwrap().clone();
    let done_with = runtime.block_on(store.maintain(later, retention)).unwrap();
    assert_eq!(done_with.incidents_removed, 1);
    drop(store);
    drop(hub);
    let hub = open();
    assert!(hub.inbox().get(&done.id).is_none() && hub.inbox().get(&left.id).is_some());
}
