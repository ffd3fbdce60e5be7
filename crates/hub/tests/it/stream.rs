//! Server-sent events: numbered, resumed, and a reload when too much was missed.

use std::time::Duration;

use axum::body::Body;
use catseye_hub::edge::Edge;
use catseye_hub::serve::router;
use catseye_hub::{Clock, Hub};
use catseye_model::{Delta, DeltaChange};
use http::Request;
use http_body_util::BodyExt as _;
use serde_json::json;
use tower::ServiceExt as _;

use crate::asked::{TOKEN, config, edge_config};

/// A hub of its own, and its router.
fn hub() -> (Hub, axum::Router) {
    let clock = Clock::told("2026-11-20T10:00:00Z".parse().unwrap());
    let hub = Hub::open(config(), clock).unwrap();
    let router = router(Edge::new(hub.clone(), edge_config(None)));
    (hub, router)
}

fn change(hub: &Hub, name: &str) {
    let object = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "shop"}});
    let delta = Delta {
        time: hub.now(),
        change: DeltaChange::Upsert(object.into()),
    };
    hub.apply(vec![delta]).unwrap();
}

/// The text of a stream until it holds some words.
async fn until(
    router: &axum::Router,
    last: Option<u64>,
    words: &str,
    act: impl FnOnce(),
) -> String {
    let mut request = Request::builder()
        .uri("/api/v1/stream")
        .header("host", "localhost")
        .header("authorization", format!("Bearer {TOKEN}"));
    if let Some(last) = last {
        request = request.header("last-event-id", last.to_string());
    }
    let response = router
        .clone()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    act();
    let mut body = response.into_body();
    let mut text = String::new();
    while !text.contains(words) {
        let frame = tokio::time::timeout(Duration::from_secs(10), body.frame()).await;
        let frame = frame
            .unwrap_or_else(|_| panic!("no {words:?} in {text}"))
            .unwrap()
            .unwrap();
        text.push_str(std::str::from_utf8(&frame.into_data().unwrap()).unwrap());
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_told_and_a_client_that_was_away_gets_what_it_missed() {
    let (hub, router) = hub();
    let text = until(&router, None, "objects changed", || change(&hub, "one")).await;
    assert!(text.contains("event: world"), "{text}");
    let last = hub.feed().last();
    change(&hub, "two");
    let text = until(&router, Some(last), "objects changed", || ()).await;
    assert!(
        text.contains(&format!("id: {}", hub.feed().last())),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_another_run_is_told_to_reload() {
    let (hub, router) = hub();
    change(&hub, "one");
    let text = until(&router, Some(123_456), "event: reload", || ()).await;
    assert!(
        text.contains(&format!("id: {}", hub.feed().last())),
        "{text}"
    );
}
