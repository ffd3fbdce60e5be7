//! Events: written in blocks, moved to segments, found in both.

use catseye_store::{
    Batch, EventFilter, EventRecord, EventsLost, Options, Retention, Store, StoredEvent,
};
use jiff::Timestamp;

use crate::at;
use crate::stage::on_both;

pub(crate) fn event(seconds: i64, actor: &str) -> EventRecord {
    EventRecord {
        time: at(seconds),
        source: "audit".to_owned(),
        actor: actor.to_owned(),
        verb: "create".to_owned(),
        resource: "pods".to_owned(),
        subresource: "exec".to_owned(),
        namespace: "shop".to_owned(),
        name: format!("pod-{seconds}"),
        code: 201,
        source_ip: "10.0.0.1".to_owned(),
        user_agent: "kubectl/v1.36".to_owned(),
        id: format!("id-{seconds}-{actor}"),
        raw: format!("{{\"n\": {seconds}, \"who\": \"{actor}\"}}"),
    }
}

pub(crate) async fn write(store: &Store, events: Vec<EventRecord>) {
    let batch = Batch {
        events,
        ..Batch::default()
    };
    store.apply(batch).await.unwrap();
}

pub(crate) async fn all(store: &Store, filter: EventFilter, page: usize) -> Vec<StoredEvent> {
    let mut stream = store.event_stream(filter, page);
    let mut found = Vec::new();
    while let Some(mut part) = stream.next().await.unwrap() {
        found.append(&mut part);
    }
    found
}

/// The files of all segments; folders are named by their hour.
fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.append(&mut walk(&path));
        } else if path.extension().is_some_and(|it| it == "parquet") {
            found.push(path);
        }
    }
    found
}

/// Three days of events, one every ten minutes, of which one in nine is by `eve`.
fn three_days() -> Vec<EventRecord> {
    (0..432)
        .map(|n| {
            let mut event = event(n * 600, if n % 9 == 4 { "eve" } else { "ann" });
            ["get", "list", "create"][usize::try_from(n % 3).unwrap()].clone_into(&mut event.verb);
            event.code = if n % 5 == 0 { 403 } else { 200 };
            event
        })
        .collect()
}

fn newest_first(mut events: Vec<EventRecord>) -> Vec<EventRecord> {
    events.sort_by_key(|event| std::cmp::Reverse(event.time));
    events
}

fn records(events: Vec<StoredEvent>) -> Vec<EventRecord> {
    events.into_iter().map(|stored| stored.event).collect()
}

/// What a filter must find, looked at one by one.
fn naive(events: &[EventRecord], filter: &EventFilter) -> Vec<EventRecord> {
    let word = |wanted: &Option<String>, found: &String| wanted.as_ref().is_none_or(|w| w == found);
    let fits = |event: &&EventRecord| {
        filter.since.is_none_or(|since| event.time >= since)
            && filter.before.is_none_or(|before| event.time < before)
            && word(&filter.source, &event.source)
            && word(&filter.actor, &event.actor)
            && word(&filter.verb, &event.verb)
            && word(&filter.name, &event.name)
            && word(&filter.id, &event.id)
            && filter.code.is_none_or(|code| code == event.code)
            && filter
                .text
                .as_ref()
                .is_none_or(|text| event.raw.contains(text))
    };
    newest_first(events.iter().filter(fits).cloned().collect())
}

fn filters() -> Vec<EventFilter> {
    let any = EventFilter::default;
    let some = |text: &str| Some(text.to_owned());
    vec![
        any(),
        EventFilter {
            since: Some(at(86_400)),
            before: Some(at(2 * 86_400)),
            ..any()
        },
        EventFilter {
            since: Some(at(600)),
            before: Some(at(600)),
            ..any()
        },
        EventFilter {
            actor: some("eve"),
            ..any()
        },
        EventFilter {
            actor: some("nobody"),
            ..any()
        },
        EventFilter {
            actor: some("zzz"),
            ..any()
        },
        EventFilter {
            verb: some("list"),
            code: Some(403),
            ..any()
        },
        EventFilter {
            code: Some(500),
            ..any()
        },
        EventFilter {
            name: some("pod-1200"),
            ..any()
        },
        EventFilter {
            id: some("id-2400-eve"),
            ..any()
        },
        EventFilter {
            text: some("\"who\": \"eve\""),
            ..any()
        },
        EventFilter {
            text: some("\"n\": 12"),
            actor: some("ann"),
            since: Some(at(50_000)),
            ..any()
        },
        EventFilter {
            text: some("nowhere"),
            ..any()
        },
        EventFilter {
            source: some("audit"),
            verb: some("create"),
            before: Some(at(100_000)),
            ..any()
        },
        EventFilter {
            source: some("sensor"),
            ..any()
        },
    ]
}

on_both! {
    async fn events_are_found_in_blocks_and_in_segments_alike(stage) {
        let store = stage.open().await;
        let events = three_days();
        for part in events.chunks(50) {
            write(&store, part.to_vec()).await;
        }
        for round in 0..3 {
            // First all in blocks, then the first half in segments, then all.
            if round > 0 {
                let now = if round == 1 { at(36 * 3600) } else { at(100 * 3600) };
                let done = store.maintain(now, Retention::default()).await.unwrap();
                assert_eq!((done.segments_written, done.events_moved), (36, 216));
            }
            for filter in filters() {
                let expected = naive(&events, &filter);
                for page in [7, 1000] {
                    assert_eq!(records(all(&store, filter.clone(), page).await), expected, "{filter:?} in round {round}");
                }
            }
        }
        let stats = store.event_stats().await.unwrap();
        assert_eq!((stats.events, stats.in_blocks, stats.segments), (432, 0, 72));
        assert_eq!((stats.oldest, stats.newest), (Some(at(0)), Some(at(431 * 600))));
    }

    async fn every_field_comes_back(stage) {
        let store = stage.open().await;
        let mut odd = event(1, "ünïcode \u{0} \u{1F40B}");
        odd.time = Timestamp::from_microsecond(1_700_000_000_123_456).unwrap();
        odd.code = -1;
        odd.raw = "x".repeat(300_000);
        let empty = EventRecord {
            time: at(0), source: String::new(), actor: String::new(), verb: String::new(),
            resource: String::new(), subresource: String::new(), namespace: String::new(),
            name: String::new(), code: 0, source_ip: String::new(), user_agent: String::new(),
            id: String::new(), raw: String::new(),
        };
        write(&store, vec![odd.clone(), empty.clone()]).await;
        assert_eq!(records(all(&store, EventFilter::default(), 10).await), [empty.clone(), odd.clone()]);
        store.maintain(at(86_400), Retention::default()).await.unwrap();
        assert_eq!(store.event_stats().await.unwrap().in_blocks, 0);
        assert_eq!(records(all(&store, EventFilter::default(), 10).await), [empty, odd]);
    }

    async fn a_segment_whose_file_is_gone_is_a_gap_that_is_counted(stage) {
        let store = stage.open().await;
        write(&store, (0..10).map(|n| event(n, "ann")).collect()).await;
        write(&store, (0..5).map(|n| event(7200 + n, "bob")).collect()).await;
        store.maintain(at(86_400), Retention::default()).await.unwrap();
        assert_eq!(store.event_stats().await.unwrap().segments, 2);
        assert_eq!(store.events_lost().await.unwrap(), EventsLost::default());
        let files = walk(&stage.folder.path().join("events"));
        let oldest = files.iter().min().unwrap();
        std::fs::remove_file(oldest).unwrap();
        drop(store);
        let store = stage.open().await;
        assert_eq!(all(&store, EventFilter::default(), 100).await.len(), 5);
        let page = store.events(EventFilter::default(), None, 100).await.unwrap();
        assert_eq!(page.read.missing, 10);
        assert_eq!(store.events_lost().await.unwrap(), EventsLost { segments: 1, events: 10 });
    }

    async fn events_of_one_moment_are_paged_without_loss(stage) {
        let store = stage.open().await;
        write(&store, (0..100).map(|n| event(5, &format!("a{n}"))).collect()).await;
        store.maintain(at(7200), Retention::default()).await.unwrap();
        write(&store, (100..200).map(|n| event(5, &format!("a{n}"))).collect()).await;
        let found = all(&store, EventFilter::default(), 7).await;
        let sequences: Vec<_> = found.iter().map(|e| e.sequence).collect();
        assert_eq!(sequences, (1..=200).rev().collect::<Vec<_>>());
    }

    async fn a_page_reads_no_more_than_it_needs(stage) {
        let store = stage.open().await;
        write(&store, three_days()).await;
        store.maintain(at(100 * 3600), Retention::default()).await.unwrap();
        let page = store.events(EventFilter::default(), None, 5).await.unwrap();
        assert!(page.read.parts <= 2, "{:?}", page.read);
        let one = EventFilter { id: Some("id-2400-eve".to_owned()), ..EventFilter::default() };
        let page = store.events(one, None, 5).await.unwrap();
        assert_eq!(page.events.len(), 1);
        assert!(page.read.parts <= 6 && page.read.ruled_out >= 66, "{:?}", page.read);
    }
}

/// Full blocks become a segment by themselves, while others read.
#[test]
fn segments_are_closed_by_themselves() {
    let mut stage = crate::stage::Stage::sqlite();
    stage.options = Options {
        segment_events: 1000,
        ..stage.options
    };
    crate::stage::block_on(async {
        let store = stage.open().await;
        for n in 0..100 {
            write(
                &store,
                (0..100).map(|m| event(n, &format!("a{m}"))).collect(),
            )
            .await;
            assert_eq!(
                store.event_stats().await.unwrap().events,
                (u64::try_from(n).unwrap() + 1) * 100
            );
        }
        let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
        loop {
            let stats = store.event_stats().await.unwrap();
            if stats.segments >= 9 && stats.in_blocks <= 1000 {
                break;
            }
            assert!(std::time::Instant::now() < deadline, "{stats:?}");
            tokio::task::yield_now().await;
        }
        let found = all(&store, EventFilter::default(), 3000).await;
        let sequences: Vec<_> = found.iter().map(|e| e.sequence).collect();
        assert_eq!(sequences, (1..=10_000).rev().collect::<Vec<_>>());
    });
}

/// Segments are read by other engines: `CATSEYE_PARQUET_PYTHON` names a Python with pyarrow and duckdb.
#[test]
fn other_engines_read_the_segments() {
    let Some(python) = std::env::var_os("CATSEYE_PARQUET_PYTHON") else {
        eprintln!("skipped: CATSEYE_PARQUET_PYTHON names no Python with pyarrow and duckdb");
        return;
    };
    let stage = crate::stage::Stage::sqlite();
    crate::stage::block_on(async {
        let store = stage.open().await;
        let mut odd = event(77, "ünïcode \u{1F40B}");
        odd.raw = "x".repeat(100_000);
        let mut events = three_days();
        events.push(odd);
        write(&store, events).await;
        // A segment of several row groups.
        write(
            &store,
            (0..20_000)
                .map(|n| event(10 * 86_400, &format!("a{n}")))
                .collect(),
        )
        .await;
        store
            .maintain(at(20 * 86_400), Retention::default())
            .await
            .unwrap();
        let mut lines = String::new();
        for event in all(&store, EventFilter::default(), 5000).await {
            lines += &serde_json::to_string(&event).unwrap();
            lines.push('\n');
        }
        let expected = stage.folder.path().join("expected.jsonl");
        std::fs::write(&expected, lines).unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/read_segments.py");
        let output = std::process::Command::new(python)
            .arg(script)
            .arg(store.events_folder())
            .arg(expected)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let complained = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}{complained}");
        eprintln!("{}", said.trim());
    });
}
