//! `/readyz`: ready when everything was listed once; what else is wrong is told elsewhere.

use axum::Router;
use bytes::Bytes;
use catseye_hub::auth::Token;
use catseye_hub::edge::Edge;
use catseye_hub::intake::{Intake, IntakeConfig};
use catseye_hub::serve::router;
use catseye_hub::{Clock, Hub};
use catseye_model::{Delta, DeltaChange};
use http::{Request, StatusCode};
use jiff::Timestamp;
use serde_json::json;

use crate::asked::{config, edge_config, send};

fn delta(change: DeltaChange) -> Delta {
    Delta {
        time: Timestamp::UNIX_EPOCH,
        change,
    }
}

fn restart(kind: &str) -> Delta {
    let (group, kind) = (String::new(), kind.to_owned());
    delta(DeltaChange::Restart { group, kind })
}

fn synced(kind: &str) -> Delta {
    let (group, kind) = (String::new(), kind.to_owned());
    delta(DeltaChange::Synced { group, kind })
}

fn pod(name: &str) -> Delta {
    let value = json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop"}, "spec": {"containers": []}});
    delta(DeltaChange::Upsert(value.into()))
}

async fn asked(router: &Router) -> (StatusCode, String) {
    let request = Request::get("/readyz").header("host", "127.0.0.1");
    let answer = send(router, request.body(axum::body::Body::empty()).unwrap()).await;
    (answer.status, String::from_utf8(answer.bytes).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_is_ready_when_every_kind_was_listed_or_is_known_as_missing() {
    let hub = Hub::open(config(), Clock::System).unwrap();
    let router = router(Edge::new(hub.clone(), edge_config(None)));
    let unready = async |when: &str| {
        let (status, text) = asked(&router).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{when}");
        assert_eq!(
            text, "not ready: not every kind of object was listed yet\n",
            "{when}"
        );
    };
    unready("nothing was told").await;
    hub.apply(vec![restart("Pod"), pod("a")]).unwrap();
    unready("a list has begun").await;
    hub.apply(vec![synced("Pod"), restart("Secret")]).unwrap();
    unready("one list is in, another has begun").await;
    assert!(
        hub.health().troubles[0].ends_with("such as Secret"),
        "{:?}",
        hub.health()
    );
    let gap = DeltaChange::Gap {
        group: String::new(),
        kind: "Secret".to_owned(),
        reason: "secrets is forbidden".to_owned(),
    };
    hub.apply(vec![delta(gap)]).unwrap();
    assert_eq!(
        asked(&router).await,
        (
            StatusCode::OK,
            "ok; kinds that cannot be seen: 1\n".to_owned()
        )
    );
    // What comes later does not make it unready.
    hub.apply(vec![synced("Secret"), restart("Widget")])
        .unwrap();
    assert_eq!(asked(&router).await, (StatusCode::OK, "ok\n".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_was_told_to_await_all_lists_does() {
    let hub = Hub::open(config(), Clock::System).unwrap();
    let router = router(Edge::new(hub.clone(), edge_config(None)));
    hub.await_lists();
    hub.apply(vec![restart("Pod"), pod("a"), synced("Pod")])
        .unwrap();
    // Other kinds have not even begun.
    assert_eq!(asked(&router).await.0, StatusCode::SERVICE_UNAVAILABLE);
    hub.lists_are_in();
    assert_eq!(asked(&router).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_whose_queue_is_full_says_so_and_stays_ready() {
    let hub = Hub::open(config(), Clock::System).unwrap();
    hub.apply(vec![pod("a"), synced("Pod")]).unwrap();
    let settings = IntakeConfig {
        folder: None,
        most_bytes: 10,
        token: Token::known("t"),
    };
    let intake = Intake::open(hub.clone(), settings).unwrap();
    let mut config = edge_config(None);
    config.intake = Some(intake.clone());
    let router = router(Edge::new(hub, config));
    // Nobody judges any more, so what is taken stays.
    intake.end();
    let taken = tokio::spawn({
        let intake = intake.clone();
        async move { intake.take(Bytes::from_static(b"0123456")).await }
    });
    while intake.figures().waiting == 0 {
        tokio::task::yield_now().await;
    }
    assert!(!intake.figures().is_full);
    // It needs no exact fit.
    let refused = intake.take(Bytes::from_static(b"0123456")).await;
    assert!(refused.is_err() && intake.figures().is_full);
    // Else admission and sensors would be cut off by a flood of audit events.
    assert_eq!(asked(&router).await, (StatusCode::OK, "ok\n".to_owned()));
    taken.abort();
}
