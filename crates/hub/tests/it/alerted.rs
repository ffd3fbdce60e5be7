//! A hub that is killed with alerts on their way: the next one tells them, under the same key, once.
//!
//! The parent starts this test once more as a child, whose receiver refuses everything.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use catseye_hub::alert::{AlertConfig, Alerts, Surroundings};
use catseye_hub::{Clock, Durability, Hub, HubConfig};
use catseye_store::{Options, Store};
use serde_json::{Value, json};

use crate::story::config;

const FOLDER: &str = "CATSEYE_HUB_ALERTED_FOLDER";
const URL: &str = "CATSEYE_HUB_ALERTED_URL";

/// A hub that tells one webhook, on a store in a folder.
fn open(folder: &Path, url: &str) -> (tokio::runtime::Runtime, Store, Hub) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let address = folder.join("store").display().to_string();
    let store = runtime
        .block_on(Store::open(&address, Options::default()))
        .unwrap();
    let config = HubConfig {
        durability: Durability::Acknowledged,
        ..config()
    };
    let hub = Hub::open_kept(
        config,
        Clock::System,
        store.clone(),
        runtime.handle().clone(),
    )
    .unwrap();
    let sink: AlertConfig = serde_json::from_value(json!({
        "name": "soc", "minimum": "info", "webhook": {"url": {"is": url}},
    }))
    .unwrap();
    let alerts = {
        let _within = runtime.enter();
        let surroundings = Surroundings {
            folder: Some(folder.join("alerts")),
            ..Surroundings::default()
        };
        Alerts::start(&[sink], &surroundings).unwrap()
    };
    hub.tell_incidents(Arc::new(alerts), None);
    hub.start();
    (runtime, store, hub)
}

/// A receiver on loopback: its address, and what came. It answers as it is told.
fn receiver(status: &'static str) -> (String, Arc<Mutex<Vec<Value>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/in", listener.local_addr().unwrap());
    let got: Arc<Mutex<Vec<Value>>> = Arc::default();
    let keep = got.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut stream = BufReader::new(stream);
            let mut headers = BTreeMap::new();
            let mut line = String::new();
            while stream.read_line(&mut line).is_ok_and(|read| read > 2) {
                if let Some((name, value)) = line.trim_end().split_once(": ") {
                    headers.insert(name.to_lowercase(), value.to_owned());
                }
                line.clear();
            }
            let length = headers.get("content-length").and_then(|it| it.parse().ok());
            let mut body = vec![0; length.unwrap_or(0)];
            if stream.read_exact(&mut body).is_err() {
                continue;
            }
            let mut value: Value = serde_json::from_slice(&body).unwrap();
            value["header"] = headers["webhook-id"].clone().into();
            keep.lock().unwrap().push(value);
            let answer =
                format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let _ = stream.get_mut().write_all(answer.as_bytes());
        }
    });
    (url, got)
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Finds an incident, and lives until it is killed or the one that started it is gone. A test that does nothing
/// unless the other one starts it.
#[test]
fn alerted_child() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let (_runtime, _store, hub) = open(Path::new(&folder), &std::env::var(URL).unwrap());
    let now = jiff::Timestamp::now();
    let event = json!({"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata",
        "auditID": "one", "stage": "ResponseComplete",
        "requestURI": "/api/v1/secrets", "verb": "list",
        "user": {"username": "mallory", "groups": ["system:authenticated"]},
        "sourceIPs": ["10.0.0.1"], "userAgent": "curl",
        "objectRef": {"resource": "secrets", "apiVersion": "v1"},
        "responseStatus": {"code": 200},
        "requestReceivedTimestamp": now.to_string(), "stageTimestamp": now.to_string()});
    hub.observe("webhook", format!("{event}\n").as_bytes())
        .unwrap();
    let _ended = std::io::stdin().read_to_end(&mut Vec::new());
}

#[test]
fn an_alert_that_was_on_its_way_when_the_hub_was_killed_is_told_by_the_next_once() {
    let folder = tempfile::tempdir().unwrap();
    let (refusing, refused) = receiver("503 Service Unavailable");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "alerted::alerted_child"])
        .env(FOLDER, folder.path())
        .env(URL, &refusing)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("the first attempt", || !refused.lock().unwrap().is_empty());
    child.kill().unwrap();
    child.wait().unwrap();
    let first = refused.lock().unwrap()[0].clone();
    assert_eq!(first["key"], first["header"]);

    let (url, got) = receiver("204 No Content");
    let (runtime, store, hub) = open(folder.path(), &url);
    until("it is told", || !got.lock().unwrap().is_empty());
    let told = got.lock().unwrap()[0].clone();
    assert_eq!(told["key"], first["key"]);
    assert_eq!(told["actor"], "mallory");
    let outcome = || {
        let key = told["key"].as_str().unwrap();
        runtime.block_on(store.alert_outcome("soc", key)).unwrap()
    };
    until("its delivery is marked", || outcome().is_some());
    assert_eq!(outcome().as_deref(), Some("delivered"));
    hub.close().unwrap();
    drop(hub);

    // What was delivered is not told a third time: something new is, and only that.
    let (_runtime, store, hub) = open(folder.path(), &url);
    until("nothing waits", || {
        runtime
            .block_on(store.waiting_alert_counts())
            .unwrap()
            .is_empty()
    });
    let id = hub.inbox().list(&catseye_hub::Filter::default()).incidents[0]
        .id
        .clone();
    hub.act(&id, catseye_hub::Action::Resolve, "ann", None)
        .unwrap();
    until("the second is told", || {
        got.lock()
            .unwrap()
            .iter()
            .any(|it| it["reason"] == "resolved")
    });
    let reasons: Vec<Value> = got
        .lock()
        .unwrap()
        .iter()
        .map(|it| it["reason"].clone())
        .collect();
    assert_eq!(reasons, ["opened", "resolved"]);
    hub.close().unwrap();
}
