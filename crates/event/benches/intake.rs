//! How fast audit logs are read, beside what JSON parsing alone costs on the same bytes in the same run.
//!
//! ```sh
//! cargo bench -p catseye-event --bench intake -- 200
//! ```
//!
//! The log (200 MB unless told otherwise) is generated, the same bytes every time: seven events in ten
//! at level Metadata, three with bodies, 1.8 kB on average. Each way of reading is measured in turn,
//! several rounds over, and its best round counts.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark reads the clock and prints"
)]

use std::borrow::Cow;
use std::hint::black_box;
use std::io::Write as _;
use std::time::{Duration, Instant};

use catseye_event::coverage::Coverage;
use catseye_event::intake::Intake;
use catseye_event::{Event, render};
use catseye_model::RedactionKey;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

const ROUNDS: usize = 5;

/// A way of reading: what it is called, what it reads, and how; it gives the number of events.
type Way<'l> = (&'static str, &'l [u8], fn(&[u8]) -> usize);

/// As the read function of a file would give it.
const CHUNK: usize = 256 << 10;

fn main() {
    let megabytes: usize = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(200);
    let log = log(megabytes * 1_000_000);
    let lines = lines(&log).count();
    println!(
        "{lines} events, {:.1} MB, {} bytes an event, best of {ROUNDS}",
        log.len() as f64 / 1e6,
        log.len() / lines
    );
    let eks = eks(&log);
    let ways: [Way<'_>; 9] = [
        ("serde_json::Value", &log, values),
        ("IgnoredAny (grammar only)", &log, ignored),
        ("derived struct, bodies raw", &log, derived),
        ("intake", &log, intake),
        ("intake, every field asked for", &log, asked),
        ("intake, bodies read too", &log, bodies),
        ("intake and coverage", &log, coverage),
        ("CloudWatch, Value in Value", &eks, values_in_values),
        ("CloudWatch, intake", &eks, intake),
    ];
    let mut best = [Duration::MAX; 9];
    for _ in 0..ROUNDS {
        for (way, best) in ways.iter().zip(&mut best) {
            let start = Instant::now();
            let events = way.2(way.1);
            *best = start.elapsed().min(*best);
            assert_eq!(events, lines, "{} lost events", way.0);
        }
    }
    println!(
        "{:<32} {:>10} {:>7} {:>9} {:>13}",
        "", "events/s", "MB/s", "x Value", "x IgnoredAny"
    );
    for (way, time) in ways.iter().zip(best) {
        let seconds = time.as_secs_f64();
        println!(
            "{:<32} {:>10.0} {:>7.0} {:>9.2} {:>13.2}",
            way.0,
            lines as f64 / seconds,
            way.1.len() as f64 / seconds / 1e6,
            best[0].as_secs_f64() / seconds,
            best[1].as_secs_f64() / seconds,
        );
    }
}

fn lines(log: &[u8]) -> impl Iterator<Item = &[u8]> {
    log.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
}

fn values(log: &[u8]) -> usize {
    each_line(log, |line| {
        black_box(serde_json::from_slice::<Value>(line).unwrap());
    })
}

/// A batch of CloudWatch as a value, and each message in it as a value.
fn values_in_values(log: &[u8]) -> usize {
    let mut count = 0;
    for line in lines(log) {
        let batch: Value = serde_json::from_slice(line).unwrap();
        for event in batch["logEvents"].as_array().unwrap() {
            let message = event["message"].as_str().unwrap();
            black_box(serde_json::from_str::<Value>(message).unwrap());
            count += 1;
        }
    }
    count
}

fn ignored(log: &[u8]) -> usize {
    each_line(log, |line| {
        black_box(serde_json::from_slice::<IgnoredAny>(line).unwrap());
    })
}

/// What one would write first: the fields of an event, derived.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only parsing is measured")]
struct Plain<'a> {
    #[serde(borrow, rename = "auditID")]
    audit_id: Cow<'a, str>,
    #[serde(borrow)]
    level: Cow<'a, str>,
    #[serde(borrow)]
    stage: Cow<'a, str>,
    #[serde(borrow, rename = "requestURI")]
    request_uri: Cow<'a, str>,
    #[serde(borrow)]
    verb: Cow<'a, str>,
    #[serde(borrow)]
    user: &'a RawValue,
    #[serde(borrow)]
    object_ref: Option<&'a RawValue>,
    #[serde(borrow)]
    request_object: Option<&'a RawValue>,
    #[serde(borrow)]
    response_object: Option<&'a RawValue>,
    #[serde(borrow)]
    annotations: Option<&'a RawValue>,
}

fn derived(log: &[u8]) -> usize {
    each_line(log, |line| {
        black_box(serde_json::from_slice::<Plain<'_>>(line).unwrap());
    })
}

fn each_line(log: &[u8], read: fn(&[u8])) -> usize {
    let mut count = 0;
    for line in lines(log) {
        read(line);
        count += 1;
    }
    count
}

fn each(log: &[u8], on_event: &mut dyn FnMut(&Event<'_>)) -> usize {
    let mut intake = Intake::new(RedactionKey::new([0; 32]));
    for chunk in log.chunks(CHUNK) {
        intake.feed(chunk, on_event);
    }
    intake.finish(on_event);
    assert_eq!(intake.tally().unreadable_count(), 0);
    usize::try_from(intake.tally().events).unwrap()
}

fn intake(log: &[u8]) -> usize {
    each(log, &mut |event| {
        black_box(event);
    })
}

fn asked(log: &[u8]) -> usize {
    each(log, &mut |event| {
        black_box((event.actor(), event.resource(), event.code(), event.time()));
        black_box((event.decision(), event.peer_ip(), event.user_agent()));
        black_box((event.user().token_pod(), event.fidelity()));
    })
}

fn bodies(log: &[u8]) -> usize {
    each(log, &mut |event| {
        black_box((event.request_body(), event.response_body()));
    })
}

fn coverage(log: &[u8]) -> usize {
    let mut coverage = Coverage::new();
    let count = each(log, &mut |event| coverage.observe(event));
    black_box(coverage.blind_spots());
    count
}

/// The same events in batches of a subscription.
fn eks(log: &[u8]) -> Vec<u8> {
    let key = RedactionKey::new([0; 32]);
    let all: Vec<&[u8]> = lines(log).collect();
    let mut batches = Vec::new();
    for batch in all.chunks(100) {
        let texts: Vec<&str> = batch
            .iter()
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        let events: Vec<Event<'_>> = texts
            .iter()
            .map(|text| Event::parse(text, &key).unwrap().unwrap())
            .collect();
        let events: Vec<&Event<'_>> = events.iter().collect();
        writeln!(batches, "{}", render::eks(&events)).unwrap();
    }
    batches
}

/// A log of at least `bytes` bytes.
fn log(bytes: usize) -> Vec<u8> {
    let mut log = Vec::with_capacity(bytes + 16_384);
    let mut number = 0_u64;
    while log.len() < bytes {
        number += 1;
        // Every tenth of the log has its place in the pattern; nothing is random.
        let with_bodies = number % 10 < 3;
        event(&mut log, number, with_bodies);
    }
    log
}

fn event(log: &mut Vec<u8>, number: u64, with_bodies: bool) {
    let (level, verb, code) = if with_bodies {
        ("RequestResponse", "update", 200)
    } else {
        (
            "Metadata",
            ["get", "list", "watch"][usize::try_from(number % 3).unwrap()],
            200,
        )
    };
    let (namespace, name) = (
        format!("team-{}", number % 40),
        format!("cart-{:08x}", number * 2_654_435_761 % 0xffff_ffff),
    );
    let micros = number % 1_000_000;
    write!(
        log,
        r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"{level}","auditID":"{number:08x}-b5bc-4873-aae2-{number:012x}","stage":"ResponseComplete","requestURI":"/apis/apps/v1/namespaces/{namespace}/deployments/{name}?fieldManager=kubectl-client-side-apply\u0026timeout=10s","verb":"{verb}","user":{{"username":"system:serviceaccount:{namespace}:deployer","uid":"fc839df2-687f-4239-a010-8b4dd51b32fb","groups":["system:serviceaccounts","system:serviceaccounts:{namespace}","system:authenticated"],"extra":{{"authentication.kubernetes.io/credential-id":["JTI=4f4f3a50-1d0c-4b8c-9d0e-1c8a7e3a7b11"],"authentication.kubernetes.io/pod-name":["deployer-7d9c5b8f6d-x2x7k"],"authentication.kubernetes.io/pod-uid":["8d1f0a7e-5f0b-4c55-9f0d-31d6a7c0e9aa"]}}}},"sourceIPs":["10.42.{}.{}"],"userAgent":"deployer/v1.4.2 (linux/amd64) kubernetes/faecb19","objectRef":{{"resource":"deployments","namespace":"{namespace}","name":"{name}","uid":"0d6f5a7c-0d35-4c8c-8d4e-5b0c5d1d8f0e","apiGroup":"apps","apiVersion":"v1","resourceVersion":"{number}"}},"responseStatus":{{"metadata":{{}},"code":{code}}}"#,
        number % 200,
        number % 250
    )
    .unwrap();
    if with_bodies {
        let object = body(number, &namespace, &name);
        write!(
            log,
            r#","requestObject":{object},"responseObject":{object}"#
        )
        .unwrap();
    }
    writeln!(
        log,
        r#","requestReceivedTimestamp":"2026-11-21T{:02}:{:02}:{:02}.{micros:06}Z","stageTimestamp":"2026-11-21T{:02}:{:02}:{:02}.{micros:06}Z","annotations":{{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"RBAC: allowed by RoleBinding \"deployer/{namespace}\" of ClusterRole \"edit\" to ServiceAccount \"deployer/{namespace}\""}}}}"#,
        number / 3600 % 24,
        number / 60 % 60,
        number % 60,
        number / 3600 % 24,
        number / 60 % 60,
        number % 60
    )
    .unwrap();
}

/// A small Deployment.
fn body(number: u64, namespace: &str, name: &str) -> String {
    format!(
        r#"{{"kind":"Deployment","apiVersion":"apps/v1","metadata":{{"name":"{name}","namespace":"{namespace}","uid":"0d6f5a7c-0d35-4c8c-8d4e-5b0c5d1d8f0e","resourceVersion":"{number}","generation":{},"labels":{{"app.kubernetes.io/name":"cart","app.kubernetes.io/part-of":"shop"}},"annotations":{{"deployment.kubernetes.io/revision":"{}"}}}},"spec":{{"replicas":3,"selector":{{"matchLabels":{{"app.kubernetes.io/name":"cart"}}}},"template":{{"metadata":{{"labels":{{"app.kubernetes.io/name":"cart"}}}},"spec":{{"containers":[{{"name":"cart","image":"registry.example.com/shop/cart:1.{number}","command":["/cart","--port=8080"],"env":[{{"name":"LOG_LEVEL","value":"info"}},{{"name":"REDIS","value":"redis.{namespace}.svc:6379"}}],"resources":{{"requests":{{"cpu":"100m","memory":"64Mi"}},"limits":{{"memory":"128Mi"}}}},"securityContext":{{"runAsNonRoot":true,"allowPrivilegeEscalation":false,"capabilities":{{"drop":["ALL"]}}}}}}],"serviceAccountName":"cart","automountServiceAccountToken":false}}}}}},"status":{{"observedGeneration":{},"replicas":3,"readyReplicas":3}}}}"#,
        number % 9,
        number % 9,
        number % 9
    )
}
