//! The handle: takes in what happens, hands out what is known.

mod alerts;
mod ask;
mod drift;
mod observe;
mod record;
mod runtime;
mod sight;
mod work;

pub use ask::Learned;
pub use record::Point;
pub use runtime::Sensed;
pub(crate) use runtime::is_node_name;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use catseye_detect::baseline::Baseline;
use catseye_detect::incident::Watch;
use catseye_detect::profile::Profiles;
use catseye_detect::runtime::RuntimeRules;
use catseye_detect::{Rules, Settings};
use catseye_event::intake::Intake;
use catseye_model::{Completeness, Delta, Object, RedactionKey, Value};
use catseye_store::Store;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::runtime::Handle;

use crate::authors::Authors;
use crate::callers::Callers;
use crate::changes::{Ailments, Origins};
use crate::clock::Clock;
use crate::coverage::SourceCoverage;
use crate::difference::Difference;
use crate::drift::Drifting;
use crate::feed::{ChangeKind, Feed};
use crate::inbox::{Action, ActionError, Inbox, Incident, Preview, Touched};
use crate::keep::{self, Keep};
use crate::last_changes::LastChanges;
use crate::live::{Live, ObjectChange};
use crate::own::Own;
use crate::paths::Paths;
use crate::runtime::{Flows, Judge};
use crate::seen::SeenEvents;
use crate::standards::Standards;
use crate::stats::StageCounter;

use crate::world::World;

/// How long a change waits for the audit event that says whose it is.
const WAITS: SignedDuration = SignedDuration::from_secs(10);

/// How long the background waits for more before it does heavy work.
const DEBOUNCE: Duration = Duration::from_millis(300);

/// How the hub judges.
#[derive(Debug, Clone)]
pub struct HubConfig {
    /// The cluster's name, shown beside every answer.
    pub cluster: String,
    /// How much of the cluster the deltas show.
    pub completeness: Completeness,
    /// At most so many new incidents are shown a day; 0 for no limit.
    pub incidents_a_day: u32,
    /// The key under which values of secrets in audit events are hashed.
    pub redaction_key: RedactionKey,
    /// When what was taken in is on the disk.
    pub durability: Durability,
    /// What rules, baselines and incidents are told of the cluster: `[audit]` of the configuration.
    pub settings: Settings,
}

/// When what was taken in is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Events before [`Hub::observe`] returns: what was acknowledged is never lost. Objects within a
    /// second; a watcher tells them again after a restart.
    Acknowledged,
    /// Everything when enough has gathered, at the latest within a second: for recordings, which can be
    /// played again.
    Gathered,
}

/// So much may gather before it is written.
const GATHERED: usize = 4000;

/// What is normal is written after so many events.
const LEARNED_EVERY: u64 = 20_000;

/// Kubernetes Events that are read at the start, for what is said of workloads.
const WARNINGS: usize = 2000;

/// Worlds of the past that are kept.
const PASTS: usize = 4;

/// Why the hub could not be opened or go on.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The store failed.
    #[error("failed to use the store")]
    Store(#[source] catseye_store::Error),
    /// What the store holds of a part cannot be read.
    #[error("failed to read {part} from the store")]
    Kept {
        /// Which part.
        part: &'static str,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// What was learned cannot be read.
    #[error("failed to read what is normal from the store")]
    Learned(#[source] catseye_detect::baseline::InvalidBaseline),
    /// Who wrote which object cannot be read.
    #[error("failed to read who wrote what from the store")]
    Ledger(#[source] catseye_drift::ledger::LedgerError),
    /// What is normal for containers cannot be read.
    #[error("failed to read what is normal for containers from the store")]
    Profiles(#[source] catseye_detect::profile::ReadError),
    /// There is no store, so there is no past.
    #[error("failed to look back to {0}: this hub has no store")]
    NoHistory(Timestamp),
}

/// What became of a batch of audit events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Observed {
    /// Events that were judged.
    pub events: u64,
    /// Records that gave no event.
    pub unreadable: u64,
}

/// Whether the hub can work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Health {
    /// It has seen the cluster once: what it answers is about all of it. A store that takes nothing changes nothing
    /// here.
    pub ready: bool,
    /// What is wrong or not done yet, in words; empty when all is well.
    pub troubles: Vec<String>,
    /// What keeps it from being ready, without names: for those whom nobody knows.
    pub lacks: Vec<&'static str>,
    /// How many kinds cannot be seen.
    pub gaps: usize,
}

/// The running hub; clones are the same hub.
#[derive(Debug, Clone)]
pub struct Hub(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: HubConfig,
    clock: Clock,
    world: RwLock<Arc<World>>,
    /// Since when places are as they are.
    last_changes: RwLock<LastChanges>,
    /// Taken before the others, in this order: watcher, writer, authors, drifting.
    watcher: Mutex<Watcher>,
    writer: Mutex<Writer>,
    authors: Mutex<Authors>,
    drifting: Mutex<Drifting>,
    /// When everything was compared last, and how long that took.
    compared: Mutex<Option<(Instant, Duration)>>,
    inbox: Inbox,
    /// Held from looking at a row until it is put in to be written, so that no older row follows a newer one.
    noting: Mutex<()>,
    feed: Feed,
    paths: RwLock<Option<Arc<Paths>>>,
    pending: Mutex<Pending>,
    wake: Condvar,
    /// One at a time does the heavy work.
    working: Mutex<()>,
    counters: Counters,
    keep: Option<Keep>,
    /// The last failure of the store, until it works again.
    store_trouble: Mutex<Option<String>>,
    pasts: Mutex<VecDeque<(Timestamp, Arc<World>)>>,
    receivers: Mutex<alerts::Receivers>,
    recorded: Mutex<record::Recorded>,
    own: RwLock<Option<Own>>,
    sight: sight::Sight,
    /// Taken after the watcher.
    flows: Mutex<Flows>,
    /// The observed network as it was judged last; taken before the flows, and never by who takes events in.
    observed: Mutex<Option<Arc<crate::runtime::Observed>>>,
}

/// What judges events.
#[derive(Debug)]
struct Watcher {
    rules: Rules,
    watch: Watch,
    runtime: Judge,
    sources: BTreeMap<String, Source>,
    seen: SeenEvents,
    callers: Callers,
    telling: u64,
    /// Events since what is normal was written.
    unwritten: u64,
}

#[derive(Debug)]
struct Source {
    intake: Intake,
    coverage: SourceCoverage,
}

/// What turns deltas into worlds.
#[derive(Debug, Default)]
struct Writer {
    live: Live,
    origins: Origins,
    ailments: Ailments,
    waiting: Vec<Waiting>,
    deltas: u64,
    unreadable: u64,
    /// The time of the newest Kubernetes Event that an earlier run kept: after a restart the API server
    /// tells those of the last hour once more.
    events_until: Option<Timestamp>,
    /// The time of the newest that this run kept.
    newest_event: Option<Timestamp>,
}

/// A change whose author is not known yet.
#[derive(Debug)]
struct Waiting {
    change: ObjectChange,
    before: Arc<World>,
    after: Arc<World>,
    until: Timestamp,
}

#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is work of its own")]
struct Pending {
    sweep: bool,
    paths: bool,
    drift: bool,
    /// Everything is to be compared when the last time is long enough ago.
    drift_later: bool,
    rows: BTreeSet<String>,
    closed: bool,
}

impl Pending {
    fn is_any(&self) -> bool {
        self.sweep || self.paths || self.drift || !self.rows.is_empty()
    }
}

#[derive(Debug)]
struct Counters {
    apply: StageCounter,
    sweep: StageCounter,
    paths: StageCounter,
    events: StageCounter,
    runtime: StageCounter,
    store: StageCounter,
    /// Single objects held to what is desired.
    drift: StageCounter,
    /// Everything held to it.
    compare: StageCounter,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    /// A hub that knows nothing yet and keeps nothing.
    pub fn open(config: HubConfig, clock: Clock) -> Result<Self, HubError> {
        Self::make(config, clock, None)
    }

    /// A hub that keeps what it finds in a store, and goes on where that store stands. `runtime` runs the
    /// store's calls; methods of a hub with a store wait for them, so in async code they belong into
    /// `spawn_blocking`.
    pub fn open_kept(
        config: HubConfig,
        clock: Clock,
        store: Store,
        runtime: Handle,
    ) -> Result<Self, HubError> {
        Self::make(config, clock, Some(Keep::new(store, runtime)))
    }

    fn make(config: HubConfig, clock: Clock, keep: Option<Keep>) -> Result<Self, HubError> {
        let world = World::empty(clock.now(), config.completeness);
        let mut learned = Baseline::new(config.settings.baseline.clone());
        let inbox = Inbox::default();
        let mut points = Vec::new();
        let mut drifting = Drifting::default();
        let mut profiles = Profiles::default();
        let mut flows = Flows::default();
        let mut writer = Writer::default();
        let mut seen = SeenEvents::default();
        if let Some(keep) = &keep {
            if let Some(json) = keep.learned()? {
                let known = config.settings.baseline.clone();
                learned = Baseline::from_json(&json, known).map_err(HubError::Learned)?;
            }
            points = keep.known_points()?;
            if let Some(ledger) = keep.known_ledger()? {
                drifting = Drifting::with(ledger);
            }
            if let Some(text) = keep.text(keep::PROFILES)? {
                profiles = Profiles::from_json(&text).map_err(HubError::Profiles)?;
            }
            if let Some(text) = keep.text(keep::FLOWS)? {
                flows = Flows::read(&text).map_err(|source| HubError::Kept {
                    part: "what was seen of the network",
                    source,
                })?;
            }
            let known = keep.position(keep::KUBERNETES)?;
            writer.events_until = known.and_then(|text| text.parse().ok());
            for event in keep.kubernetes_events(WARNINGS)? {
                if let Ok(value) = serde_json::from_str::<Value>(&event.raw)
                    && let Ok(object) = Object::new(value, None)
                {
                    writer.ailments.hear(&object);
                }
            }
            let since = SeenEvents::known_since(clock.now());
            for batch in keep.seen_since(since)? {
                for mark in batch.marks {
                    seen.is_new(mark, batch.at);
                }
            }
            let rows = keep.incidents(crate::inbox::MOST_ROWS)?;
            inbox.locked(|held| rows.into_iter().for_each(|row| held.restore(row)));
        }
        let settings = config.settings.clone();
        let told = catseye_detect::runtime::Config {
            intel: settings.intel,
            // Whatever the world holds at the time.
            has_inventory: true,
            ..catseye_detect::runtime::Config::default()
        };
        Ok(Hub(Arc::new(Inner {
            config,
            clock,
            world: RwLock::new(Arc::new(world)),
            last_changes: RwLock::default(),
            watcher: Mutex::new(Watcher {
                rules: Rules::new(settings.rules),
                watch: Watch::new(settings.incidents, learned),
                runtime: Judge::new(RuntimeRules::new(told), profiles),
                sources: BTreeMap::new(),
                seen,
                callers: Callers::default(),
                telling: 0,
                unwritten: 0,
            }),
            writer: Mutex::new(writer),
            authors: Mutex::default(),
            drifting: Mutex::new(drifting),
            compared: Mutex::default(),
            inbox,
            noting: Mutex::default(),
            feed: Feed::default(),
            paths: RwLock::default(),
            pending: Mutex::default(),
            wake: Condvar::new(),
            working: Mutex::new(()),
            counters: Counters {
                apply: StageCounter::new("apply"),
                sweep: StageCounter::new("sweep"),
                paths: StageCounter::new("paths"),
                events: StageCounter::new("events"),
                runtime: StageCounter::new("runtime"),
                store: StageCounter::new("store"),
                drift: StageCounter::new("drift"),
                compare: StageCounter::new("compare"),
            },
            keep,
            store_trouble: Mutex::default(),
            pasts: Mutex::default(),
            receivers: Mutex::default(),
            recorded: Mutex::new(record::Recorded::with(points)),
            own: RwLock::default(),
            sight: sight::Sight::default(),
            flows: Mutex::new(flows),
            observed: Mutex::default(),
        })))
    }

    /// Says what the cluster is held to. What is there is judged anew.
    pub fn judge_by(&self, standards: Standards) {
        let _writer = locked(&self.0.writer);
        let mut next = World::clone(&self.world());
        next.standards = Arc::new(standards);
        next.indexes = catseye_checks::Indexes::default();
        next.version += u64::from(next.version > 0);
        self.publish(Arc::new(next));
        locked(&self.0.pending).sweep = true;
        self.0.wake.notify_all();
    }

    /// Says who the hub itself is in the cluster: what it reads there is kept and not judged.
    pub fn know_self(&self, own: Own) {
        *self.0.own.write().unwrap_or_else(PoisonError::into_inner) = Some(own);
    }

    /// The store, where there is one.
    pub fn store(&self) -> Option<&Store> {
        self.0.keep.as_ref().map(Keep::store)
    }

    /// Writes what has gathered.
    pub fn flush(&self) -> Result<(), HubError> {
        let Some(keep) = &self.0.keep else {
            return Ok(());
        };
        let started = Instant::now();
        let written = keep.flush();
        self.note_store(written.as_ref().err());
        self.0.counters.store.add(started.elapsed());
        written
    }

    fn flush_if_much(&self) -> Result<(), HubError> {
        let much = self
            .0
            .keep
            .as_ref()
            .is_some_and(|keep| keep.waiting() >= GATHERED);
        if much { self.flush() } else { Ok(()) }
    }

    /// Tells that a row is another, and keeps it.
    fn note(&self, id: &str, kind: ChangeKind) {
        let noting = locked(&self.0.noting);
        let Some(row) = self.0.inbox.get(id) else {
            return;
        };
        if let Some(keep) = &self.0.keep {
            keep.incident(&row);
        }
        drop(noting);
        self.tell(kind, id, row.version);
    }

    /// How it judges.
    pub fn config(&self) -> &HubConfig {
        &self.0.config
    }

    /// What time it is for the hub.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Keeps a Kubernetes Event, which Kubernetes itself forgets after an hour.
    fn keep_event(&self, writer: &mut Writer, event: &Object, now: Timestamp) {
        let Some(keep) = &self.0.keep else { return };
        let Some(record) = keep::kubernetes_event(event) else {
            return;
        };
        if writer
            .events_until
            .is_some_and(|until| record.time <= until)
        {
            return;
        }
        let newest = writer.newest_event.max(Some(record.time));
        let _together = keep.step();
        if !keep.told(record) {
            return;
        }
        writer.newest_event = newest;
        if let Some(newest) = newest {
            keep.cursor(keep::KUBERNETES, newest.to_string(), now);
        }
    }

    /// Takes in what a watcher saw; when it returns, [`Hub::world`] holds it.
    pub fn apply(&self, deltas: Vec<Delta>) -> Result<(), HubError> {
        if deltas.is_empty() {
            return Ok(());
        }
        let started = Instant::now();
        let mut writer = locked(&self.0.writer);
        writer.deltas += deltas.len() as u64;
        let before = self.world();
        let known: BTreeSet<String> = before
            .coverage()
            .kinds
            .iter()
            .filter(|(_, kind)| kind.synced.is_some())
            .map(|(name, _)| name.clone())
            .collect();
        let (next, applied) = writer.live.apply(&before, deltas);
        writer.unreadable += applied.unreadable;
        let after = Arc::new(next);
        self.last_changes_mut().note(
            &applied.changes,
            before.inventory(),
            after.inventory(),
            after.version(),
        );
        self.publish(after.clone());
        let now = self.now();
        for event in &applied.events {
            writer.ailments.hear(event);
            self.keep_event(&mut writer, event, now);
        }
        self.look_for_drift(&applied.changes, &after, now);
        for change in applied.changes {
            match &change.after {
                Some(object) => writer.ailments.look(after.inventory(), object, change.time),
                None => writer.ailments.forget(&change.key),
            }
            if change.difference < Difference::Content {
                continue;
            }
            if let Some(keep) = &self.0.keep {
                keep.object(&change);
            }
            // What is there when a kind is listed for the first time is no news.
            if !known.contains(&crate::live::kind_name(&change.key.group, &change.key.kind)) {
                if let Some(object) = &change.after {
                    writer.origins.seed(object);
                }
                continue;
            }
            writer.waiting.push(Waiting {
                until: now + WAITS,
                change,
                before: before.clone(),
                after: after.clone(),
            });
        }
        {
            let mut pending = locked(&self.0.pending);
            pending.sweep |= applied.needs_sweep;
            pending.paths |= applied.needs_paths;
            if pending.is_any() {
                self.0.wake.notify_all();
            }
        }
        if applied.coverage_changed {
            // Noted now: a kind that comes later does not make the hub unready.
            let _ready = self.lists_done(after.coverage());
            self.tell(ChangeKind::Coverage, "", after.version());
        }
        self.tell(ChangeKind::Objects, "", after.version());
        self.resolve(&mut writer, now);
        self.0.counters.apply.add(started.elapsed());
        drop(writer);
        self.flush_if_much()
    }

    /// Everything known, as it is now. Never waits.
    pub fn world(&self) -> Arc<World> {
        let world = self.0.world.read().unwrap_or_else(PoisonError::into_inner);
        world.clone()
    }

    fn last_changes_mut(&self) -> std::sync::RwLockWriteGuard<'_, LastChanges> {
        let held = &self.0.last_changes;
        held.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Since when places are as they are.
    pub(crate) fn last_changes(&self) -> std::sync::RwLockReadGuard<'_, LastChanges> {
        let held = &self.0.last_changes;
        held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, world: Arc<World>) {
        let mut held = self.0.world.write().unwrap_or_else(PoisonError::into_inner);
        *held = world;
    }

    fn tell(&self, kind: ChangeKind, subject: &str, version: u64) {
        self.0.feed.tell(self.now(), kind, subject, version);
    }

    /// The ways of attack that were computed last, with the version of the world that they are of;
    /// `None` before the first time.
    pub fn paths(&self) -> Option<Arc<Paths>> {
        let paths = self.0.paths.read().unwrap_or_else(PoisonError::into_inner);
        paths.clone()
    }

    /// The list of incidents.
    pub fn inbox(&self) -> &Inbox {
        &self.0.inbox
    }

    /// What an action would hide.
    pub fn preview(&self, id: &str, action: &Action) -> Result<Preview, ActionError> {
        self.0.inbox.locked(|rows| rows.preview(id, action))
    }

    /// Acts on an incident on behalf of somebody. `expected` is the version that they saw, where they
    /// say it.
    pub fn act(
        &self,
        id: &str,
        action: Action,
        by: &str,
        expected: Option<u64>,
    ) -> Result<Arc<Incident>, ActionError> {
        self.act_because(id, action, None, by, expected)
    }

    /// The same, with what they say to it, which stays in the incident's history.
    pub fn act_because(
        &self,
        id: &str,
        action: Action,
        because: Option<&str>,
        by: &str,
        expected: Option<u64>,
    ) -> Result<Arc<Incident>, ActionError> {
        let now = self.now();
        let because = because.filter(|words| !words.trim().is_empty());
        let changed = self
            .0
            .inbox
            .locked(|rows| rows.act(id, action, because, by, expected, now))?;
        for id in changed {
            self.note(&id, ChangeKind::IncidentUpdated);
        }
        self.flush()
            .map_err(|err| ActionError::Store(Arc::new(err)))?;
        self.0
            .inbox
            .get(id)
            .ok_or_else(|| ActionError::NoSuchIncident(id.to_owned()))
    }

    /// Numbered changes.
    pub fn feed(&self) -> &Feed {
        &self.0.feed
    }
}

fn kind_of(touched: Touched) -> ChangeKind {
    match touched {
        Touched::Opened => ChangeKind::IncidentOpened,
        Touched::Reopened => ChangeKind::IncidentReopened,
        Touched::Updated => ChangeKind::IncidentUpdated,
    }
}
