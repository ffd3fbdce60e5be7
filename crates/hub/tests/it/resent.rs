//! What an API server sends again counts once, and what the hub itself reads is no incident.

use std::path::Path;

use catseye_hub::{Clock, Filter, Hub, Own, own_agent};
use catseye_store::{EventFilter, Options, Store};
use serde_json::{Value, json};

use crate::story::config;

/// Somebody lists all Secrets.
fn listing(id: &str, received: &str, with: &Value) -> Value {
    let mut event = json!({"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata",
        "auditID": id, "stage": "ResponseComplete",
        "requestURI": "/api/v1/secrets", "verb": "list",
        "user": {"username": "mallory", "groups": ["system:authenticated"]},
        "sourceIPs": ["10.0.0.1"], "userAgent": "curl",
        "objectRef": {"resource": "secrets", "apiVersion": "v1"},
        "responseStatus": {"code": 200},
        "requestReceivedTimestamp": received, "stageTimestamp": received});
    for (name, value) in with.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

fn list(events: &[Value]) -> Vec<u8> {
    let list = json!({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": events});
    // A record is over at the end of its line.
    format!("{list}\n").into_bytes()
}

const TEN: &str = "2026-11-20T10:00:00.000000Z";
const TEN_AND_A_BIT: &str = "2026-11-20T10:00:00.000001Z";

/// A hub on a store in a folder, at ten o'clock.
fn kept(folder: &Path) -> (tokio::runtime::Runtime, Store, Hub) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let address = folder.display().to_string();
    let store = runtime
        .block_on(Store::open(&address, Options::default()))
        .unwrap();
    let clock = Clock::told(TEN.parse().unwrap());
    let hub = Hub::open_kept(config(), clock, store.clone(), runtime.handle().clone()).unwrap();
    (runtime, store, hub)
}

/// How often the evidence of mallory's incident was seen.
fn times(hub: &Hub) -> u64 {
    let found = hub.inbox().list(&Filter {
        held_back: true,
        ..Filter::default()
    });
    let [row] = found.incidents.as_slice() else {
        panic!("one incident: {found:#?}");
    };
    row.timeline.iter().map(|moment| moment.count).sum()
}

#[test]
fn a_batch_that_is_sent_again_counts_once_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let batch = list(&[
        listing("a", TEN, &json!({})),
        listing(
            "a",
            TEN,
            &json!({"stage": "RequestReceived", "responseStatus": null}),
        ),
        listing("b", TEN_AND_A_BIT, &json!({})),
    ]);
    let (runtime, store, hub) = kept(folder.path());
    assert_eq!(hub.observe("webhook", &batch).unwrap().events, 3);
    let once = times(&hub);
    assert_eq!(hub.observe("webhook", &batch).unwrap().events, 0);
    assert_eq!(hub.coverage().sources["webhook"].resent, 3);
    assert_eq!(times(&hub), once);
    hub.flush().unwrap();
    drop((runtime, store, hub));

    let (runtime, store, hub) = kept(folder.path());
    let more = list(&[
        listing("a", TEN, &json!({})),
        listing("c", TEN_AND_A_BIT, &json!({})),
    ]);
    assert_eq!(hub.observe("webhook", &more).unwrap().events, 1);
    assert_eq!(hub.coverage().sources["webhook"].resent, 1);
    hub.flush().unwrap();
    let page = runtime
        .block_on(store.events(EventFilter::default(), None, 100))
        .unwrap();
    assert_eq!(page.events.len(), 4);
}

#[test]
fn calls_under_one_audit_id_do_not_hide_each_other() {
    let hub = Hub::open(config(), Clock::told(TEN.parse().unwrap())).unwrap();
    // Whoever calls may choose the id, not the time at which the call came.
    let innocent = listing(
        "chosen",
        TEN,
        &json!({"verb": "get", "user": {"username": "eve"},
        "requestURI": "/api/v1/namespaces/shop/configmaps/a",
        "objectRef": {"resource": "configmaps", "namespace": "shop", "name": "a", "apiVersion": "v1"}}),
    );
    let guilty = listing("chosen", TEN_AND_A_BIT, &json!({}));
    let observed = hub.observe("webhook", &list(&[innocent, guilty])).unwrap();
    assert_eq!(observed.events, 2);
    assert!(times(&hub) > 0);
}

#[test]
fn what_the_hub_itself_reads_is_kept_and_no_incident() {
    let folder = tempfile::tempdir().unwrap();
    let (runtime, store, hub) = kept(folder.path());
    let agent = own_agent(&[7; 32]);
    hub.know_self(Own::new("kubernetes-admin", &agent));
    let by = |user: &str, agent: &str| json!({"user": {"username": user, "groups": ["system:masters"]}, "userAgent": agent});
    let own = listing("own", TEN, &by("kubernetes-admin", &agent));
    assert_eq!(hub.observe("webhook", &list(&[own])).unwrap().events, 1);
    assert_eq!(hub.inbox().list(&Filter::default()).total, 0);
    assert_eq!(hub.coverage().sources["webhook"].own, 1);
    hub.flush().unwrap();
    let stats = runtime.block_on(store.event_stats()).unwrap();
    assert_eq!(stats.events, 1);
}

#[test]
fn nobody_hides_behind_the_name_of_the_hub_or_behind_its_program() {
    let agent = own_agent(&[7; 32]);
    for (what, with) in [
        (
            "another user under the program's name",
            json!({"user": {"username": "mallory"}, "userAgent": agent}),
        ),
        (
            "the same user with another program",
            json!({"user": {"username": "kubernetes-admin"}, "userAgent": "kubectl"}),
        ),
        (
            "the program's name without its secret",
            json!({"user": {"username": "kubernetes-admin"}, "userAgent": own_agent(&[8; 32])}),
        ),
        (
            "somebody impersonated",
            json!({"user": {"username": "kubernetes-admin"}, "userAgent": agent,
                "impersonatedUser": {"username": "mallory"}}),
        ),
    ] {
        let hub = Hub::open(config(), Clock::told(TEN.parse().unwrap())).unwrap();
        hub.know_self(Own::new("kubernetes-admin", &agent));
        hub.observe("webhook", &list(&[listing("x", TEN, &with)]))
            .unwrap();
        let sources = hub.coverage().sources;
        assert_eq!(sources["webhook"].own, 0, "{what}");
        let all = Filter {
            held_back: true,
            ..Filter::default()
        };
        assert_eq!(hub.inbox().list(&all).total, 1, "{what}");
    }
}
