//! Every operation over the recorded shop, each answer held to the `OpenAPI` document.

use catseye_hub::api::{Method, openapi, operations};
use catseye_hub::serve::router;
use http::StatusCode;
use serde_json::{Value, json};

use crate::asked::{edge, get, good, plain, request, send};
use crate::schema::broken;

fn document() -> Value {
    serde_json::to_value(openapi()).unwrap()
}

/// The id of the first incident.
async fn first_incident(router: &axum::Router) -> Value {
    let inbox = good(router, "/api/v1/incidents?held_back=true&state=all").await;
    inbox["items"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_question_is_answered_as_the_document_says() {
    let folder = tempfile::tempdir().unwrap();
    let router = router(edge(folder.path()).await);
    let document = document();
    let incident = first_incident(&router).await;
    let map = good(&router, "/api/v1/applications").await;
    let application = map["applications"][0]["id"].as_str().unwrap().to_owned();
    let workload = good(&router, "/api/v1/workloads").await["items"][0]["object"].clone();
    let place = |object: &Value| {
        let namespace = match object["namespace"].as_str().unwrap() {
            "" => "-",
            namespace => namespace,
        };
        format!(
            "{}/{namespace}/{}",
            object["kind"].as_str().unwrap(),
            object["name"].as_str().unwrap()
        )
    };
    let workload = place(&workload);
    let network = good(&router, "/api/v1/network?level=workload").await;
    let nodes = network["nodes"].as_array().unwrap();
    let talker = nodes
        .iter()
        .find(|node| node["kind"] == "workload")
        .unwrap();
    let talker = place(&talker["object"]);
    let identity = good(&router, "/api/v1/identities").await["items"][0]["id"]
        .as_str()
        .unwrap()
        .replace('/', "%2F");
    let from = catseye_hub::replay::Recording::shop()
        .unwrap()
        .start()
        .unwrap();
    let mut answered = 0;
    for operation in operations() {
        if operation.method != Method::Get || operation.id == "stream" {
            continue;
        }
        let path = match operation.path {
            "/incidents/{id}" => format!("/incidents/{}", incident["id"].as_str().unwrap()),
            "/applications/{id}" => format!("/applications/{application}"),
            "/workloads/{kind}/{namespace}/{name}" => format!("/workloads/{workload}"),
            "/objects/{kind}/{namespace}/{name}" => format!("/objects/{workload}"),
            "/identities/{id}" => format!("/identities/{identity}"),
            "/checks/{id}" => "/checks/POD-001".to_owned(),
            "/network/explain" => format!("/network/explain?from={talker}&to=10.1.2.3&port=443"),
            "/access/who-can" => "/access/who-can?verb=list&resource=secrets".to_owned(),
            // The hub of these tests looks back nowhere, and says so.
            "/diff" => {
                let answer = get(&router, &format!("/api/v1/diff?from={from}")).await;
                assert_eq!(answer.code(), "time-not-kept");
                continue;
            }
            // The hub of these tests does not look for drift.
            "/drift/{id}" => {
                let answer = get(&router, "/api/v1/drift/DRF-none").await;
                assert_eq!(answer.code(), "not-found");
                continue;
            }
            "/search" => "/search?q=cart".to_owned(),
            // The store of this test holds no event and no history.
            "/events/{id}" | "/admission/{id}" | "/objects/{kind}/{namespace}/{name}/history" => {
                continue;
            }
            plain => plain.to_owned(),
        };
        let answer = good(&router, &format!("/api/v1{path}")).await;
        let broken = broken(
            &document,
            &format!("/api/v1{}", operation.path),
            "get",
            &answer,
        );
        assert!(broken.is_empty(), "{}: {broken:#?}", operation.path);
        answered += 1;
    }
    assert!(answered > 20, "{answered}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_planted_attacks_lead_the_inbox() {
    let router = plain();
    let inbox = good(&router, "/api/v1/incidents").await;
    assert!(inbox["total"].as_u64().unwrap() >= 3, "{inbox}");
    assert_eq!(inbox["items"][0]["severity"], "critical");
    let scores: Vec<f64> = inbox["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["score"].as_f64().unwrap())
        .collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    let counted: u64 = inbox["facets"]["severity"]
        .as_array()
        .unwrap()
        .iter()
        .map(|facet| facet["count"].as_u64().unwrap())
        .sum();
    assert_eq!(counted, inbox["total"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_without_a_gap() {
    let router = plain();
    let all = good(&router, "/api/v1/findings?limit=500").await;
    let mut paged = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = good(&router, &format!("/api/v1/findings?limit=97{cursor}")).await;
        paged.extend(page["items"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(next) if paged.len() < 500 => cursor = format!("&cursor={next}"),
            _ => break,
        }
    }
    let first: Vec<Value> = paged.into_iter().take(500).collect();
    assert_eq!(Value::Array(first), all["items"]);
    let other = get(&router, "/api/v1/findings?severity=high&cursor=97.00000000").await;
    assert_eq!(other.code(), "bad-cursor");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_not_changed_is_not_sent_again() {
    let router = plain();
    let first = get(&router, "/api/v1/posture").await;
    let tag = first.header("etag").to_owned();
    assert!(!tag.is_empty());
    let mut again = request("GET", "/api/v1/posture", None);
    again
        .headers_mut()
        .insert("if-none-match", tag.parse().unwrap());
    let again = send(&router, again).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert!(again.bytes.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_needs_the_version_that_was_seen_and_is_kept_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let edge = edge(folder.path()).await;
    let router = router(edge);
    let incident = first_incident(&router).await;
    let id = incident["id"].as_str().unwrap();
    let path = format!("/api/v1/incidents/{id}/actions");
    let comment = json!({"action": "comment", "reason": "looked at"});
    let answer = send(&router, request("POST", &path, Some(&comment))).await;
    assert_eq!(answer.code(), "version-needed");
    let tag = get(&router, &format!("/api/v1/incidents/{id}"))
        .await
        .header("etag")
        .to_owned();
    let with = |tag: &str, body: &Value| {
        let mut request = request("POST", &path, Some(body));
        request
            .headers_mut()
            .insert("if-match", tag.parse().unwrap());
        request
    };
    let answer = send(&router, with("\"999999\"", &comment)).await;
    assert_eq!(answer.code(), "changed");
    let answer = send(&router, with(&tag, &comment)).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.json()["done"], true);
    let after = good(&router, &format!("/api/v1/incidents/{id}")).await;
    assert!(
        after["comments"].to_string().contains("looked at"),
        "{after}"
    );
    let accept = json!({"action": "accept", "reason": "known"});
    let answer = send(&router, with(&tag, &accept)).await;
    assert_eq!(answer.code(), "not-possible", "no expiry");
    let preview = format!("{path}?preview=true");
    let body = json!({"action": "false-positive", "reason": "a drill"});
    let answer = send(&router, request("POST", &preview, Some(&body))).await;
    assert_eq!(answer.json()["done"], false, "{answer:?}");
    drop(router);
    let store = catseye_store::Store::open(
        folder.path().to_str().unwrap(),
        catseye_store::Options::default(),
    );
    let actions = store
        .await
        .unwrap()
        .actions(catseye_store::ActionFilter::default(), None, 10)
        .await
        .unwrap();
    let outcomes: Vec<&str> = actions
        .iter()
        .map(|action| action.outcome.as_str())
        .collect();
    assert_eq!(outcomes, ["done", "refused"], "newest first");
    assert_eq!(actions[0].actor, "local");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_tried_before_it_is_applied() {
    let router = plain();
    let network = good(&router, "/api/v1/network").await;
    let namespace = network["edges"]
        .as_array()
        .unwrap()
        .iter()
        // What was only seen passes no policy that could close it.
        .filter(|edge| edge["allowed"].as_array().is_some_and(|it| !it.is_empty()))
        .find_map(|edge| {
            edge["to"]
                .as_str()
                .unwrap()
                .strip_prefix("ns:")
                .map(str::to_owned)
        });
    let namespace = namespace.expect("something talks to a namespace");
    let policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: tried, namespace: NAMESPACE}\n\
                  spec: {podSelector: {}, policyTypes: [Ingress, Egress]}\n";
    let body = json!({"policies": policy.replace("NAMESPACE", &namespace)});
    let answer = send(
        &router,
        request("POST", "/api/v1/network/simulate", Some(&body)),
    )
    .await;
    let result = answer.json();
    let broken = broken(&document(), "/api/v1/network/simulate", "post", &result);
    assert!(broken.is_empty(), "{broken:#?}");
    assert_eq!(result["opens"].as_array().unwrap().len(), 0);
    assert!(!result["closes"].as_array().unwrap().is_empty(), "{result}");
    let wrong = json!({"policies": "kind: [\n"});
    let answer = send(
        &router,
        request("POST", "/api/v1/network/simulate", Some(&wrong)),
    )
    .await;
    assert_eq!(answer.code(), "not-possible");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fix_taken_away_lowers_the_risk() {
    let router = plain();
    let paths = good(&router, "/api/v1/paths").await;
    let fix = &paths["fix_first"][0];
    let body = json!({"fixes": fix["ids"]});
    let answer = send(
        &router,
        request("POST", "/api/v1/paths/what-if", Some(&body)),
    )
    .await;
    let after = answer.json();
    assert_eq!(after["risk"]["score"], fix["score_after"], "{after}");
    assert_eq!(after["before"]["score"], paths["risk"]["score"]);
    let edge = paths["paths"][0]["edges"]
        .as_array()
        .unwrap()
        .iter()
        .find(|edge| !edge["fix"].is_null());
    let body = json!({"edges": [edge.unwrap()["id"]]});
    let answer = send(
        &router,
        request("POST", "/api/v1/paths/what-if", Some(&body)),
    )
    .await;
    let gone = answer.json();
    assert!(
        gone["paths"]
            .as_array()
            .unwrap()
            .iter()
            .all(|path| path["id"] != paths["paths"][0]["id"]),
        "{gone}"
    );
    let body = json!({"edges": ["edge-nothing"]});
    let answer = send(
        &router,
        request("POST", "/api/v1/paths/what-if", Some(&body)),
    )
    .await;
    assert_eq!(answer.code(), "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_follow_the_conventions() {
    let router = plain();
    good(&router, "/api/v1/health").await;
    let answer = get(&router, "/metrics").await;
    let text = String::from_utf8(answer.bytes).unwrap();
    let mut kinds = std::collections::BTreeMap::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(
                kinds.insert(name.to_owned(), kind.to_owned()).is_none(),
                "{name} twice"
            );
            assert!(name.starts_with("catseye_"), "{name}");
            assert_eq!(
                kind == "counter",
                name.ends_with("_total"),
                "{name} is a {kind}"
            );
        } else if !line.starts_with('#') {
            let name = line.split(['{', ' ']).next().unwrap();
            let base = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| name.strip_suffix(end));
            let family = base
                .filter(|base| kinds.contains_key(*base))
                .unwrap_or(name);
            assert!(kinds.contains_key(family), "{line}");
            let value = line.rsplit(' ').next().unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
        }
    }
    assert!(text.contains(
        "catseye_http_request_duration_seconds_count{operation=\"getHealth\",status=\"200\"} 1"
    ));
}
