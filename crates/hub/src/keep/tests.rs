//! What is told as written is written, once and in its order, whatever the store does meanwhile.

use std::path::Path;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use catseye_store::{EventFilter, LARGEST_BODY, Options};
use tokio::runtime::Runtime;

use super::*;

struct Stage {
    folder: tempfile::TempDir,
    runtime: Runtime,
    keep: Arc<Keep>,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let address = folder.path().display().to_string();
        let store = runtime
            .block_on(Store::open(&address, Options::default()))
            .unwrap();
        let keep = Arc::new(Keep::new(store, runtime.handle().clone()));
        Stage {
            folder,
            runtime,
            keep,
        }
    }

    /// A connection of somebody else to the same database.
    fn other(&self) -> rusqlite::Connection {
        let path: &Path = self.folder.path();
        rusqlite::Connection::open(path.join("catseye.db")).unwrap()
    }

    /// Ids of the events that are kept, in the order in which they were written.
    fn kept(&self) -> Vec<String> {
        let events = self.keep.store().events(EventFilter::default(), None, 100);
        let page = self.runtime.block_on(events).unwrap();
        let mut ids: Vec<String> = page.events.into_iter().map(|it| it.event.id).collect();
        ids.sort();
        ids
    }
}

fn event(id: &str) -> EventRecord {
    EventRecord {
        time: Timestamp::UNIX_EPOCH,
        source: "audit".to_owned(),
        actor: "ann".to_owned(),
        verb: "get".to_owned(),
        resource: "pods".to_owned(),
        subresource: String::new(),
        namespace: "shop".to_owned(),
        name: String::new(),
        code: 200,
        source_ip: String::new(),
        user_agent: String::new(),
        id: id.to_owned(),
        raw: "{}".to_owned(),
    }
}

#[test]
fn nobody_hears_that_all_is_written_while_another_still_writes() {
    let stage = Stage::new();
    let other = stage.other();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    stage.keep.event(event("one"));
    let first = {
        let keep = Arc::clone(&stage.keep);
        std::thread::spawn(move || keep.flush().is_ok())
    };
    let deadline = Instant::now() + Duration::from_mins(1);
    while stage.keep.waiting() > 0 {
        assert!(Instant::now() < deadline, "it is never taken");
        std::thread::yield_now();
    }
    // It is on its way, and the store takes nothing: there is nothing left to write, and all the same it is
    // not written.
    let (say, heard) = mpsc::channel();
    let keep = Arc::clone(&stage.keep);
    let second = std::thread::spawn(move || {
        let written = keep.flush().is_ok();
        let _ = say.send(());
        written
    });
    let early = heard.recv_timeout(Duration::from_millis(300));
    assert_eq!(early, Err(RecvTimeoutError::Timeout));
    other.execute_batch("ROLLBACK").unwrap();
    assert!(first.join().unwrap() && second.join().unwrap());
    assert_eq!(stage.kept(), ["one"]);
}

#[test]
fn what_failed_is_sent_again_first_and_counts_once() {
    let stage = Stage::new();
    let at = Timestamp::UNIX_EPOCH;
    let keep = &stage.keep;
    let other = stage.other();
    other
        .execute_batch("ALTER TABLE progress RENAME TO away")
        .unwrap();
    keep.event(event("one"));
    keep.cursor("log", "1".to_owned(), at);
    keep.document(PROFILES, b"old".to_vec(), at);
    assert!(keep.flush().is_err());
    // Nothing new came, and all the same not all is written.
    assert!(keep.flush().is_err());
    assert_eq!(keep.waiting(), 0);
    keep.event(event("two"));
    keep.cursor("log", "2".to_owned(), at);
    keep.document(PROFILES, b"new".to_vec(), at);
    assert!(keep.flush().is_err());
    other
        .execute_batch("ALTER TABLE away RENAME TO progress")
        .unwrap();
    keep.flush().unwrap();
    keep.flush().unwrap();
    assert_eq!(stage.kept(), ["one", "two"]);
    assert_eq!(keep.position("log").unwrap().as_deref(), Some("2"));
    assert_eq!(keep.text(PROFILES).unwrap().as_deref(), Some("new"));
}

#[test]
fn how_far_a_stream_was_read_is_known_before_it_is_written() {
    let stage = Stage::new();
    let keep = &stage.keep;
    let other = stage.other();
    keep.cursor("node", "1".to_owned(), Timestamp::UNIX_EPOCH);
    assert_eq!(keep.reached("node").unwrap().as_deref(), Some("1"));
    other
        .execute_batch("ALTER TABLE progress RENAME TO away")
        .unwrap();
    assert!(keep.flush().is_err());
    assert_eq!(keep.reached("node").unwrap().as_deref(), Some("1"));
    other
        .execute_batch("ALTER TABLE away RENAME TO progress")
        .unwrap();
    keep.flush().unwrap();
    assert_eq!(keep.reached("node").unwrap().as_deref(), Some("1"));
}

#[test]
fn what_is_too_large_is_told_and_keeps_nothing_else_back() {
    let stage = Stage::new();
    let at = Timestamp::UNIX_EPOCH;
    let keep = &stage.keep;
    let mut huge = event("huge");
    huge.raw = format!(
        "{{\"body\": \"{}\", \"verb\": \"get\"}}",
        "x".repeat(9 << 20)
    );
    keep.event(huge);
    keep.document(FLOWS, vec![b'x'; LARGEST_BODY + 1], at);
    keep.document(PROFILES, b"small".to_vec(), at);
    keep.flush().unwrap();
    assert_eq!(stage.kept(), ["huge"]);
    assert_eq!(keep.text(PROFILES).unwrap().as_deref(), Some("small"));
    let losses = keep.losses();
    assert_eq!((losses.cut, losses.refused), (1, 0));
    assert_eq!(losses.too_large, [(FLOWS, LARGEST_BODY + 1)]);
    keep.document(FLOWS, b"small".to_vec(), at);
    assert_eq!(keep.losses().too_large, []);
}
