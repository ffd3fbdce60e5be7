//! Faults: kills at any moment, a database that restarts, a disk that is full.
//!
//! The writers of all of these write numbered batches on a few streams at once, each with events, an incident,
//! an object, a document and a cursor that all carry the number. So what is in the store tells by itself
//! whether a batch is there whole, half, twice or not.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use catseye_model::Severity;
use catseye_store::{
    Batch, Collection, Cursor, Depth, DocumentPut, Error, EventFilter, Fingerprint, IncidentUpsert,
    ObjectChange, ObjectKey, Options, Position, Retention, Store,
};
use jiff::Timestamp;
use serde_json::json;

use crate::at;
use crate::events::event;
use crate::stage::{Server, SmallDisk, Stage, ask, block_on};

const STREAMS: [&str; 4] = ["a", "b", "c", "d"];
const EVENTS: u64 = 7;

fn time_of(sequence: u64) -> Timestamp {
    at(i64::try_from(sequence).unwrap())
}

fn key(stream: &str) -> ObjectKey {
    ObjectKey {
        group: String::new(),
        kind: "Pod".to_owned(),
        namespace: "shop".to_owned(),
        name: stream.to_owned(),
    }
}

fn batch(stream: &str, sequence: u64) -> Batch {
    let time = time_of(sequence);
    let mut events = Vec::new();
    for n in 0..EVENTS {
        let mut event = event(i64::try_from(sequence).unwrap(), stream);
        event.id = format!("{stream}-{sequence}-{n}");
        event.raw = format!("{{\"pad\": \"{}\"}}", "x".repeat(500));
        events.push(event);
    }
    Batch {
        position: Some(Position {
            stream: stream.to_owned(),
            sequence,
        }),
        events,
        objects: vec![ObjectChange {
            key: key(stream),
            uid: "u".to_owned(),
            resource_version: sequence.to_string(),
            at: time,
            body: Some(json!({"sequence": sequence})),
            depth: Depth::Everything,
        }],
        incidents: vec![IncidentUpsert {
            fingerprint: Fingerprint(stream.to_owned()),
            severity: Severity::High,
            score: 1.0,
            title: sequence.to_string(),
            subject: "s".to_owned(),
            namespace: String::new(),
            owner: String::new(),
            team: String::new(),
            last_seen: time,
            at: time,
            decided: None,
            body: json!({}),
        }],
        documents: vec![DocumentPut {
            collection: Collection::BASELINES,
            name: stream.to_owned(),
            // The document counts the batches: a doubled one would be a conflict.
            expected: Some(sequence - 1),
            author: "catseye".to_owned(),
            at: time,
            expires: None,
            body: sequence.to_string().into_bytes(),
        }],
        cursors: vec![Cursor {
            name: stream.to_owned(),
            position: sequence.to_string(),
            at: time,
        }],
        ..Batch::default()
    }
}

/// Checks that every stream is whole up to its last batch; answers the last ones.
async fn check(store: &Store, every_event: bool) -> BTreeMap<&'static str, u64> {
    let mut last = BTreeMap::new();
    for stream in STREAMS {
        let sequence = store.last_sequence(stream).await.unwrap();
        last.insert(stream, sequence);
        if sequence == 0 {
            continue;
        }
        let text = sequence.to_string();
        let cursor = store.cursor(stream).await.unwrap().unwrap();
        assert_eq!(cursor.position, text, "cursor of {stream}");
        let incident = store
            .incident_by_fingerprint(Fingerprint(stream.to_owned()))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (incident.title, incident.version),
            (text, sequence),
            "{stream}"
        );
        let document = store
            .document(Collection::BASELINES, stream)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(document.version, sequence, "document of {stream}");
        let object = store
            .object_at(key(stream), time_of(sequence))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(object.body, Some(json!({"sequence": sequence})), "{stream}");
    }
    let stats = store.event_stats().await.unwrap();
    assert_eq!(
        stats.events,
        last.values().sum::<u64>() * EVENTS,
        "{stats:?}"
    );
    if every_event {
        let mut seen = BTreeSet::new();
        let mut stream = store.event_stream(EventFilter::default(), 5000);
        while let Some(events) = stream.next().await.unwrap() {
            for event in events {
                assert!(
                    seen.insert(event.event.id.clone()),
                    "{} is there twice",
                    event.event.id
                );
            }
        }
        for (stream, sequence) in &last {
            for sequence in 1..=*sequence {
                for n in 0..EVENTS {
                    assert!(seen.contains(&format!("{stream}-{sequence}-{n}")));
                }
            }
        }
        assert_eq!(seen.len() as u64, stats.events);
    }
    last
}

fn small_segments(folder: &Path) -> Options {
    Options {
        events: Some(folder.to_owned()),
        segment_events: 300,
        ..Options::default()
    }
}

/// Writes for ever, and tells each acknowledged batch; is killed by the tests below.
#[test]
#[ignore = "the child of the kill tests"]
fn writer_child() {
    let (Ok(url), Ok(events)) = (
        std::env::var("CATSEYE_STORE_URL"),
        std::env::var("CATSEYE_STORE_EVENTS"),
    ) else {
        return;
    };
    block_on(async {
        let store = Store::open(&url, small_segments(Path::new(&events)))
            .await
            .unwrap();
        let mut writers = Vec::new();
        for stream in STREAMS {
            let store = store.clone();
            writers.push(tokio::spawn(async move {
                let mut sequence = store.last_sequence(stream).await.unwrap();
                loop {
                    sequence += 1;
                    store.apply(batch(stream, sequence)).await.unwrap();
                    // One write a line: what the parent reads was acknowledged.
                    let line = format!("\nACK {stream} {sequence}\n");
                    std::io::stdout().write_all(line.as_bytes()).unwrap();
                }
            }));
        }
        // Segments are closed under the kills too.
        loop {
            store.maintain(at(0), Retention::default()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
}

/// Kills the child after `patience`, from its start or from its first acknowledgement; answers what it
/// acknowledged last.
fn kill_after(stage: &Stage, patience: Duration, once_writing: bool) -> BTreeMap<String, u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "faults::writer_child",
            "--exact",
            "--ignored",
            "--nocapture",
        ])
        .env("CATSEYE_STORE_URL", &stage.url)
        .env("CATSEYE_STORE_EVENTS", stage.folder.path().join("events"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (first, is_writing) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut acknowledged = BTreeMap::new();
        // The last line may be cut by the kill: only a whole one was acknowledged for sure.
        for line in lines.map_while(Result::ok) {
            let words: Vec<&str> = line.split(' ').collect();
            if let ["ACK", stream, sequence] = words[..]
                && let Ok(sequence) = sequence.parse::<u64>()
            {
                acknowledged.insert(stream.to_owned(), sequence);
                let _only_the_first_counts = first.send(());
            }
        }
        acknowledged
    });
    if once_writing {
        is_writing
            .recv_timeout(Duration::from_mins(1))
            .expect("the child writes");
    }
    std::thread::sleep(patience);
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

fn rounds() -> u64 {
    std::env::var("CATSEYE_STORE_KILLS").map_or(20, |kills| kills.parse().unwrap())
}

fn kill_many_times(stage: &Stage) {
    let mut kills_with_writes = 0;
    let mut total = 0;
    let mut ahead = 0;
    for round in 0..rounds() {
        // Spread over a second without a pattern, and the same in every run.
        let patience = Duration::from_millis(round.wrapping_mul(7_919) % 700);
        // One in four may hit the opening of the store as well.
        let acknowledged = kill_after(stage, patience, round % 4 != 0);
        kills_with_writes += u64::from(!acknowledged.is_empty());
        block_on(async {
            if !stage.is_sqlite() {
                wait_until_alone(&stage.url).await;
            }
            let events = stage.folder.path().join("events");
            let store = Store::open(&stage.url, small_segments(&events))
                .await
                .unwrap();
            let last = check(&store, round % 10 == 9 || round + 1 == rounds()).await;
            for (stream, sequence) in &acknowledged {
                let found = last[stream.as_str()];
                assert!(
                    found >= *sequence,
                    "{stream}: {sequence} was acknowledged, {found} is there"
                );
                ahead += found - sequence;
            }
            total = last.values().sum();
        });
    }
    eprintln!(
        "{} kills, {kills_with_writes} of them while writing; {total} batches, {} events: none lost, none \
         doubled; {ahead} batches were on the disk and not yet acknowledged",
        rounds(),
        total * EVENTS
    );
    assert!(
        kills_with_writes > rounds() / 4,
        "the child was given too little time"
    );
}

/// A killed client's last commit may still run in the server.
async fn wait_until_alone(url: &str) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let others = ask(
            url,
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'catseye'",
        )
        .await;
        if others == ["0"] {
            return;
        }
        assert!(Instant::now() < deadline, "{others:?} sessions are left");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn a_killed_writer_loses_and_doubles_nothing_on_sqlite() {
    kill_many_times(&Stage::sqlite());
}

#[test]
fn a_killed_writer_loses_and_doubles_nothing_on_postgres() {
    if let Some(stage) = Stage::postgres() {
        kill_many_times(&stage);
    }
}

#[test]
fn a_database_that_restarts_loses_and_doubles_nothing() {
    let Some(mut server) = Server::start(&std::env::temp_dir()) else {
        return;
    };
    let stage = Stage::on(&server);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let events = stage.folder.path().join("events");
    let store = runtime
        .block_on(Store::open(&stage.url, small_segments(&events)))
        .unwrap();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut writers = Vec::new();
    for stream in STREAMS {
        let (store, stopped) = (store.clone(), stopped.clone());
        writers.push(runtime.spawn(async move {
            let mut sequence = 0;
            while !*stopped.borrow() {
                sequence += 1;
                // It keeps trying: no error may reach the caller.
                store.apply(batch(stream, sequence)).await.unwrap();
            }
            sequence
        }));
    }
    for restart in 1..=3 {
        let before = runtime.block_on(wait_for_batches(&store, restart * 40));
        server.restart();
        runtime.block_on(wait_for_batches(&store, before + 40));
    }
    stop.send(true).unwrap();
    let mut sequences = BTreeMap::new();
    for (stream, writer) in STREAMS.into_iter().zip(writers) {
        sequences.insert(stream, runtime.block_on(writer).unwrap());
    }
    assert_eq!(runtime.block_on(check(&store, true)), sequences);
}

/// Waits until so many batches are there; answers how many there are.
async fn wait_for_batches(store: &Store, count: u64) -> u64 {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        if let Ok(stats) = store.event_stats().await
            && stats.events >= count * EVENTS
        {
            return stats.events / EVENTS;
        }
        assert!(Instant::now() < deadline, "no progress");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Writes until it fails; answers the error and the batch that was refused.
async fn write_until_full(store: &Store, mut sequence: u64) -> (Error, u64) {
    for _ in 0..200_000 {
        sequence += 1;
        let mut batch = batch("a", sequence);
        for (n, event) in batch.events.iter_mut().enumerate() {
            // It does not compress, so that the disk is full soon.
            let mut noise = sequence.wrapping_mul(31).wrapping_add(n as u64) | 1;
            event.raw = (0..4000)
                .map(|_| {
                    noise = noise
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                    char::from(b'!' + u8::try_from((noise >> 33) % 90).unwrap())
                })
                .collect();
        }
        if let Err(err) = store.apply(batch).await {
            return (err, sequence);
        }
    }
    panic!("the disk is not full");
}

#[test]
fn a_full_disk_is_said_and_damages_nothing_on_sqlite() {
    let Some(disk) = SmallDisk::mount(8) else {
        return;
    };
    let ballast = disk.0.path().join("ballast");
    std::fs::write(&ballast, vec![1; 2 << 20]).unwrap();
    let folder = disk.0.path().join("store");
    block_on(async {
        let options = Options {
            segment_events: 70,
            ..Options::default()
        };
        let store = Store::open(folder.to_str().unwrap(), options.clone())
            .await
            .unwrap();
        let (err, refused) = write_until_full(&store, 0).await;
        assert!(matches!(err, Error::Full { .. }), "{err:?}");
        assert!(err.is_passing());
        // What was acknowledged is there, and can be read while the disk is full.
        let last = check(&store, true).await["a"];
        assert_eq!(last, refused - 1);
        // Full a second time, in the same state.
        let again = store.apply(batch("a", refused)).await;
        if again.is_ok() {
            let (err, _) = write_until_full(&store, refused).await;
            assert!(matches!(err, Error::Full { .. }), "{err:?}");
        }
        let last = check(&store, true).await["a"];
        drop(store);
        // Opening needs a little space; without it that is said.
        if let Err(err) = Store::open(folder.to_str().unwrap(), options.clone()).await {
            assert!(matches!(err, Error::Full { .. }), "{err:?}");
        }
        std::fs::remove_file(&ballast).unwrap();
        let store = Store::open(folder.to_str().unwrap(), options.clone())
            .await
            .unwrap();
        assert_eq!(check(&store, true).await["a"], last);
        store.apply(batch("a", last + 1)).await.unwrap();
        store
            .maintain(at(1_000_000), Retention::default())
            .await
            .unwrap();
        assert_eq!(check(&store, true).await["a"], last + 1);
        drop(store);
        let database = rusqlite::Connection::open(folder.join("catseye.db")).unwrap();
        let sound: String = database
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(sound, "ok");
    });
}

#[test]
fn a_full_disk_is_said_and_damages_nothing_on_postgres() {
    let Some(disk) = SmallDisk::mount(160) else {
        return;
    };
    let Some(server) = Server::start(disk.0.path()) else {
        return;
    };
    let stage = Stage::on(&server);
    let ballast = disk.0.path().join("ballast");
    block_on(async {
        let events = stage.folder.path().join("events");
        let options = Options {
            events: Some(events),
            // Only the database's disk is full here: everything stays in blocks.
            ..Options::default()
        };
        let store = Store::open(&stage.url, options.clone()).await.unwrap();
        store.apply(batch("a", 1)).await.unwrap();
        fill_disk(&ballast, disk.0.path());
        let (err, refused) = write_until_full(&store, 1).await;
        assert!(err.is_passing(), "{err:?}");
        std::fs::remove_file(&ballast).unwrap();
        // When the log was full PostgreSQL stops itself and recovers: it is waited for.
        let deadline = Instant::now() + Duration::from_mins(1);
        while store.apply(batch("a", refused)).await.is_err() {
            assert!(Instant::now() < deadline, "it does not come back");
        }
        assert_eq!(check(&store, true).await["a"], refused);
    });
}

/// Leaves about two megabytes.
fn fill_disk(ballast: &Path, disk: &Path) {
    let mut file = std::fs::File::create(ballast).unwrap();
    let part = vec![1; 1 << 20];
    while free_megabytes(disk) > 2 {
        if file.write_all(&part).is_err() {
            break;
        }
    }
}

fn free_megabytes(disk: &Path) -> u64 {
    let output = Command::new("df")
        .args(["--output=avail", "-m"])
        .arg(disk)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().nth(1).unwrap().trim().parse().unwrap()
}
