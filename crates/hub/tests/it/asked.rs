//! A hub that has played the recorded shop once, and requests to its router.

use std::sync::OnceLock;

use axum::Router;
use axum::body::Body;
use catseye_hub::auth::{Access, Token};
use catseye_hub::edge::{Edge, EdgeConfig};
use catseye_hub::replay::{self, Recording, Speed};
use catseye_hub::serve::router;
use catseye_hub::{Clock, Durability, Hub, HubConfig};
use catseye_model::{Completeness, RedactionKey};
use catseye_store::{Options, Store};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

/// The token of the tests.
pub(crate) const TOKEN: &str = "0123456789abcdef";

/// A hub with the shop in it.
pub(crate) fn shop() -> &'static (Hub, Clock) {
    static SHOP: OnceLock<(Hub, Clock)> = OnceLock::new();
    SHOP.get_or_init(|| {
        let recording = Recording::shop().unwrap();
        let clock = Clock::told(recording.start().unwrap());
        let hub = Hub::open(config(), clock.clone()).unwrap();
        replay::play(&hub, &clock, &recording, Speed::Max, None, &mut |_| {}).unwrap();
        (hub, clock)
    })
}

pub(crate) fn config() -> HubConfig {
    HubConfig {
        cluster: "shop".to_owned(),
        completeness: Completeness::Cluster,
        incidents_a_day: 0,
        redaction_key: RedactionKey::new([7; 32]),
        durability: Durability::Gathered,
        settings: catseye_detect::Settings::default(),
    }
}

/// The edge of the shop's hub, with a real store in a folder.
pub(crate) async fn edge(folder: &std::path::Path) -> Edge {
    let store = Store::open(folder.to_str().unwrap(), Options::default())
        .await
        .unwrap();
    Edge::new(shop().0.clone(), edge_config(Some(store)))
}

pub(crate) fn edge_config(store: Option<Store>) -> EdgeConfig {
    EdgeConfig {
        access: Access::Printed(Token::known(TOKEN)),
        store,
        intake: None,
        sensors: None,
        admit: None,
        mode: "replay".to_owned(),
        config: (String::new(), None),
        answers_at_once: 4,
        encrypted: false,
    }
}

/// The router of the shop's hub without a store.
pub(crate) fn plain() -> Router {
    router(Edge::new(shop().0.clone(), edge_config(None)))
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&self.bytes)))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The code of a problem, which every refusal is.
    pub(crate) fn code(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{self:?}"
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16(), "{problem}");
        assert!(
            problem["remedy"]
                .as_str()
                .is_some_and(|remedy| !remedy.is_empty())
        );
        problem["code"].as_str().unwrap().to_owned()
    }
}

pub(crate) async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status,
        headers: parts.headers,
        bytes: body.collect().await.unwrap().to_bytes().to_vec(),
    }
}

/// A request with the token.
pub(crate) fn request(method: &str, path: &str, body: Option<&Value>) -> Request<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "127.0.0.1")
        .header("authorization", format!("Bearer {TOKEN}"));
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let body = body.map_or(Body::empty(), |body| Body::from(body.to_string()));
    request.body(body).unwrap()
}

pub(crate) async fn get(router: &Router, path: &str) -> Answer {
    send(router, request("GET", path, None)).await
}

/// The answer, which must be one.
pub(crate) async fn good(router: &Router, path: &str) -> Value {
    let answer = get(router, path).await;
    assert_eq!(
        answer.status,
        StatusCode::OK,
        "{path}: {}",
        String::from_utf8_lossy(&answer.bytes)
    );
    answer.json()
}
