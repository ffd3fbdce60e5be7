//! How fast, and how large: a million recorded audit events and 25,000 objects.
//!
//! ```sh
//! cargo bench -p catseye-store                                  # SQLite in a temporary folder
//! cargo bench -p catseye-store -- postgres://me@/db?host=/run   # PostgreSQL, an empty database
//! ```
//!
//! `CATSEYE_BENCH_EVENTS` sets another number of events. The events are those of `fixtures/clusters/shop`,
//! again and again, with times that go on at 1,000 a second and ids of their own.
#![allow(
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark reads files and the clock, and prints"
)]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use catseye_store::{
    Batch, Cursor, Depth, EventFilter, EventRecord, ObjectChange, ObjectFilter, ObjectKey, Options,
    Position, Retention, Store,
};
use jiff::Timestamp;
use serde_json::{Value, json};

const BATCH: usize = 100;
const OBJECTS: usize = 25_000;

fn recorded() -> Vec<Value> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/clusters/shop/audit.jsonl.zst");
    let text = zstd::stream::decode_all(std::fs::File::open(path).unwrap()).unwrap();
    let lines = text
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

fn at(number: u64) -> Timestamp {
    Timestamp::from_microsecond(1_767_225_600_000_000 + i64::try_from(number).unwrap() * 1000)
        .unwrap()
}

fn event(recorded: &[Value], number: u64) -> EventRecord {
    let place = usize::try_from(number).unwrap() % recorded.len();
    let mut raw = recorded[place].clone();
    let id = format!(
        "{number:08x}-{:016x}",
        number.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    );
    raw["auditID"] = json!(id);
    raw["stageTimestamp"] = json!(at(number).to_string());
    let text = |pointer: &str| {
        raw.pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    EventRecord {
        time: at(number),
        source: "audit".to_owned(),
        actor: text("/user/username"),
        verb: text("/verb"),
        resource: text("/objectRef/resource"),
        subresource: text("/objectRef/subresource"),
        namespace: text("/objectRef/namespace"),
        name: text("/objectRef/name"),
        code: raw
            .pointer("/responseStatus/code")
            .and_then(Value::as_i64)
            .map_or(0, |code| i32::try_from(code).unwrap()),
        source_ip: text("/sourceIPs/0"),
        user_agent: text("/userAgent"),
        id,
        raw: raw.to_string(),
    }
}

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() - 1) * percent / 100]
}

fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.unwrap_or("unknown").trim().to_owned()
}

fn folder_size(folder: &Path) -> u64 {
    let mut size = 0;
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let metadata = entry.metadata().unwrap();
        size += if metadata.is_dir() {
            folder_size(&entry.path())
        } else {
            metadata.len()
        };
    }
    size
}

async fn write_events(store: &Store, recorded: &Arc<Vec<Value>>, count: u64) -> u64 {
    let next = Arc::new(AtomicU64::new(0));
    let raw = Arc::new(AtomicU64::new(0));
    let mut writers = Vec::new();
    let began = Instant::now();
    for writer in 0..8 {
        let (store, recorded, next, raw) = (
            store.clone(),
            Arc::clone(recorded),
            Arc::clone(&next),
            Arc::clone(&raw),
        );
        writers.push(tokio::spawn(async move {
            let mut took = Vec::new();
            let stream = format!("writer-{writer}");
            for sequence in 1.. {
                let first = next.fetch_add(BATCH as u64, Ordering::Relaxed);
                if first >= count {
                    break;
                }
                let events: Vec<_> = (first..first + BATCH as u64)
                    .map(|number| event(&recorded, number))
                    .collect();
                raw.fetch_add(
                    events.iter().map(|event| event.raw.len() as u64).sum(),
                    Ordering::Relaxed,
                );
                let batch = Batch {
                    position: Some(Position {
                        stream: stream.clone(),
                        sequence,
                    }),
                    events,
                    cursors: vec![Cursor {
                        name: stream.clone(),
                        position: sequence.to_string(),
                        at: at(first),
                    }],
                    ..Batch::default()
                };
                let began = Instant::now();
                store.apply(batch).await.unwrap();
                took.push(began.elapsed());
            }
            took
        }));
    }
    let mut took = Vec::new();
    for writer in writers {
        took.extend(writer.await.unwrap());
    }
    let all = began.elapsed();
    took.sort();
    println!(
        "write {count} events in batches of {BATCH} by 8: {:.0} events/s, batch p50 {:?} p99 {:?} (making the events included)",
        count as f64 / all.as_secs_f64(),
        percentile(&took, 50),
        percentile(&took, 99)
    );
    raw.load(Ordering::Relaxed)
}

async fn query(store: &Store, name: &str, filter: EventFilter, limit: usize) {
    let mut took = Vec::new();
    let mut last = None;
    for _ in 0..5 {
        let began = Instant::now();
        last = Some(store.events(filter.clone(), None, limit).await.unwrap());
        took.push(began.elapsed());
    }
    took.sort();
    let page = last.unwrap();
    println!(
        "query {name}: {} events in {:?} (median of 5), {:?}",
        page.events.len(),
        took[2],
        page.read
    );
}

fn object(number: usize, image: u32, seconds: u64) -> ObjectChange {
    let name = format!("cart-{:05}-{:05}", number / 10, number);
    let containers: Vec<Value> = (0..3).map(|n| json!({
        "name": format!("c{n}"), "image": format!("registry.example/shop/c{n}:{image}"),
        "env": (0..12).map(|e| json!({"name": format!("KEY_{e}"), "value": format!("value-{e}-{number}")})).collect::<Vec<_>>(),
        "resources": {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "50m", "memory": "64Mi"}},
        "securityContext": {"runAsNonRoot": true, "readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false},
        "volumeMounts": [{"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name": "kube-api-access", "readOnly": true}],
    })).collect();
    ObjectChange {
        key: ObjectKey {
            group: String::new(),
            kind: "Pod".to_owned(),
            namespace: format!("team-{}", number % 50),
            name: name.clone(),
        },
        uid: format!("uid-{number}"),
        resource_version: seconds.to_string(),
        at: at(seconds * 1000),
        body: Some(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": format!("team-{}", number % 50), "uid": format!("uid-{number}"),
                "labels": {"app": "cart", "pod-template-hash": format!("{:x}", number / 10)}},
            "spec": {"containers": containers, "serviceAccountName": "cart", "nodeName": format!("node-{}", number % 500)},
            "status": {"phase": "Running", "podIP": format!("10.{}.{}.{}", number >> 16, (number >> 8) & 255, number & 255)},
        })),
        depth: Depth::Intent,
    }
}

async fn write_objects(store: &Store, what: &str, step: usize, image: u32, seconds: u64) {
    let began = Instant::now();
    let mut written = 0;
    let numbers: Vec<usize> = (0..OBJECTS).step_by(step).collect();
    for part in numbers.chunks(250) {
        let objects = part
            .iter()
            .map(|number| object(*number, image, seconds))
            .collect();
        let batch = Batch {
            objects,
            ..Batch::default()
        };
        written += store.apply(batch).await.unwrap().object_versions;
    }
    println!(
        "{what}: {} objects, {written} versions written, {:?}",
        numbers.len(),
        began.elapsed()
    );
}

async fn small_writes(store: &Store) {
    let began = Instant::now();
    let mut writers = Vec::new();
    for writer in 0..64 {
        let store = store.clone();
        writers.push(tokio::spawn(async move {
            for position in 0..100 {
                let cursor = Cursor {
                    name: format!("small-{writer}"),
                    position: position.to_string(),
                    at: at(0),
                };
                store
                    .apply(Batch {
                        cursors: vec![cursor],
                        ..Batch::default()
                    })
                    .await
                    .unwrap();
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    println!(
        "64 callers, one small batch at a time: {:.0} acknowledged writes/s",
        6400.0 / began.elapsed().as_secs_f64()
    );
}

async fn run(url: Option<String>) {
    let folder = tempfile::tempdir().unwrap();
    let count =
        std::env::var("CATSEYE_BENCH_EVENTS").map_or(1_000_000, |count| count.parse().unwrap());
    let url = url.unwrap_or_else(|| folder.path().display().to_string());
    let options = Options {
        events: Some(folder.path().join("events")),
        ..Options::default()
    };
    let store = Store::open(&url, options).await.unwrap();
    println!("{}", store.address());
    small_writes(&store).await;

    let recorded = Arc::new(recorded());
    println!(
        "peak memory with the recording, before any event: {}",
        memory()
    );
    let raw = write_events(&store, &recorded, count).await;
    println!("peak memory {}", memory());
    let began = Instant::now();
    let done = store
        .maintain(at(count + 7_200_000), Retention::default())
        .await
        .unwrap();
    println!(
        "close what was left: {} events in {} segments, {:?}",
        done.events_moved,
        done.segments_written,
        began.elapsed()
    );
    let stats = store.event_stats().await.unwrap();
    println!(
        "{} events, {} segments, {:.1} bytes an event (raw JSON {:.0})",
        stats.events,
        stats.segments,
        stats.segment_bytes as f64 / stats.events as f64,
        raw as f64 / count as f64
    );
    let any = EventFilter::default;
    let text = |word: &str| Some(word.to_owned());
    let middle = event(&recorded, count / 2);
    query(&store, "newest 100", any(), 100).await;
    query(
        &store,
        "one id in the middle",
        EventFilter {
            id: Some(middle.id.clone()),
            ..any()
        },
        100,
    )
    .await;
    query(
        &store,
        "a minute in the middle, all",
        EventFilter {
            since: Some(at(count / 2)),
            before: Some(at(count / 2 + 60_000)),
            ..any()
        },
        100_000,
    )
    .await;
    query(
        &store,
        "newest 100 of an actor",
        EventFilter {
            actor: Some(middle.actor.clone()),
            ..any()
        },
        100,
    )
    .await;
    query(
        &store,
        "an actor who never was",
        EventFilter {
            actor: text("mallory"),
            ..any()
        },
        100,
    )
    .await;
    query(
        &store,
        "code 403, newest 100",
        EventFilter {
            code: Some(403),
            ..any()
        },
        100,
    )
    .await;
    query(
        &store,
        "text that is nowhere (reads everything)",
        EventFilter {
            text: text("no such text anywhere"),
            ..any()
        },
        100,
    )
    .await;

    write_objects(&store, "first list", 1, 1, 1).await;
    write_objects(&store, "the same list again", 1, 1, 2).await;
    write_objects(&store, "a rollout of one in ten", 10, 2, 100).await;
    for seconds in [50, 200] {
        let began = Instant::now();
        let objects = store
            .objects_at(at(seconds * 1000), ObjectFilter::default())
            .collect()
            .await
            .unwrap();
        println!(
            "all {} objects at a time, bodies parsed: {:?}",
            objects.len(),
            began.elapsed()
        );
    }
    let began = Instant::now();
    let differences = store
        .objects_between(at(50_000), at(200_000), ObjectFilter::default())
        .await
        .unwrap();
    println!(
        "difference of two times: {} objects, {:?}",
        differences.len(),
        began.elapsed()
    );
    println!("peak memory {}", memory());
    drop(store);
    println!(
        "database {} KiB",
        (folder_size(folder.path()) - stats.segment_bytes) / 1024
    );
}

fn main() {
    let url = std::env::args()
        .skip(1)
        .find(|argument| argument.contains("://"));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(run(url));
}
