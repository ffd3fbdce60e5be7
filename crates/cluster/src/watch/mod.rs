//! A cluster as a stream of changes: every kind listed once, then watched.
//!
//! ```text
//!  discover ─► a task a kind: list in pages ─► watch from there ─► redact ─┬─► Deltas (state)
//!     ▲             ▲                │ 410, resync                         └─► Deltas (Events)
//!     │             └────────────────┘
//!     └── a CRD or APIService changed, or a kind answered 404
//! ```
//!
//! A reader that applies every [`Delta`] in turn holds what the cluster holds. What goes wrong on the
//! way is repaired here: a broken stream resumes where it was, a version that is too old leads to a
//! new list, and the difference between what was told and what the list says is told, deletions too.
//! What cannot be repaired is a [`Change::Gap`], and later perhaps a [`Change::Recovered`].
//!
//! A slow reader slows the watch, it never loses anything. Memory here is a key and two hashes an
//! object; the objects themselves are the reader's.

mod backoff;
mod kind;
mod known;
mod lines;
mod supervise;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use catseye_model::Value;
use jiff::Timestamp;
use kube::Client;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use catseye_model::redact::RedactionKey;

use crate::discover::Resource;
use crate::list::Gap;

/// Something that happened in the cluster, or to our view of it.
#[derive(Clone)]
pub struct Delta {
    /// When it came to us.
    pub time: Timestamp,
    /// What it is.
    pub change: Change,
}

/// What a [`Delta`] says.
#[derive(Clone)]
pub enum Change {
    /// An object is there, or is different from before.
    Upsert {
        /// The whole object, redacted; it says its `apiVersion` and `kind`.
        object: Value,
        /// Its kind.
        resource: Arc<Resource>,
    },
    /// An object is no longer there.
    Delete {
        /// Which.
        key: Key,
        /// Its kind.
        resource: Arc<Resource>,
        /// Its last state, redacted, where the server told it. After a gap in the stream it does
        /// not: then the reader's own copy is the last that is known.
        last: Option<Value>,
    },
    /// All objects of a kind have been told. Said again after each new list.
    Synced(Arc<Resource>),
    /// The cluster does not serve a kind any more; its objects have been told as deleted.
    Removed(Arc<Resource>),
    /// A kind, a group or the whole discovery cannot be seen. Its objects may have changed since.
    Gap {
        /// What, and why.
        gap: Gap,
        /// The kind; none for a group, and for the discovery.
        resource: Option<Arc<Resource>>,
    },
    /// What a [`Change::Gap`] said is over. Its objects are told before or after.
    Recovered {
        /// What the gap was of.
        name: String,
        /// The kind; none for a group, and for the discovery.
        resource: Option<Arc<Resource>>,
    },
    /// Every kind that the first discovery found is [`Change::Synced`] or a [`Change::Gap`].
    Settled,
}

/// Which object of a kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Its namespace; none for what stands in none.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl fmt::Debug for Delta {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {:?}", self.time, self.change)
    }
}

/// Identities only: objects may hold what their owners would not print.
impl fmt::Debug for Change {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Upsert { object, resource } => {
                let key = Key::of(object).unwrap_or(Key {
                    namespace: None,
                    name: String::new(),
                });
                write!(out, "Upsert({} {key})", resource.name())
            }
            Change::Delete { key, resource, .. } => {
                write!(out, "Delete({} {key})", resource.name())
            }
            Change::Synced(resource) => write!(out, "Synced({})", resource.name()),
            Change::Removed(resource) => write!(out, "Removed({})", resource.name()),
            Change::Gap { gap, .. } => write!(out, "Gap({} {:?})", gap.resource, gap.reason),
            Change::Recovered { name, .. } => write!(out, "Recovered({name})"),
            Change::Settled => out.write_str("Settled"),
        }
    }
}

impl Key {
    /// The identity of an object; none for one without a name.
    pub fn of(object: &Value) -> Option<Self> {
        let metadata = object.get("metadata")?;
        let text = |field| metadata.get(field).and_then(Value::as_str);
        Some(Key {
            namespace: text("namespace")
                .filter(|name| !name.is_empty())
                .map(str::to_owned),
            name: text("name").filter(|name| !name.is_empty())?.to_owned(),
        })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(namespace) = &self.namespace {
            write!(out, "{namespace}/")?;
        }
        out.write_str(&self.name)
    }
}

/// How a cluster is watched. The defaults suit a hub.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many objects a page of a list holds.
    pub page: usize,
    /// How many deltas may wait for the reader before the watch waits too.
    pub capacity: usize,
    /// How often every kind is listed anew, to find what a watch should have told and did not.
    pub resync: Duration,
    /// How long a kind that we may not see is left alone.
    pub forbidden_retry: Duration,
    /// How often a kind that can be listed but not watched is listed.
    pub poll: Duration,
    /// How long a kind may fail before that is a gap.
    pub patience: Duration,
    /// How often kinds are discovered anew without a reason.
    pub rediscover: Duration,
    /// How long a stream that has had bookmarks may be silent before it counts as dead. API servers
    /// send one a minute.
    pub silence: Duration,
    /// Whether Kubernetes Events are watched too.
    pub events: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            page: 500,
            capacity: 1024,
            resync: Duration::from_hours(1),
            forbidden_retry: Duration::from_mins(10),
            poll: Duration::from_mins(2),
            patience: Duration::from_secs(15),
            rediscover: Duration::from_mins(10),
            silence: Duration::from_secs(150),
            events: true,
        }
    }
}

/// What the watch did so far, for metrics.
#[derive(Debug, Default)]
pub struct Counters {
    lists: AtomicU64,
    streams: AtomicU64,
    expired: AtomicU64,
    failures: AtomicU64,
    deltas: AtomicU64,
    repaired: AtomicU64,
    unreadable: AtomicU64,
}

/// [`Counters`] at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Whole lists read.
    pub lists: u64,
    /// Watch streams opened.
    pub streams: u64,
    /// Times that a version was too old to go on from (410).
    pub expired: u64,
    /// Requests and streams that failed.
    pub failures: u64,
    /// Deltas given to the reader.
    pub deltas: u64,
    /// Changes that a later list told and no stream had: what would otherwise have been missed.
    pub repaired: u64,
    /// Objects without a name, and lines that are no JSON.
    pub unreadable: u64,
}

impl Counters {
    /// The counts now.
    pub fn counts(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            lists: read(&self.lists),
            streams: read(&self.streams),
            expired: read(&self.expired),
            failures: read(&self.failures),
            deltas: read(&self.deltas),
            repaired: read(&self.repaired),
            unreadable: read(&self.unreadable),
        }
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// A stream of deltas. Dropping it ends the watch behind it.
#[derive(Debug)]
pub struct Deltas {
    receiver: mpsc::Receiver<Delta>,
}

impl Deltas {
    /// The next delta; none when the watch has ended, which it does only with its [`Watch`].
    pub async fn next(&mut self) -> Option<Delta> {
        self.receiver.recv().await
    }

    /// Adds what is there, at most `most`, to `deltas`; waits for the first. Zero when the watch ended.
    pub async fn next_many(&mut self, deltas: &mut Vec<Delta>, most: usize) -> usize {
        self.receiver.recv_many(deltas, most).await
    }

    /// How many deltas wait to be read.
    pub fn waiting(&self) -> usize {
        self.receiver.len()
    }
}

/// A running watch.
#[derive(Debug)]
pub struct Watch {
    /// The state of the cluster.
    pub state: Deltas,
    /// Kubernetes Events (kind `Event`), which the cluster forgets after an hour: upserts, gaps and
    /// recoveries, never deletes. Empty and closed when they are not wanted.
    pub events: Deltas,
    /// What it did so far.
    pub counters: Arc<Counters>,
    /// Ends the watch when dropped.
    pub running: Running,
}

/// Ends the watch when dropped.
#[derive(Debug)]
pub struct Running(JoinHandle<()>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Begins to watch every kind that a cluster serves. Must be called within a tokio runtime.
pub fn watch(client: Client, key: RedactionKey, options: Options) -> Watch {
    let (state, state_receiver) = mpsc::channel(options.capacity.max(1));
    let (events, events_receiver) = mpsc::channel(options.capacity.max(1));
    let counters = Arc::new(Counters::default());
    let supervisor =
        supervise::Supervisor::new(client, key, options, state, events, Arc::clone(&counters));
    Watch {
        state: Deltas {
            receiver: state_receiver,
        },
        events: Deltas {
            receiver: events_receiver,
        },
        counters,
        running: Running(tokio::spawn(supervisor.run())),
    }
}
