//! The audit webhook: kept before the answer, judged after it, refused when full, resumed after a kill.

use std::time::{Duration, Instant};

use axum::body::Body;
use bytes::Bytes;
use catseye_hub::auth::Token;
use catseye_hub::edge::Edge;
use catseye_hub::intake::{Intake, IntakeConfig, NotTaken};
use catseye_hub::serve::router;
use catseye_hub::{Clock, Hub};
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::asked::{config, edge_config, send};

const TOKEN: &str = "intake-token";

fn hub() -> Hub {
    Hub::open(config(), Clock::System).unwrap()
}

fn settings(folder: Option<&std::path::Path>, most_bytes: usize) -> IntakeConfig {
    IntakeConfig {
        folder: folder.map(ToOwned::to_owned),
        most_bytes,
        token: Token::known(TOKEN),
    }
}

fn batch(events: usize) -> Value {
    let event = |number: usize| {
        json!({"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata",
            "auditID": format!("id-{number}"), "stage": "ResponseComplete",
            "requestURI": "/api/v1/namespaces/shop/pods", "verb": "list",
            "user": {"username": "alice", "groups": ["system:authenticated"]},
            "sourceIPs": ["10.0.0.1"], "userAgent": "kubectl",
            "objectRef": {"resource": "pods", "namespace": "shop", "apiVersion": "v1"},
            "responseStatus": {"code": 200},
            "requestReceivedTimestamp": "2026-11-20T10:00:00.000000Z",
            "stageTimestamp": "2026-11-20T10:00:00.001000Z"})
    };
    let items: Vec<Value> = (0..events).map(event).collect();
    json!({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": items})
}

fn wait(what: &str, mut is: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::yield_now();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_answered_then_judged() {
    let folder = tempfile::tempdir().unwrap();
    let hub = hub();
    let intake = Intake::open(hub.clone(), settings(Some(folder.path()), 1 << 20)).unwrap();
    let mut config = edge_config(None);
    config.intake = Some(intake.clone());
    let router = router(Edge::new(hub.clone(), config));
    let post = |token: &str, body: String| {
        Request::post("/audit")
            .header("host", "hub.catseye.svc")
            .header("authorization", format!("Bearer {token}"))
            .body(Body::from(body))
            .unwrap()
    };
    let answer = send(&router, post(TOKEN, batch(100).to_string())).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    wait("the events are judged", || hub.stats().events == 100);
    assert_eq!(intake.figures().batches, 1);
    assert_eq!(
        send(&router, post("wrong", "{}".to_owned())).await.code(),
        "not-authenticated"
    );
    assert_eq!(
        send(&router, post(TOKEN, "no json".to_owned()))
            .await
            .code(),
        "bad-request"
    );
    intake.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_judged_is_not_judged_again_by_the_next_run() {
    let copy = tempfile::tempdir().unwrap();
    let source = hub();
    let intake = Intake::open(source.clone(), settings(Some(copy.path()), 1 << 20)).unwrap();
    intake
        .take(Bytes::from(batch(7).to_string()))
        .await
        .unwrap();
    wait("the first run judges", || source.stats().events == 7);
    wait("and forgets", || {
        std::fs::read_to_string(copy.path().join("judged")).is_ok()
    });
    intake.end();
    let second = hub();
    let intake = Intake::open(second.clone(), settings(Some(copy.path()), 1 << 20)).unwrap();
    assert_eq!(intake.figures().resumed, 0, "nothing is judged twice");
    intake.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_refuses_and_counts() {
    let hub = hub();
    let intake = Intake::open(hub, settings(None, 1000)).unwrap();
    let large = Bytes::from(batch(50).to_string());
    // Nobody judges any more, so what is taken stays.
    intake.end();
    let first = tokio::spawn({
        let (intake, batch) = (intake.clone(), large.clone());
        async move { intake.take(batch).await }
    });
    // One batch is always taken, however large; what comes beside it is refused.
    let deadline = Instant::now() + Duration::from_secs(20);
    while intake.figures().waiting == 0 {
        assert!(Instant::now() < deadline, "the first batch is taken");
        tokio::task::yield_now().await;
    }
    assert_eq!(intake.take(large).await, Err(NotTaken::Full));
    assert_eq!(intake.figures().shed, 1);
    first.abort();
}
