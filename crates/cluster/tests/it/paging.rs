//! Lists in pages, and pages that no longer fit together.

use catseye_cluster::{Client, Listing, Reason, Resource, Resources};
use catseye_model::redact::RedactionKey;
use http::{Request, Response};
use kube::client::Body;
use serde_json::{Value, json};
use tower_test::mock;

/// Answers each request in turn: the path that is expected, the status, the body.
async fn listing(script: Vec<(&'static str, u16, Value)>) -> Listing {
    let (service, mut handle) = mock::pair::<Request<Body>, Response<Body>>();
    let client = Client::new(service, "default");
    let server = tokio::spawn(async move {
        for (path, status, body) in script {
            let (request, send) = handle.next_request().await.expect("a request");
            assert_eq!(request.uri().to_string(), path);
            let response = Response::builder()
                .status(status)
                .body(Body::from(body.to_string().into_bytes()))
                .expect("a response");
            send.send_response(response);
        }
    });
    let pods = Resource {
        group: String::new(),
        version: "v1".to_owned(),
        plural: "pods".to_owned(),
        kind: "Pod".to_owned(),
        namespaced: true,
    };
    let resources = Resources {
        version: "v1.36.0".to_owned(),
        resources: vec![pods],
        gaps: Vec::new(),
    };
    let key = RedactionKey::new([0; 32]);
    let listing = catseye_cluster::list(&client, resources, &key, |_| {}).await;
    server.await.expect("every scripted request came");
    listing
}

fn page(names: &[&str], next: &str) -> Value {
    let items: Vec<Value> = names
        .iter()
        .map(|name| json!({"metadata": {"name": name}}))
        .collect();
    json!({"kind": "PodList", "apiVersion": "v1", "metadata": {"continue": next}, "items": items})
}

fn names(listing: &Listing) -> Vec<&str> {
    listing
        .objects
        .iter()
        .filter_map(|object| object["metadata"]["name"].as_str())
        .collect()
}

fn failure(code: u16, reason: &str, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure",
        "code": code, "reason": reason, "message": message})
}

#[tokio::test]
async fn pages_are_joined_and_members_say_what_they_are() {
    let listing = listing(vec![
        ("/api/v1/pods?limit=500", 200, page(&["a", "b"], "next")),
        (
            "/api/v1/pods?limit=500&continue=next",
            200,
            page(&["c"], ""),
        ),
    ])
    .await;
    assert_eq!(names(&listing), ["a", "b", "c"]);
    assert_eq!(listing.objects[2]["kind"], "Pod");
    assert_eq!(listing.objects[2]["apiVersion"], "v1");
    assert_eq!(listing.gaps, []);
}

#[tokio::test]
async fn a_list_that_grew_too_old_is_read_anew_in_one_piece() {
    let listing = listing(vec![
        ("/api/v1/pods?limit=500", 200, page(&["a", "b"], "next")),
        (
            "/api/v1/pods?limit=500&continue=next",
            410,
            failure(410, "Expired", "too old"),
        ),
        ("/api/v1/pods", 200, page(&["a", "d"], "")),
    ])
    .await;
    assert_eq!(names(&listing), ["a", "d"]);
    assert_eq!(listing.gaps, []);
}

#[tokio::test]
async fn a_failure_is_a_gap_with_the_servers_words() {
    let listing = listing(vec![(
        "/api/v1/pods?limit=500",
        503,
        failure(503, "ServiceUnavailable", "etcd is gone"),
    )])
    .await;
    let [gap] = listing.gaps.as_slice() else {
        panic!("one gap, not {:?}", listing.gaps);
    };
    assert_eq!(
        (gap.resource.as_str(), gap.reason, gap.message.as_str()),
        ("pods", Reason::Failed, "etcd is gone")
    );
}

#[tokio::test]
async fn an_empty_list_may_be_null() {
    let nothing = json!({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": null});
    let listing = listing(vec![("/api/v1/pods?limit=500", 200, nothing)]).await;
    assert_eq!(names(&listing), Vec::<&str>::new());
    assert_eq!(listing.gaps, []);
}
