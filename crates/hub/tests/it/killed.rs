//! A hub that is killed at any moment: every event whose batch was answered is kept, and none twice.
//!
//! The parent starts this test once more as a child, which takes batches in by two ways and says which were answered,
//! kills it, and starts the next on the same folder. `CATSEYE_HUB_KILLS=200` does so more often. On SQLite, and
//! on a PostgreSQL that the test starts.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use catseye_hub::auth::Token;
use catseye_hub::intake::{Intake, IntakeConfig};
use catseye_hub::{Clock, Durability, Hub, HubConfig};
use catseye_store::{EventFilter, Options, Store};
use serde_json::json;

use crate::stage::Stage;
use crate::story::config;

const FOLDER: &str = "CATSEYE_HUB_KILLED_FOLDER";
const URL: &str = "CATSEYE_HUB_KILLED_URL";
const ROUND: &str = "CATSEYE_HUB_KILLED_ROUND";
const EVENTS: usize = 5;
/// Numbers from here on are those of the second sender.
const BESIDE: u64 = 1 << 32;

fn batch(round: u64, number: u64) -> Bytes {
    let event = |place: usize| {
        json!({"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata",
            "auditID": format!("{round}-{number}-{place}"), "stage": "ResponseComplete",
            "requestURI": "/api/v1/secrets", "verb": "list",
            "user": {"username": format!("alice-{round}"), "groups": ["system:authenticated"]},
            "sourceIPs": ["10.0.0.1"], "userAgent": "curl",
            "objectRef": {"resource": "secrets", "apiVersion": "v1"},
            "responseStatus": {"code": 200},
            "requestReceivedTimestamp": "2026-11-20T10:00:00.000000Z",
            "stageTimestamp": "2026-11-20T10:00:00.001000Z"})
    };
    let items: Vec<_> = (0..EVENTS).map(event).collect();
    let list = json!({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": items});
    list.to_string().into()
}

/// A hub and its intake on a folder, and the runtime that they need.
fn open(folder: &Path, url: &str) -> (tokio::runtime::Runtime, Store, Hub, Intake) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let options = Options {
        events: Some(folder.join("events")),
        ..Options::default()
    };
    let store = runtime.block_on(Store::open(url, options)).unwrap();
    let config = HubConfig {
        durability: Durability::Acknowledged,
        ..config()
    };
    let handle = runtime.handle().clone();
    let hub = Hub::open_kept(config, Clock::System, store.clone(), handle).unwrap();
    let intake = Intake::open(
        hub.clone(),
        IntakeConfig {
            folder: Some(folder.join("intake")),
            most_bytes: 64 << 20,
            token: Token::known("token"),
        },
    )
    .unwrap();
    (runtime, store, hub, intake)
}

/// Takes batches until it is killed. A test that does nothing unless the other one starts it.
#[test]
fn killed_child() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let round: u64 = std::env::var(ROUND).unwrap().parse().unwrap();
    let url = std::env::var(URL).unwrap();
    let (runtime, _store, hub, intake) = open(Path::new(&folder), &url);
    // Whoever else writes must not make what is on its way look written.
    hub.start();
    let beside = hub.clone();
    std::thread::spawn(move || {
        for number in BESIDE.. {
            let mut lines = batch(round, number).to_vec();
            lines.push(b'\n');
            let mut kept = beside.observe("beside", &lines).map(|_| ());
            while kept.is_err() {
                kept = beside.flush();
            }
            answered(round, number);
        }
    });
    for number in 0..BESIDE {
        if runtime.block_on(intake.take(batch(round, number))).is_ok() {
            answered(round, number);
        }
    }
}

fn answered(round: u64, number: u64) {
    // Past the harness, which would keep it back; in one piece, so that no kill cuts it.
    let line = format!("answered {round}-{number}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

#[test]
fn nothing_that_was_answered_is_lost_and_nothing_is_doubled_on_sqlite() {
    let stage = Stage::sqlite();
    survives_kills(stage.folder.path(), &stage.url);
}

#[test]
fn nothing_that_was_answered_is_lost_and_nothing_is_doubled_on_postgresql() {
    let Some(stage) = Stage::postgres() else {
        return;
    };
    survives_kills(stage.folder.path(), &stage.url);
}

fn survives_kills(folder: &Path, url: &str) {
    let kills: u64 =
        std::env::var("CATSEYE_HUB_KILLS").map_or(4, |text| text.parse().expect("a number"));
    let mut answered: BTreeSet<String> = BTreeSet::new();
    for round in 0..kills {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::killed_child", "--nocapture"])
            .env(FOLDER, folder)
            .env(URL, url)
            .env(ROUND, round.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let errors = child.stderr.take().unwrap();
        let (say, heard) = std::sync::mpsc::channel();
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                let _ = say.send(line);
            }
        });
        // Killed a moment after the first answers, another moment each round.
        let first = heard
            .recv_timeout(Duration::from_mins(1))
            .expect("it answers");
        let until = Instant::now() + Duration::from_millis(5 + (round * 37) % 190);
        let mut lines = vec![first];
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            lines.extend(heard.recv_timeout(left));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        reader.join().unwrap();
        lines.extend(heard.try_iter());
        for line in lines {
            let id = line.strip_prefix("answered ").map(str::to_owned);
            answered.extend(id);
        }
    }
    let (runtime, store, hub, intake) = open(folder, url);
    let deadline = Instant::now() + Duration::from_mins(1);
    while intake.figures().waiting > 0 {
        assert!(Instant::now() < deadline, "{:?}", intake.figures());
        std::thread::yield_now();
    }
    hub.flush().unwrap();
    let mut kept: BTreeMap<String, usize> = BTreeMap::new();
    let mut stream = store.event_stream(EventFilter::default(), 500);
    while let Some(page) = runtime.block_on(stream.next()).unwrap() {
        for stored in page {
            *kept.entry(stored.event.id).or_default() += 1;
        }
    }
    let doubled: Vec<&String> = kept.iter().filter(|it| *it.1 > 1).map(|it| it.0).collect();
    assert!(doubled.is_empty(), "twice: {doubled:?}");
    let lost: Vec<String> = answered
        .iter()
        .flat_map(|id| (0..EVENTS).map(move |place| format!("{id}-{place}")))
        .filter(|id| !kept.contains_key(id))
        .collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    // Every user who listed all secrets is an incident, once.
    let found = hub.inbox().list(&catseye_hub::Filter {
        limit: 1000,
        held_back: true,
        ..Default::default()
    });
    let mut actors: Vec<&str> = found
        .incidents
        .iter()
        .filter_map(|it| it.actor.as_ref().map(|actor| actor.name.as_str()))
        .collect();
    actors.sort_unstable();
    let all = actors.len();
    actors.dedup();
    assert_eq!((actors.len(), all), (usize::try_from(kills).unwrap(), all));
    intake.end();
    eprintln!(
        "{kills} kills, {} batches answered, {} events kept, none lost, none twice",
        answered.len(),
        kept.len()
    );
}
