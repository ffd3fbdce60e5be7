//! The metrics API that autoscaling reads: how busy each pod would be at this moment of the story.
//!
//! A small HTTPS server on loopback behind the API server's aggregation layer. The load of a service
//! follows the day and, from Friday on, the holiday surge; what one pod bears is the load divided by the
//! pods there are, so the real autoscaler's control loop closes.

use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use catseye_model::Fields;
use jiff::{Timestamp, Zoned, tz::TimeZone};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::clock::Clock;
use crate::perform::held;
use crate::wire::Wire;

/// Starts the server; it ends with the process. Gives its port.
pub async fn serve(wire: Arc<Wire>, clock: Arc<Mutex<Clock>>) -> Result<(u16, JoinHandle<()>)> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let server = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, wire) = (acceptor.clone(), Arc::clone(&wire));
            let clock = Arc::clone(&clock);
            tokio::spawn(async move {
                // A broken connection is the API server's to retry.
                drop(connection(stream, acceptor, &wire, &clock).await);
            });
        }
    });
    Ok((port, server))
}

async fn connection(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    wire: &Wire,
    clock: &Mutex<Clock>,
) -> Result<()> {
    let mut stream = BufReader::new(acceptor.accept(stream).await?);
    loop {
        let mut request = String::new();
        if stream.read_line(&mut request).await? == 0 {
            return Ok(());
        }
        // All requests are reads without a body: the headers only have to be passed over.
        let mut header = String::new();
        while header.trim_end() != "" || header.is_empty() {
            header.clear();
            if stream.read_line(&mut header).await? == 0 {
                return Ok(());
            }
        }
        let path = request.split(' ').nth(1).context("a path")?;
        let answer = answer(wire, clock, path).await?;
        let status = if answer.is_null() {
            "404 Not Found"
        } else {
            "200 OK"
        };
        let body = if answer.is_null() {
            "{}".to_owned()
        } else {
            answer.to_string()
        };
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let stream = stream.get_mut();
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.as_bytes()).await?;
        stream.flush().await?;
    }
}

async fn answer(wire: &Wire, clock: &Mutex<Clock>, path: &str) -> Result<Value> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    Ok(match parts.as_slice() {
        ["apis", "metrics.k8s.io", "v1beta1"] => json!({
            "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "metrics.k8s.io/v1beta1",
            "resources": [{"name": "pods", "singularName": "", "namespaced": true,
                           "kind": "PodMetrics", "verbs": ["get", "list"]}]}),
        [
            "apis",
            "metrics.k8s.io",
            "v1beta1",
            "namespaces",
            namespace,
            "pods",
        ] => {
            let selector = query
                .split('&')
                .find(|part| part.starts_with("labelSelector="))
                .unwrap_or("");
            let pods = wire
                .ask(&format!("/api/v1/namespaces/{namespace}/pods?{selector}"))
                .await?;
            let story = held(clock).story(Timestamp::now()).to_zoned(TimeZone::UTC);
            pod_metrics(pods.body.list("items"), &story)
        }
        _ => Value::Null,
    })
}

fn pod_metrics(pods: &[Value], story: &Zoned) -> Value {
    let app = |pod: &Value| {
        let labels = pod.at("metadata.labels");
        labels
            .entry("", "app.kubernetes.io/name")
            .unwrap_or("")
            .to_owned()
    };
    let running = |pod: &&Value| pod.text("status.phase") == Some("Running");
    let items: Vec<Value> = pods
        .iter()
        .filter(running)
        .map(|pod| {
            let name = app(pod);
            let peers = pods.iter().filter(running).filter(|other| app(other) == name);
            let millis = load(&name, story) / i64::try_from(peers.count()).unwrap_or(1).max(1);
            let container = pod.list("spec.containers").first();
            json!({
                "metadata": {"name": pod.at("metadata.name"), "namespace": pod.at("metadata.namespace"),
                             "labels": pod.at("metadata.labels")},
                "timestamp": Timestamp::now().to_string(), "window": "10s",
                "containers": [{"name": container.map(|one| one.at("name")),
                                "usage": {"cpu": format!("{millis}m"), "memory": "96Mi"}}]})
        })
        .collect();
    json!({"kind": "PodMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {}, "items": items})
}

/// The load of all pods of a service together, in thousandths of a core.
fn load(app: &str, story: &Zoned) -> i64 {
    let peak = match app {
        "frontend" => 130,
        "catalog" => 65,
        "cart" => 60,
        "search" => 84,
        "checkout" => 105,
        _ => return 8,
    };
    // Shoppers of the day: few at night, most in the evening.
    let hour = [
        12, 8, 6, 5, 5, 8, 15, 28, 40, 50, 56, 62, 70, 66, 60, 58, 62, 72, 86, 96, 100, 88, 58, 30,
    ];
    let now = usize::try_from(story.hour()).unwrap_or(0);
    let holiday = matches!(story.day(), 27 | 28);
    let surge = if holiday { 34 } else { 10 };
    peak * hour[now % 24] / 100 * surge / 10
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Zoned {
        let time: Timestamp = text.parse().unwrap();
        time.to_zoned(TimeZone::UTC)
    }

    #[test]
    fn the_holiday_evening_is_the_busiest_time() {
        let busiest = load("frontend", &at("2026-11-27T20:00:00Z"));
        assert!(busiest > 3 * load("frontend", &at("2026-11-24T20:00:00Z")));
        assert!(load("frontend", &at("2026-11-24T03:00:00Z")) < 12);
    }

    #[test]
    fn pods_share_the_load_of_their_service() {
        let pod = |name: &str| {
            json!({"metadata": {"name": name, "namespace": "shop",
                                "labels": {"app.kubernetes.io/name": "cart"}},
                   "spec": {"containers": [{"name": "cart"}]}, "status": {"phase": "Running"}})
        };
        let metrics = pod_metrics(&[pod("a"), pod("b")], &at("2026-11-24T20:00:00Z"));
        let cpu = metrics["items"][0]["containers"][0]["usage"]["cpu"].as_str();
        assert_eq!(cpu, Some("30m"));
    }
}
