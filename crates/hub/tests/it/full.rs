//! A disk that is full: the hub says so, refuses what it cannot keep, and loses nothing that it answered.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use catseye_hub::auth::Token;
use catseye_hub::edge::Edge;
use catseye_hub::intake::{Intake, IntakeConfig};
use catseye_hub::serve::router;
use catseye_hub::{Clock, Durability, Hub, HubConfig};
use catseye_model::{Delta, DeltaChange};
use catseye_store::{EventFilter, Options, Store};
use http::{Request, StatusCode};
use serde_json::json;

use crate::asked::{TOKEN, edge_config, send};
use crate::stage::SmallDisk;
use crate::story::config;

const EVENTS: usize = 20;

/// A batch whose events do not compress.
fn batch(number: u64) -> Bytes {
    let mut noise = number.wrapping_mul(2_654_435_761) | 1;
    let mut event = |place: usize| {
        let path: String = (0..2000)
            .map(|_| {
                noise = noise
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                char::from(b'a' + u8::try_from((noise >> 33) % 26).unwrap())
            })
            .collect();
        json!({"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata",
            "auditID": format!("{number}-{place}"), "stage": "ResponseComplete",
            "requestURI": format!("/healthz/{path}"), "verb": "get",
            "user": {"username": "ann", "groups": ["system:authenticated"]},
            "sourceIPs": ["10.0.0.1"], "userAgent": "curl", "responseStatus": {"code": 200},
            "requestReceivedTimestamp": "2026-11-20T10:00:00.000000Z",
            "stageTimestamp": "2026-11-20T10:00:00.001000Z"})
    };
    let items: Vec<_> = (0..EVENTS).map(&mut event).collect();
    let list = json!({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": items});
    list.to_string().into()
}

async fn asked(router: &Router, path: &str) -> (StatusCode, String) {
    let request = Request::get(path)
        .header("host", "127.0.0.1")
        .header("authorization", format!("Bearer {TOKEN}"));
    let answer = send(router, request.body(Body::empty()).unwrap()).await;
    (answer.status, String::from_utf8(answer.bytes).unwrap())
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !holds().await {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Takes batches until one is refused or the store takes nothing; notes those that were answered.
async fn send_until_full(
    hub: &Hub,
    intake: &Intake,
    answered: &mut BTreeSet<u64>,
    from: u64,
) -> u64 {
    for number in from..from + 5000 {
        if intake.take(batch(number)).await.is_err() {
            return number;
        }
        answered.insert(number);
        if !hub.is_keeping() {
            return number + 1;
        }
    }
    panic!("the disk is never full");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_nothing_that_was_answered_is_lost() {
    let Some(disk) = SmallDisk::mount(24) else {
        return;
    };
    let folder = disk.0.path();
    let ballast = folder.join("ballast");
    std::fs::write(&ballast, vec![1; 12 << 20]).unwrap();
    let address = folder.join("store").display().to_string();
    let store = Store::open(&address, Options::default()).await.unwrap();
    let kept = store.clone();
    let handle = tokio::runtime::Handle::current();
    let config = HubConfig {
        durability: Durability::Acknowledged,
        ..config()
    };
    let hub = tokio::task::spawn_blocking(move || {
        Hub::open_kept(config, Clock::System, kept, handle).unwrap()
    });
    let hub = hub.await.unwrap();
    hub.start();
    hub.lists_are_in();
    let settings = IntakeConfig {
        folder: Some(folder.join("intake")),
        most_bytes: 64 << 20,
        token: Token::known("t"),
    };
    let opened = hub.clone();
    let intake = tokio::task::spawn_blocking(move || Intake::open(opened, settings).unwrap());
    let intake = intake.await.unwrap();
    let mut edge = edge_config(Some(store.clone()));
    edge.intake = Some(intake.clone());
    let router = router(Edge::new(hub.clone(), edge));
    assert_eq!(asked(&router, "/readyz").await.0, StatusCode::OK);

    let mut answered = BTreeSet::new();
    let mut next = send_until_full(&hub, &intake, &mut answered, 0).await;
    // The spool may have been full a moment before the store: what comes after meets the store.
    until("it says that it is full", async || {
        if intake.take(batch(next)).await.is_ok() {
            answered.insert(next);
        }
        next += 1;
        !hub.is_keeping()
    })
    .await;
    let (_, metrics) = asked(&router, "/metrics").await;
    assert!(metrics.contains("\ncatseye_store_failing 1\n"), "{metrics}");
    // Whoever is not ready is asked nothing: a disk that is full is no reason for that.
    assert_eq!(asked(&router, "/readyz").await.0, StatusCode::OK);
    assert!(
        hub.health().troubles.iter().any(|it| it.contains("full")),
        "{:?}",
        hub.health()
    );
    // It answers on, and takes in what the watch says.
    let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a"}});
    let delta = Delta {
        time: jiff::Timestamp::now(),
        change: DeltaChange::Upsert(node.into()),
    };
    let taker = hub.clone();
    let applied = tokio::task::spawn_blocking(move || taker.apply(vec![delta]));
    // Kept or not yet: it is in the state.
    let _ = applied.await.unwrap();
    assert_eq!(hub.world().inventory().len(), 1);

    std::fs::remove_file(&ballast).unwrap();
    until("the store takes again", async || hub.is_keeping()).await;
    intake.take(batch(next)).await.unwrap();
    answered.insert(next);
    until("all is judged", async || intake.figures().waiting == 0).await;
    assert!(
        asked(&router, "/metrics")
            .await
            .1
            .contains("\ncatseye_store_failing 0\n")
    );
    intake.end();
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let mut stream = store.event_stream(EventFilter::default(), 500);
    while let Some(page) = stream.next().await.unwrap() {
        for stored in page {
            *found.entry(stored.event.id).or_default() += 1;
        }
    }
    let doubled: Vec<_> = found.iter().filter(|it| *it.1 > 1).collect();
    assert!(doubled.is_empty(), "{doubled:?}");
    let all = answered
        .iter()
        .flat_map(|it| (0..EVENTS).map(move |place| format!("{it}-{place}")));
    let lost: Vec<String> = all.filter(|id| !found.contains_key(id)).collect();
    assert!(lost.is_empty(), "{} lost: {:?}", lost.len(), &lost[..1]);
    let closing = hub.clone();
    tokio::task::spawn_blocking(move || closing.close().unwrap())
        .await
        .unwrap();
}
