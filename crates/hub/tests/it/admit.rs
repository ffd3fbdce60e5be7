//! `POST /admit/TOKEN`: what the API server asks, answered by the router.

use axum::Router;
use axum::body::Body;
use catseye_admission::PolicySet;
use catseye_admission::gate::{Config, Gate, Loaded};
use catseye_hub::admit::{Admit, AdmitConfig, Outcome};
use catseye_hub::auth::Token;
use catseye_hub::edge::{Edge, EdgeConfig};
use catseye_hub::serve::router;
use catseye_hub::{Clock, Hub};
use catseye_model::{Delta, DeltaChange, Object, RedactionKey};
use http::{Request, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::asked::{config, edge_config, get, good, send};

const ENFORCE: &str = "[gate]\nmode = 'enforce'\nrecheck-minutes = 0\n";

/// The path of reviews in these tests.
const PATH: &str = "/admit/of-the-api-server";

fn admit(text: &str, objects: &[Value], log: Option<std::path::PathBuf>) -> (Hub, Admit, Router) {
    let (hub, admit, router) = admit_by(text, objects, log, Loaded::default());
    hub.lists_are_in();
    (hub, admit, router)
}

fn admit_by(
    text: &str,
    objects: &[Value],
    log: Option<std::path::PathBuf>,
    loaded: Loaded,
) -> (Hub, Admit, Router) {
    let hub = Hub::open(config(), Clock::told(Timestamp::UNIX_EPOCH)).unwrap();
    let deltas = objects.iter().map(|object| Delta {
        time: Timestamp::UNIX_EPOCH,
        change: DeltaChange::Upsert(object.clone().into()),
    });
    hub.apply(deltas.collect()).unwrap();
    let key = RedactionKey::new([7; 32]);
    let gate = Config::read(text).unwrap().unwrap();
    let gate = Gate::new(gate, loaded, "catseye", key.clone());
    let config = AdmitConfig {
        gate,
        key,
        log,
        token: Token::known("of-the-api-server"),
        client: None,
    };
    let admit = Admit::open(hub.clone(), config).unwrap();
    assert_eq!(admit.path(), PATH);
    let edge = EdgeConfig {
        admit: Some(admit.clone()),
        ..edge_config(None)
    };
    let router = router(Edge::new(hub.clone(), edge));
    (hub, admit, router)
}

fn pod(name: &str, privileged: bool) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": name}},
        "spec": {"containers": [{"name": "c", "image": "nginx:1", "securityContext": {"privileged": privileged}}]},
    })
}

fn review(uid: &str, resource: &str, object: &Value) -> Request<Body> {
    let body = json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {
            "uid": uid, "operation": "CREATE", "namespace": "shop", "name": object["metadata"]["name"],
            "kind": {"group": "", "version": "v1", "kind": object["kind"]},
            "resource": {"group": "", "version": "v1", "resource": resource},
            "userInfo": {"username": "ann", "groups": ["dev"]},
            "object": object, "oldObject": null, "dryRun": false,
        },
    });
    Request::builder()
        .method("POST")
        .uri(format!("{PATH}?timeout=5s"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

#[tokio::test]
async fn a_refusal_tells_the_fix_and_is_kept_with_its_request() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("admission.jsonl");
    let (_, admit, router) = admit(ENFORCE, &[], Some(file.clone()));
    let answer = send(&router, review("u-1", "pods", &pod("web", true))).await;
    assert_eq!(answer.status, StatusCode::OK);
    let response = &answer.json()["response"];
    assert_eq!(
        (&response["uid"], &response["allowed"]),
        (&json!("u-1"), &json!(false))
    );
    let message = response["status"]["message"].as_str().unwrap();
    assert!(
        message.contains("Fix: ") && message.contains("u-1"),
        "{message}"
    );
    let kept = admit.recent();
    assert_eq!((kept.len(), kept[0].outcome), (1, Outcome::Denied));
    assert_eq!(kept[0].request, "u-1");
    assert_eq!(kept[0].object.value()["metadata"]["name"], "web");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    let line = loop {
        let text = std::fs::read_to_string(&file).unwrap();
        if text.ends_with('\n') {
            break text;
        }
        assert!(std::time::Instant::now() < deadline, "the log is written");
        tokio::task::yield_now().await;
    };
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        (&line["version"], &line["outcome"]),
        (&json!(1), &json!("denied"))
    );
}

#[tokio::test]
async fn the_log_is_asked_for_over_the_api() {
    let (_, _, router) = admit(ENFORCE, &[], None);
    send(&router, review("u-1", "pods", &pod("web", true))).await;
    let mut secret = pod("db", true);
    secret["metadata"]["namespace"] = json!("data");
    send(&router, review("u-2", "pods", &secret)).await;
    let log = good(&router, "/api/v1/admission").await;
    assert_eq!(log["judging"]["available"], true);
    assert_eq!(
        (&log["total"], &log["answered"]["denied"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(
        log["facets"]["outcome"],
        json!([{"value": "denied", "count": 2}])
    );
    assert_eq!(log["items"][0]["request"], "u-2", "the newest comes first");
    let first = &log["items"][1];
    assert_eq!(
        (&first["user"], &first["resource"]),
        (&json!("ann"), &json!("pods"))
    );
    assert!(
        !first["objections"][0]["message"]
            .as_str()
            .unwrap()
            .is_empty()
    );

    for (filter, total) in [
        ("outcome=warned", 0),
        ("text=WEB+pods", 1),
        ("outcome=denied,warned", 2),
    ] {
        let log = good(&router, &format!("/api/v1/admission?{filter}")).await;
        assert_eq!(log["total"], total, "{filter}");
    }
    let one = good(&router, "/api/v1/admission/u-1").await;
    assert_eq!(one["object"]["metadata"]["name"], "web");
    let document = serde_json::to_value(catseye_hub::api::openapi()).unwrap();
    for (path, answer) in [
        ("/api/v1/admission", &log),
        ("/api/v1/admission/{id}", &one),
    ] {
        let wrong = crate::schema::broken(&document, path, "get", answer);
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
    let missing = get(&router, "/api/v1/admission/u-9").await;
    assert_eq!(missing.code(), "not-found");
    let bad = get(&router, "/api/v1/admission?outcome=refused").await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_is_no_review_is_an_error_and_the_next_request_is_answered() {
    let (_, admit, router) = admit(ENFORCE, &[], None);
    for body in ["", "{}", "[1", "{\"kind\":\"AdmissionReview\"}"] {
        let request = Request::builder()
            .method("POST")
            .uri(PATH)
            .body(Body::from(body))
            .unwrap();
        let answer = send(&router, request).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
    }
    let mut harmless = pod("web", false);
    harmless["spec"]["containers"][0]["securityContext"]["runAsNonRoot"] = json!(true);
    let answer = send(&router, review("u-2", "configmaps", &json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "shop"}, "data": {"a": "b"},
    })))
    .await;
    assert_eq!(answer.json()["response"]["allowed"], true);
    let figures = admit.figures();
    assert_eq!((figures.unreadable, figures.allowed), (4, 1));
}

#[tokio::test]
async fn a_change_is_judged_among_what_the_hub_has_seen_by_now() {
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": "b"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": "web", "namespace": "shop"}],
    });
    let text = "[gate]\nmode = 'enforce'\nseverity = 'critical'\nchecks = ['RBA-026']\nrecheck-minutes = 0\n";
    let (hub, _, router) = admit(text, &[], None);
    let mut object = pod("web", false);
    object["spec"]["serviceAccountName"] = json!("web");
    let answer = send(&router, review("u-1", "pods", &object)).await;
    assert_eq!(answer.json()["response"]["allowed"], true);
    let delta = Delta {
        time: Timestamp::UNIX_EPOCH,
        change: DeltaChange::Upsert(binding.into()),
    };
    hub.apply(vec![delta]).unwrap();
    let answer = send(&router, review("u-2", "pods", &object)).await;
    assert_eq!(
        answer.json()["response"]["allowed"],
        false,
        "{:?}",
        answer.json()
    );
}

#[tokio::test]
async fn what_was_let_through_is_found_once() {
    let (_, admit, _) = admit(ENFORCE, &[pod("bad", true)], None);
    let found = admit.recheck();
    assert!(!found.standing.is_empty());
    let told = admit.recent();
    assert_eq!((told.len(), told[0].outcome), (1, Outcome::LetThrough));
    admit.recheck();
    assert_eq!(admit.recent().len(), 1, "what is known is not told again");
}

#[tokio::test]
async fn values_of_a_secret_are_not_kept() {
    let text = "[gate]\nmode = 'enforce'\nrecheck-minutes = 0\n[[gate.deny]]\nname = 'no'\nresources = ['secrets']\n";
    let (_, admit, router) = admit(text, &[], None);
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop"},
        "stringData": {"password": "hunter2hunter2"},
    });
    let answer = send(&router, review("u-1", "secrets", &secret)).await;
    assert_eq!(answer.json()["response"]["allowed"], false);
    assert!(!format!("{:?}", admit.recent()).contains("hunter2"));
}

#[tokio::test]
async fn a_review_without_the_token_is_not_read() {
    let (_, admit, router) = admit(ENFORCE, &[], None);
    for path in [
        "/admit",
        "/admit/",
        "/admit/guessed",
        "/admit/of-the-api-serve",
    ] {
        let mut request = review("u-1", "pods", &pod("web", true));
        *request.uri_mut() = path.parse().unwrap();
        let answer = send(&router, request).await;
        assert!(
            [
                StatusCode::UNAUTHORIZED,
                StatusCode::NOT_FOUND,
                StatusCode::METHOD_NOT_ALLOWED
            ]
            .contains(&answer.status),
            "{path}: {}",
            answer.status
        );
    }
    assert_eq!(admit.figures(), catseye_hub::admit::Figures::default());
}

#[tokio::test]
async fn an_object_that_go_writes_six_times_as_long_is_judged() {
    let (_, _, router) = admit(ENFORCE, &[], None);
    let mut object = pod("web", true);
    object["metadata"]["annotations"] = json!({"long": "<".repeat(3 << 20)});
    let mut whole = json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {
            "uid": "u-1", "operation": "UPDATE", "namespace": "shop", "name": "web",
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "resource": {"group": "", "version": "v1", "resource": "pods"},
            "userInfo": {"username": "ann"}, "dryRun": false,
        },
    });
    whole["request"]["oldObject"] = object.clone();
    whole["request"]["oldObject"]["spec"]["containers"][0]["securityContext"] = json!({});
    whole["request"]["object"] = object;
    let body = whole.to_string().replace('<', "\\u003c");
    assert!(body.len() > 36 << 20, "{}", body.len());
    for length in [None, Some(body.len())] {
        let mut request = Request::builder().method("POST").uri(PATH);
        if let Some(length) = length {
            request = request.header("content-length", length);
        }
        let request = request.body(Body::from(body.clone())).unwrap();
        let answer = send(&router, request).await;
        assert_eq!(answer.status, StatusCode::OK, "{length:?}");
        assert_eq!(answer.json()["response"]["allowed"], false);
    }
}

#[tokio::test]
async fn what_nests_too_deep_to_be_judged_whole_is_refused_as_far_as_the_mode_goes() {
    let mut deep = json!("x");
    for _ in 0..110 {
        deep = json!({"a": deep});
    }
    let mut object = pod("web", true);
    object["metadata"]["managedFields"] = json!([{"fieldsV1": {"f:a": "HERE"}}]);
    for (mode, allowed) in [("enforce", false), ("audit", true)] {
        let text = format!("[gate]\nmode = '{mode}'\nrecheck-minutes = 0\n");
        let (_, admit, router) = admit(&text, &[], None);
        let request = review("u-1", "pods", &object);
        let body = http_body_util::BodyExt::collect(request.into_body())
            .await
            .unwrap();
        let body = String::from_utf8(body.to_bytes().to_vec()).unwrap();
        let body = body.replace("\"HERE\"", &deep.to_string());
        assert!(serde_json::from_str::<Value>(&body).is_ok());
        let body = body.replace(
            "\"x\"",
            &format!("{}1{}", "[".repeat(9000), "]".repeat(9000)),
        );
        let request = Request::builder().method("POST").uri(PATH);
        let answer = send(&router, request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.json()["response"]["allowed"], allowed, "{mode}");
        let told = format!("{:?}", admit.recent()[0].objections);
        assert!(told.contains("object-depth"), "{told}");
        assert!(told.contains("privileged"), "{told}");
    }
}

#[tokio::test]
async fn before_the_first_lists_are_in_nothing_is_answered() {
    let (hub, admit, router) = admit_by(ENFORCE, &[], None, Loaded::default());
    hub.await_lists();
    let delta = Delta {
        time: Timestamp::UNIX_EPOCH,
        change: DeltaChange::Upsert(pod("other", false).into()),
    };
    hub.apply(vec![delta]).unwrap();
    let answer = send(&router, review("u-1", "pods", &pod("web", true))).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(admit.figures().unready, 1);
    assert_eq!(admit.recheck().judged, 0, "nor is what is there judged");
    hub.lists_are_in();
    assert_eq!(admit.recheck().judged, 1);
    let answer = send(&router, review("u-2", "pods", &pod("web", true))).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_namespace_that_is_not_known_is_never_taken_for_one_without_labels() {
    let policy = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "p"},
        "spec": {
            "matchConstraints": {
                "namespaceSelector": {"matchLabels": {"strict": "yes"}},
                "resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["configmaps"]}],
            },
            "validations": [{"expression": "false"}],
        },
    });
    let mut policies = PolicySet::unbound_deny();
    policies.add(&Object::new(policy, None).unwrap()).unwrap();
    let loaded = Loaded {
        policies,
        ..Loaded::default()
    };
    let (hub, _, router) = admit_by(ENFORCE, &[], None, loaded);
    hub.lists_are_in();
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "shop"}});
    let answer = send(&router, review("u-1", "configmaps", &map)).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"strict": "yes"}}});
    let delta = Delta {
        time: Timestamp::UNIX_EPOCH,
        change: DeltaChange::Upsert(namespace.into()),
    };
    hub.apply(vec![delta]).unwrap();
    let answer = send(&router, review("u-2", "configmaps", &map)).await;
    assert_eq!(
        answer.json()["response"]["allowed"],
        false,
        "{:?}",
        answer.json()
    );
}

#[tokio::test]
async fn what_policies_ask_about_is_seen_as_it_is_by_now() {
    let policies = [
        json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": "most"}, "spec": {
                "paramKind": {"apiVersion": "rules.example.com/v1", "kind": "Rule"},
                "matchConstraints": {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"],
                    "resources": ["pods"], "operations": ["CREATE"]}]},
                "validations": [{"expression": "object.spec.containers.size() <= params.status.most",
                    "message": "too many"}]}}),
        json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": "most"}, "spec": {"policyName": "most", "validationActions": ["Deny"],
                "paramRef": {"name": "all", "parameterNotFoundAction": "Deny"}}}),
    ];
    let mut set = PolicySet::default();
    for policy in policies {
        let policy = Object::new(policy, None).unwrap();
        assert!(set.add(&policy).unwrap());
    }
    let loaded = Loaded {
        policies: set,
        ..Loaded::default()
    };
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}});
    let text = "[gate]\nmode = 'enforce'\nseverity = 'critical'\nrecheck-minutes = 0\n";
    let (hub, _, router) = admit_by(text, &[namespace], None, loaded);
    hub.lists_are_in();
    // Only the status of an object that belongs to the cluster changes: no check would read that.
    let mut told = 0;
    for (most, allowed) in [
        (None, false),
        (Some(1), true),
        (Some(0), false),
        (Some(2), true),
    ] {
        if let Some(most) = most {
            let rule = json!({"apiVersion": "rules.example.com/v1", "kind": "Rule",
                "metadata": {"name": "all"}, "status": {"most": most}});
            let change = DeltaChange::Upsert(rule.into());
            let time = Timestamp::UNIX_EPOCH;
            hub.apply(vec![Delta { time, change }]).unwrap();
        }
        told += 1;
        let answer = send(
            &router,
            review(&format!("u-{told}"), "pods", &pod("web", false)),
        )
        .await;
        let answer = answer.json();
        assert_eq!(answer["response"]["allowed"], allowed, "{most:?}: {answer}");
    }
}
