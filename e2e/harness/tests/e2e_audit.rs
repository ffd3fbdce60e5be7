//! The audit log and the audit webhook of the cluster: both tell of a call, and neither of its secrets.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the test listens where the API server posts"
)]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Reads one HTTP request and answers it.
fn body(listener: &TcpListener) -> Option<Vec<u8>> {
    let (mut stream, _) = listener.accept().ok()?;
    stream.set_nonblocking(false).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let mut request = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let read = stream.read(&mut buffer).ok()?;
        request.extend_from_slice(&buffer[..read]);
        let head_end = request.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = head_end {
            let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
            let length: usize = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .and_then(|length| length.trim().parse().ok())
                .expect("a request with a length");
            if request.len() >= end + 4 + length {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    .ok()?;
                return Some(request.split_off(end + 4));
            }
        }
        if read == 0 {
            return None;
        }
    }
}

fn tells_of(event: &Value) -> bool {
    event["verb"] == "create"
        && event["objectRef"]["resource"] == "secrets"
        && event["objectRef"]["name"] == "audited"
        && event["stage"] == "ResponseComplete"
}

#[test]
fn a_call_is_in_the_log_and_at_the_webhook_without_its_secret() {
    let Some(cluster) = catseye_e2e::cluster("a_call_is_in_the_log_and_at_the_webhook") else {
        return;
    };
    let Some(description) = cluster.description() else {
        return; // only our own cluster's log can be read
    };
    let address = description
        .audit_webhook
        .strip_prefix("http://")
        .expect("plain HTTP on loopback");
    let listener = TcpListener::bind(address).expect("nobody else listens there");
    listener.set_nonblocking(true).expect("a listener");
    cluster
        .kubectl(&[
            "create",
            "secret",
            "generic",
            "audited",
            "--from-literal=key=tell-nobody",
        ])
        .expect("the Secret is accepted");

    let log = std::fs::read_to_string(&description.audit_log).expect("the log");
    let in_log = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(tells_of)
        .expect("the call is in the log");
    assert_eq!(in_log["user"]["username"], "kubernetes-admin");
    assert!(!log.contains("tell-nobody") && !log.contains("dGVsbC1ub2JvZHk"));

    // The server sends in batches, and again later when nobody listened before.
    let deadline = Instant::now() + Duration::from_mins(1);
    while Instant::now() < deadline {
        let Some(body) = body(&listener) else {
            std::thread::sleep(Duration::from_millis(50));
            continue;
        };
        let list: Value = serde_json::from_slice(&body).expect("an EventList");
        assert_eq!(list["kind"], "EventList");
        let events = list["items"].as_array().expect("events");
        if let Some(event) = events.iter().find(|event| tells_of(event)) {
            assert_eq!(event["auditID"], in_log["auditID"]);
            return;
        }
    }
    panic!("the webhook did not hear of the call");
}
