//! What the hub does besides: the sweep, ways of attack, where incidents lead on to, and time going by.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use catseye_model::Severity;

use super::{DEBOUNCE, Hub, HubError, Pending, kind_of, locked};
use crate::facts::WorldFacts;
use crate::feed::ChangeKind;
use crate::inbox::Incident;
use crate::judge;
use crate::paths::{self, Paths};
use crate::world::{Judged, World};

/// How often it is noted how things stand.
const RECORD: Duration = Duration::from_mins(1);
/// How often in a row drift is looked into, with the writer free in between.
const RESOLVES: usize = 10;
/// How often what was learned of containers and connections is kept.
const LEARNED: Duration = Duration::from_secs(20);

impl Hub {
    /// Lets time pass: changes that nobody claimed are told, accepted risks come due. To be called every
    /// few seconds.
    pub fn tick(&self) {
        let now = self.now();
        for _ in 0..RESOLVES {
            let mut writer = locked(&self.0.writer);
            self.resolve(&mut writer, now);
            drop(writer);
            if !self.drifting(|drifting| drifting.is_cut()) {
                break;
            }
        }
        self.compare_if_due();
        let changed = self
            .0
            .inbox
            .locked(|rows| rows.tick(self.0.config.incidents_a_day, now));
        for (id, what) in changed {
            self.note(&id, kind_of(what));
        }
        self.tell_due(now);
        self.log_sight();
    }

    /// Starts the thread that does the heavy work after changes: the sweep, the ways of attack, and
    /// where incidents lead on to. It ends when the last handle is gone or [`Hub::close`] is called.
    pub fn start(&self) {
        let inner = Arc::downgrade(&self.0);
        std::thread::spawn(move || {
            let mut ticked = Instant::now();
            let mut recorded = Instant::now();
            let mut learned = Instant::now();
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
                    hub.deliver();
                    ticked = Instant::now();
                }
                if learned.elapsed() > LEARNED {
                    hub.keep_learned();
                    learned = Instant::now();
                }
                if recorded.elapsed() > RECORD {
                    hub.record();
                    recorded = Instant::now();
                }
            }
        });
    }

    /// Ends the background thread, and writes what has gathered and what was learned.
    pub fn close(&self) -> Result<(), HubError> {
        locked(&self.0.pending).closed = true;
        self.0.wake.notify_all();
        self.keep_learned();
        if let Some(keep) = &self.0.keep {
            let watcher = locked(&self.0.watcher);
            keep.baseline(watcher.watch.baseline().to_json(), self.now());
            self.keep_ledger(keep);
        }
        self.flush()
    }

    /// Does all heavy work that there is to do, and returns when it is done.
    pub fn settle(&self) {
        loop {
            {
                let mut pending = locked(&self.0.pending);
                pending.drift |= std::mem::take(&mut pending.drift_later);
            }
            if !self.work() {
                return;
            }
        }
    }

    /// Does the heavy work that has gathered. True when there was some.
    fn work(&self) -> bool {
        let _one = locked(&self.0.working);
        let todo = {
            let mut pending = locked(&self.0.pending);
            let closed = pending.closed;
            let drift_later = pending.drift_later && !pending.drift;
            std::mem::replace(
                &mut *pending,
                Pending {
                    closed,
                    drift_later,
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
        if todo.drift {
            self.compare_drift();
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
    pub(super) fn sweep(&self) {
        let started = Instant::now();
        let world = self.world();
        let (verdicts, indexes) = {
            let config = &world.standards.checks;
            judge::sweep(world.inventory(), config, world.indexes.clone())
        };
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
