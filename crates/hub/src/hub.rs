//! The handle: takes in what happens, hands out what is known.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use catseye_detect::baseline::Baseline;
use catseye_detect::incident::Watch;
use catseye_detect::{Rules, audit, incident};
use catseye_event::Event;
use catseye_event::intake::Intake;
use catseye_model::{Completeness, Delta, Object, RedactionKey, Severity};
use catseye_store::Store;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::runtime::Handle;

use crate::authors::Authors;
use crate::changes::{Ailments, Origins, Surroundings, clues};
use crate::clock::Clock;
use crate::coverage::{BlindRule, Coverage, SourceCoverage};
use crate::difference::Difference;
use crate::facts::WorldFacts;
use crate::feed::{ChangeKind, Feed};
use crate::inbox::{Action, ActionError, Clue, Filter, Inbox, Incident, Preview, Touched};
use crate::judge;
use crate::keep::{self, Keep};
use crate::live::{Live, ObjectChange};
use crate::paths::{self, Paths};
use crate::stats::{StageCounter, Stats};
use crate::world::{Judged, World};

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
    /// It can answer.
    pub ready: bool,
    /// What is wrong or not done yet, in words; empty when all is well.
    pub troubles: Vec<String>,
}

/// The running hub; clones are the same hub.
#[derive(Debug, Clone)]
pub struct Hub(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: HubConfig,
    clock: Clock,
    world: RwLock<Arc<World>>,
    /// Taken before the others, in this order: watcher, writer, authors.
    watcher: Mutex<Watcher>,
    writer: Mutex<Writer>,
    authors: Mutex<Authors>,
    inbox: Inbox,
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
}

/// What judges events.
#[derive(Debug)]
struct Watcher {
    rules: Rules,
    watch: Watch,
    sources: BTreeMap<String, Source>,
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
struct Pending {
    sweep: bool,
    paths: bool,
    rows: BTreeSet<String>,
    closed: bool,
}

impl Pending {
    fn is_any(&self) -> bool {
        self.sweep || self.paths || !self.rows.is_empty()
    }
}

#[derive(Debug)]
struct Counters {
    apply: StageCounter,
    sweep: StageCounter,
    paths: StageCounter,
    events: StageCounter,
    store: StageCounter,
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
        let mut learned = Baseline::default();
        let inbox = Inbox::default();
        if let Some(keep) = &keep {
            if let Some(json) = keep.learned()? {
                let config = catseye_detect::baseline::Config::default();
                learned = Baseline::from_json(&json, config).map_err(HubError::Learned)?;
            }
            let rows = keep.incidents()?;
            inbox.locked(|held| rows.into_iter().for_each(|row| held.restore(row)));
        }
        Ok(Hub(Arc::new(Inner {
            config,
            clock,
            world: RwLock::new(Arc::new(world)),
            watcher: Mutex::new(Watcher {
                rules: Rules::new(audit::Config::default()),
                watch: Watch::new(incident::Config::default(), learned),
                sources: BTreeMap::new(),
                telling: 0,
                unwritten: 0,
            }),
            writer: Mutex::default(),
            authors: Mutex::default(),
            inbox,
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
                store: StageCounter::new("store"),
            },
            keep,
            store_trouble: Mutex::default(),
            pasts: Mutex::default(),
        })))
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
        *locked(&self.0.store_trouble) = written.as_ref().err().map(|err| {
            let mut text = err.to_string();
            let mut cause = std::error::Error::source(err);
            while let Some(inner) = cause {
                text.push_str(": ");
                text.push_str(&inner.to_string());
                cause = inner.source();
            }
            text
        });
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
        let Some(row) = self.0.inbox.get(id) else {
            return;
        };
        if let Some(keep) = &self.0.keep {
            keep.incident(&row);
        }
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
        self.publish(after.clone());
        for event in &applied.events {
            writer.ailments.hear(event);
        }
        let now = self.now();
        let mut is_first = false;
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
                is_first = true;
                continue;
            }
            writer.waiting.push(Waiting {
                until: now + WAITS,
                change,
                before: before.clone(),
                after: after.clone(),
            });
        }
        if is_first {
            writer.origins.seed(after.inventory());
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
            self.tell(ChangeKind::Coverage, "", after.version());
        }
        self.tell(ChangeKind::Objects, "", after.version());
        self.resolve(&mut writer, now);
        self.0.counters.apply.add(started.elapsed());
        drop(writer);
        self.flush_if_much()
    }

    /// Takes in a piece of an audit log (any shape that `catseye audit` reads), which may end in the
    /// middle of a record. `source` names the stream: pieces of one stream belong together. When it
    /// returns, what it came to is in the inbox.
    pub fn observe(&self, source: &str, bytes: &[u8]) -> Result<Observed, HubError> {
        let started = Instant::now();
        let mut watcher = locked(&self.0.watcher);
        let Watcher {
            rules,
            watch,
            sources,
            telling,
            unwritten,
        } = &mut *watcher;
        let source = sources.entry(source.to_owned()).or_insert_with(|| Source {
            intake: Intake::new(self.0.config.redaction_key.clone()),
            coverage: SourceCoverage::default(),
        });
        let world = self.world();
        let mut authors = locked(&self.0.authors);
        let mut touched: BTreeSet<String> = BTreeSet::new();
        let coverage = &mut source.coverage;
        let before = coverage.events;
        source.intake.feed(bytes, &mut |event: &Event<'_>| {
            coverage.events += 1;
            if let Some(time) = event.time() {
                coverage.first = Some(coverage.first.map_or(time, |first| first.min(time)));
                coverage.last = Some(coverage.last.map_or(time, |last| last.max(time)));
            }
            let detections = rules.observe(event, Some(world.inventory()));
            if let Some(outcome) = watch.observe(event, &detections) {
                *telling += 1;
                touched.insert(outcome.incident);
            }
            authors.note(event);
            if let Some(keep) = &self.0.keep
                && let Some(record) = keep::record(event)
            {
                keep.event(record);
            }
        });
        drop(authors);
        let unreadable = &source.intake.tally().unreadable;
        let was: u64 = coverage.unreadable.values().sum();
        coverage.unreadable = unreadable
            .iter()
            .map(|(cause, found)| (cause.name().to_owned(), found.count))
            .collect();
        let is: u64 = coverage.unreadable.values().sum();
        let observed = Observed {
            events: coverage.events - before,
            unreadable: is.saturating_sub(was),
        };
        let clues: Vec<Clue> = touched
            .iter()
            .filter_map(|id| watch.incident(id))
            .map(|incident| Clue::detected(&incident))
            .collect();
        let now = self.now();
        self.take(clues, &world, now);
        *unwritten += observed.events;
        if *unwritten >= LEARNED_EVERY {
            *unwritten = 0;
            if let Some(keep) = &self.0.keep {
                keep.baseline(watch.baseline().to_json(), now);
            }
        }
        drop(watcher);
        {
            let mut writer = locked(&self.0.writer);
            self.resolve(&mut writer, now);
        }
        self.0.counters.events.add(started.elapsed());
        match self.0.config.durability {
            Durability::Acknowledged => self.flush()?,
            Durability::Gathered => self.flush_if_much()?,
        }
        Ok(observed)
    }

    /// Changes whose author is known by now, or will not be, become clues; so does what has lasted too
    /// long.
    fn resolve(&self, writer: &mut Writer, now: Timestamp) {
        let mut found: Vec<Clue> = writer.ailments.overdue(now);
        let mut world = self.world();
        if !writer.waiting.is_empty() {
            let mut authors = locked(&self.0.authors);
            let waiting = std::mem::take(&mut writer.waiting);
            for it in waiting {
                let author = authors.of_change(&it.change.key, it.change.time);
                if author.is_none() && now < it.until {
                    writer.waiting.push(it);
                    continue;
                }
                let around = Surroundings {
                    before: it.before.inventory(),
                    after: it.after.inventory(),
                    author: author.as_ref(),
                };
                found.extend(clues(&it.change, &around, &mut writer.origins));
                world = it.after.clone();
            }
        }
        if self.world().version() > world.version() {
            world = self.world();
        }
        self.take(found, &world, now);
    }

    /// Puts clues into the inbox.
    fn take(&self, clues: Vec<Clue>, world: &Arc<World>, now: Timestamp) {
        if clues.is_empty() {
            return;
        }
        let facts = WorldFacts(world);
        let touched: BTreeMap<String, Touched> = self.0.inbox.locked(|rows| {
            let mut touched: BTreeMap<String, Touched> = BTreeMap::new();
            for clue in clues {
                if let Some((id, what)) = rows.take(clue, &facts, now) {
                    let known = touched.entry(id).or_insert(what);
                    *known = (*known).max(what);
                }
            }
            for (id, what) in rows.tick(self.0.config.incidents_a_day, now) {
                touched.entry(id).or_insert(what);
            }
            touched
        });
        for (id, what) in &touched {
            self.note(id, kind_of(*what));
        }
        let mut pending = locked(&self.0.pending);
        pending.rows.extend(touched.into_keys());
        self.0.wake.notify_all();
    }

    /// Everything known, as it is now. Never waits.
    pub fn world(&self) -> Arc<World> {
        let world = self.0.world.read().unwrap_or_else(PoisonError::into_inner);
        world.clone()
    }

    fn publish(&self, world: Arc<World>) {
        let mut held = self.0.world.write().unwrap_or_else(PoisonError::into_inner);
        *held = world;
    }

    fn tell(&self, kind: ChangeKind, subject: &str, version: u64) {
        self.0.feed.tell(self.now(), kind, subject, version);
    }

    /// Everything known as it was at a time, from the history in the store; worlds asked for lately are
    /// kept. Reads the store: in async code, call it from `spawn_blocking`.
    pub fn world_at(&self, time: Timestamp) -> Result<Arc<World>, HubError> {
        let now = self.world();
        if time >= self.now() {
            return Ok(now);
        }
        let keep = self.0.keep.as_ref().ok_or(HubError::NoHistory(time))?;
        let known = locked(&self.0.pasts)
            .iter()
            .find(|(at, _)| *at == time)
            .map(|(_, world)| world.clone());
        if let Some(world) = known {
            return Ok(world);
        }
        self.flush()?;
        let objects = keep
            .objects_at(time)?
            .into_iter()
            .filter_map(|value| Object::new(value, None).ok())
            .collect();
        let world = Arc::new(World::judged(objects, self.0.config.completeness, time));
        let mut pasts = locked(&self.0.pasts);
        if pasts.len() == PASTS {
            pasts.pop_front();
        }
        pasts.push_back((time, world.clone()));
        Ok(world)
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
        let now = self.now();
        let changed = self
            .0
            .inbox
            .locked(|rows| rows.act(id, action, by, expected, now))?;
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

    /// What is seen and what is not.
    pub fn coverage(&self) -> Coverage {
        let mut coverage = self.world().coverage().clone();
        let watcher = locked(&self.0.watcher);
        coverage.sources = watcher
            .sources
            .iter()
            .map(|(name, source)| (name.clone(), source.coverage.clone()))
            .collect();
        coverage.blind_rules = watcher
            .rules
            .coverage()
            .gaps()
            .filter(|(_, coverage)| coverage.is_blind())
            .map(|(rule, coverage)| BlindRule {
                rule: rule.id.to_owned(),
                title: rule.title().to_owned(),
                missing: coverage
                    .missing()
                    .map(|aspect| aspect.name().to_owned())
                    .collect(),
            })
            .collect();
        coverage
    }

    /// Whether it can work.
    pub fn health(&self) -> Health {
        let mut troubles = Vec::new();
        let coverage = self.world().coverage().clone();
        for (kind, seen) in &coverage.kinds {
            if let Some(gap) = &seen.gap {
                troubles.push(format!("{kind} cannot be seen: {gap}"));
            }
        }
        if let Some(trouble) = locked(&self.0.store_trouble).as_ref() {
            troubles.push(trouble.clone());
        }
        Health {
            ready: self.world().version() > 0,
            troubles,
        }
    }

    /// Workloads that are less than they should be: since when, and what is wrong.
    pub fn ailing(&self) -> Vec<(catseye_model::ObjectKey, Timestamp, String)> {
        let writer = locked(&self.0.writer);
        writer
            .ailments
            .ill()
            .map(|(key, since, words)| (key.clone(), since, words.to_owned()))
            .collect()
    }

    /// Warnings of Kubernetes about an object, oldest first; kept longer than the hour that Kubernetes
    /// keeps them.
    pub fn warnings_of(&self, key: &catseye_model::ObjectKey) -> Vec<(Timestamp, String)> {
        let writer = locked(&self.0.writer);
        writer
            .ailments
            .events_of(key)
            .map(|(time, words)| (time, words.to_owned()))
            .collect()
    }

    /// Counters.
    pub fn stats(&self) -> Stats {
        let world = self.world();
        let (deltas, unreadable) = {
            let writer = locked(&self.0.writer);
            (writer.deltas, writer.unreadable)
        };
        let (events, telling) = {
            let watcher = locked(&self.0.watcher);
            let events = watcher.sources.values().map(|it| it.coverage.events).sum();
            (events, watcher.telling)
        };
        let counters = &self.0.counters;
        Stats {
            world_version: world.version(),
            objects: world.inventory().len() as u64,
            findings: world.findings() as u64,
            incidents_open: self.0.inbox.list(&Filter::default()).total as u64,
            deltas,
            deltas_unreadable: unreadable,
            events,
            events_telling: telling,
            stages: [
                &counters.apply,
                &counters.sweep,
                &counters.paths,
                &counters.events,
                &counters.store,
            ]
            .into_iter()
            .map(StageCounter::read)
            .collect(),
        }
    }

    /// Lets time pass: changes that nobody claimed are told, accepted risks come due. To be called every
    /// few seconds.
    pub fn tick(&self) {
        let now = self.now();
        {
            let mut writer = locked(&self.0.writer);
            self.resolve(&mut writer, now);
        }
        let changed = self
            .0
            .inbox
            .locked(|rows| rows.tick(self.0.config.incidents_a_day, now));
        for (id, what) in changed {
            self.note(&id, kind_of(what));
        }
    }

    /// Starts the thread that does the heavy work after changes: the sweep, the ways of attack, and
    /// where incidents lead on to. It ends when the last handle is gone or [`Hub::close`] is called.
    pub fn start(&self) {
        let inner = Arc::downgrade(&self.0);
        std::thread::spawn(move || {
            let mut ticked = Instant::now();
            while let Some(hub) = inner.upgrade().map(Hub) {
                let found = {
                    let pending = locked(&hub.0.pending);
                    let (pending, _) = hub
                        .0
                        .wake
                        .wait_timeout_while(pending, Duration::from_secs(1), |pending| {
                            !pending.is_any() && !pending.closed
                        })
                        .unwrap_or_else(PoisonError::into_inner);
                    if pending.closed {
                        return;
                    }
                    pending.is_any()
                };
                if found {
                    std::thread::sleep(DEBOUNCE);
                    hub.work();
                }
                if ticked.elapsed() > Duration::from_secs(1) {
                    hub.tick();
                    // A store that does not answer is told by `health`; what waits is kept.
                    let _ = hub.flush();
                    ticked = Instant::now();
                }
            }
        });
    }

    /// Ends the background thread, and writes what has gathered and what was learned.
    pub fn close(&self) -> Result<(), HubError> {
        locked(&self.0.pending).closed = true;
        self.0.wake.notify_all();
        if let Some(keep) = &self.0.keep {
            let watcher = locked(&self.0.watcher);
            keep.baseline(watcher.watch.baseline().to_json(), self.now());
        }
        self.flush()
    }

    /// Does all heavy work that there is to do, and returns when it is done.
    pub fn settle(&self) {
        while self.work() {}
    }

    /// Does the heavy work that has gathered. True when there was some.
    fn work(&self) -> bool {
        let _one = locked(&self.0.working);
        let todo = {
            let mut pending = locked(&self.0.pending);
            let closed = pending.closed;
            std::mem::replace(
                &mut *pending,
                Pending {
                    closed,
                    ..Pending::default()
                },
            )
        };
        if !todo.is_any() {
            return false;
        }
        if todo.sweep {
            self.sweep();
        }
        let world = self.world();
        if todo.paths {
            let started = Instant::now();
            let paths = Arc::new(Paths::of(&world));
            *self.0.paths.write().unwrap_or_else(PoisonError::into_inner) = Some(paths);
            self.0.counters.paths.add(started.elapsed());
            self.tell(ChangeKind::Paths, "", world.version());
        }
        self.lead_on(&todo, &world);
        if todo.sweep || todo.paths {
            let now = self.now();
            let changed = self
                .0
                .inbox
                .locked(|rows| rows.refresh(&WorldFacts(&world), now));
            for id in changed {
                self.note(&id, ChangeKind::IncidentUpdated);
            }
        }
        true
    }

    /// Judges everything and puts right what was judged before it was known.
    fn sweep(&self) {
        let started = Instant::now();
        let world = self.world();
        let (verdicts, indexes) = judge::sweep(world.inventory(), world.indexes.clone());
        let writer = locked(&self.0.writer);
        let now = self.world();
        let mut next = World::clone(&now);
        let held = Arc::make_mut(&mut next.verdicts);
        held.resize(now.inventory().ids().max(held.len()), None);
        let mut differs = false;
        for verdict in verdicts {
            let id = verdict.object;
            // Judged again since, of a later state.
            let Some(slot) = held.get_mut(id.0 as usize) else {
                continue;
            };
            let later = slot
                .as_ref()
                .is_some_and(|judged| judged.version > world.version());
            let moved = now.version() != world.version()
                && !same_object(world.inventory(), now.inventory(), id);
            let same = slot
                .as_ref()
                .is_some_and(|judged| *judged.verdict == verdict);
            if later || moved || same {
                continue;
            }
            differs = true;
            *slot = Some(Judged {
                version: world.version(),
                verdict: Arc::new(verdict),
            });
        }
        // What was derived from a world that has moved on is derived again by the next one.
        if now.version() == world.version() {
            next.indexes = indexes;
        }
        next.findings = judge::count(&next.verdicts);
        next.version += 1;
        let version = next.version;
        self.publish(Arc::new(next));
        drop(writer);
        self.0.counters.sweep.add(started.elapsed());
        if differs {
            self.tell(ChangeKind::Findings, "", version);
        }
    }

    /// Looks where incidents lead on to.
    fn lead_on(&self, todo: &Pending, world: &Arc<World>) {
        let rows: Vec<Arc<Incident>> = self.0.inbox.locked(|rows| {
            rows.all()
                .filter(|row| row.state.is_active() && row.severity >= Severity::Medium)
                .filter(|row| todo.paths || todo.rows.contains(&row.id))
                .cloned()
                .collect()
        });
        if rows.is_empty() {
            return;
        }
        let asked: Vec<(String, Vec<String>)> = rows
            .iter()
            .map(|row| (row.id.clone(), crate::facts::addresses(row, world)))
            .filter(|(_, addresses)| !addresses.is_empty())
            .collect();
        let answers = world.ask_graph(move |graph| {
            let mut known: BTreeMap<Vec<String>, _> = BTreeMap::new();
            let mut answers = Vec::new();
            for (id, addresses) in asked {
                let onward = known
                    .entry(addresses.clone())
                    .or_insert_with(|| paths::onward(graph, &addresses))
                    .clone();
                answers.push((id, onward));
            }
            answers
        });
        let now = self.now();
        for (id, onward) in answers {
            let changed = self
                .0
                .inbox
                .locked(|rows| rows.lead_on(&id, onward, &WorldFacts(world), now));
            if changed {
                self.note(&id, ChangeKind::IncidentUpdated);
            }
        }
    }
}

fn kind_of(touched: Touched) -> ChangeKind {
    match touched {
        Touched::Opened => ChangeKind::IncidentOpened,
        Touched::Reopened => ChangeKind::IncidentReopened,
        Touched::Updated => ChangeKind::IncidentUpdated,
    }
}

/// True when an id means the same version of the same object in both.
fn same_object(
    one: &catseye_model::Inventory,
    other: &catseye_model::Inventory,
    id: catseye_model::ObjectId,
) -> bool {
    match (one.shared(id), other.shared(id)) {
        (Some(one), Some(other)) => Arc::ptr_eq(&one, &other),
        _ => false,
    }
}
