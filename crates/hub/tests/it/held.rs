//! What a team accepted, knew before and allows counts in the hub as in a scan.

use axum::body::Body;
use catseye_checks::Config;
use catseye_hub::edge::Edge;
use catseye_hub::serve::router;
use catseye_hub::{Clock, Hub, Standards};
use catseye_model::{Delta, DeltaChange};
use catseye_policy::{Baseline, Exceptions, baseline::Identity};
use http::Request;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::asked::{TOKEN, config, edge_config, send};

fn delta(change: DeltaChange) -> Delta {
    Delta {
        time: "2026-11-20T10:00:00Z".parse().unwrap(),
        change,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "reads better at the calls")]
fn pod(name: &str, annotations: Value) -> Delta {
    let value = json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "annotations": annotations},
        "spec": {"hostPID": true, "containers": [{"name": "c", "image": "docker.io/library/nginx:1.29"}]}});
    delta(DeltaChange::Upsert(value.into()))
}

fn hub(standards: Standards) -> Hub {
    let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
    let hub = Hub::open(config(), Clock::told(now)).unwrap();
    hub.judge_by(standards);
    hub
}

async fn ask(hub: &Hub, path: &str) -> Value {
    let request = Request::get(path)
        .header("host", "127.0.0.1")
        .header("authorization", format!("Bearer {TOKEN}"))
        .body(Body::empty())
        .unwrap();
    let router = router(Edge::new(hub.clone(), edge_config(None)));
    send(&router, request).await.json()
}

/// Checks and objects of findings, with why they are accepted.
async fn findings(hub: &Hub, accepted: bool, check: &str) -> Vec<(String, String)> {
    let path = format!("/api/v1/findings?check={check}&accepted={accepted}");
    let found = ask(hub, &path).await;
    let rows = found["items"]
        .as_array()
        .unwrap_or_else(|| panic!("{found:#}"));
    rows.iter()
        .map(|row| {
            let why = row["accepted"]["reason"].as_str().unwrap_or_default();
            (
                row["object"]["name"].as_str().unwrap().to_owned(),
                why.to_owned(),
            )
        })
        .collect()
}

fn named(names: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(name, why): &(&str, &str)| ((*name).to_owned(), (*why).to_owned());
    names.iter().map(own).collect()
}

/// The check that finds a pod in the process namespace of its node.
fn host_pid() -> &'static str {
    catseye_checks::all()
        .find(|check| check.file_name() == "host_pid")
        .map(|check| check.id)
        .expect("there is such a check")
}

#[tokio::test(flavor = "multi_thread")]
async fn accepted_and_known_findings_are_listed_apart_with_the_reason() {
    let exceptions = Exceptions::from_value(json!({"version": 1, "exceptions": [
        {"checks": [host_pid()], "kind": "Pod", "namespace": "shop", "name": "agent*",
         "reason": "reads the node's processes", "author": "ann", "expires": "2026-11-30"},
        {"checks": [host_pid()], "name": "late", "reason": "was a drill", "author": "ann",
         "expires": "2026-11-01"}]}))
    .unwrap();
    let mut known = Baseline::default();
    known.add(Identity {
        check: host_pid().to_owned(),
        object: "Pod shop/old".to_owned(),
        path: "spec.hostPID".to_owned(),
    });
    let hub = hub(Standards {
        exceptions,
        known,
        ..Standards::default()
    });
    let ignored = format!("{}: a debugger", host_pid());
    hub.apply(vec![
        pod("agent-1", json!({})),
        pod("late", json!({})),
        pod("new", json!({})),
        pod("noted", json!({"catseye.dev/ignore": ignored})),
        pod("old", json!({})),
        delta(DeltaChange::Synced {
            group: String::new(),
            kind: "Pod".to_owned(),
        }),
    ])
    .unwrap();
    hub.settle();
    let open = findings(&hub, false, host_pid()).await;
    assert_eq!(open, named(&[("late", ""), ("new", "")]));
    let accepted = findings(&hub, true, host_pid()).await;
    assert_eq!(
        accepted,
        named(&[
            ("agent-1", "reads the node's processes"),
            ("noted", "a debugger"),
            ("old", "it was known when the baseline was written"),
        ])
    );
    let posture = ask(&hub, "/api/v1/posture").await;
    assert_eq!(posture["accepted"], 3, "{posture:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sections_that_checks_read_reach_the_hub() {
    let about = |found: &Value| -> Vec<String> {
        let rows = found["items"].as_array().unwrap();
        rows.iter().map(|row| row["check"].to_string()).collect()
    };
    let mut said = Vec::new();
    for text in ["", "[images]\nallowed = [\"registry.example.com\"]\n"] {
        let hub = hub(Standards {
            checks: Config::from_toml(text).unwrap(),
            ..Standards::default()
        });
        hub.apply(vec![pod("a", json!({}))]).unwrap();
        let at_once = about(&ask(&hub, "/api/v1/findings?limit=500").await);
        hub.settle();
        let swept = about(&ask(&hub, "/api/v1/findings?limit=500").await);
        assert_eq!(at_once, swept);
        said.push(swept);
    }
    assert_eq!(said[1].len(), said[0].len() + 1, "{said:#?}");
}
