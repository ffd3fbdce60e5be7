//! Drift, asked and told through the handle.

use std::sync::Arc;
use std::time::{Duration, Instant};

use catseye_drift::DesiredState;
use catseye_drift::ledger::Call;
use catseye_model::ObjectKey;
use jiff::Timestamp;

use super::{Hub, locked};
use crate::clock::Clock;
use crate::drift::{DriftRules, Drifting, OpenDrift, Part, SourceTold, sees};
use crate::feed::ChangeKind;
use crate::inbox::Clue;
use crate::keep::Keep;
use crate::live::ObjectChange;
use crate::world::World;

/// How long the writer is kept from its work to look for authors and meanings.
const SETTLES: Duration = Duration::from_millis(20);
/// How long everything is not compared again because one object changed.
const APART: Duration = Duration::from_secs(30);
/// How many times as long as a comparison took, so that comparing is at most a twentieth of the work.
const REST: u32 = 20;

impl Hub {
    /// Begins to look for drift. Without this nothing is compared.
    pub fn watch_drift(&self, rules: DriftRules) {
        locked(&self.0.drifting).set_rules(rules);
        self.ask_to_compare();
    }

    /// Says what is desired, in place of what this source said before. Sources that come first in the
    /// alphabet count before later ones: `folders` before `helm-releases`. `note` tells what of it could
    /// not be read.
    pub fn desire(&self, source: &str, state: DesiredState, note: Option<String>) {
        locked(&self.0.drifting).set_part(source, Part { state, note });
        self.ask_to_compare();
    }

    /// Says what is to be known about a source of desired state; what it desires stays as it was.
    pub fn note_desired(&self, source: &str, note: Option<String>) {
        locked(&self.0.drifting).set_note(source, note);
    }

    /// Whether drift is looked for.
    pub fn watches_drift(&self) -> bool {
        locked(&self.0.drifting).is_on()
    }

    /// All objects that are not as desired, by key.
    pub fn drifts(&self) -> Vec<Arc<OpenDrift>> {
        locked(&self.0.drifting).rows()
    }

    /// Where desired state comes from.
    pub fn desired_sources(&self) -> Vec<SourceTold> {
        locked(&self.0.drifting).sources()
    }

    pub(crate) fn drifting<T>(&self, with: impl FnOnce(&mut Drifting) -> T) -> T {
        with(&mut locked(&self.0.drifting))
    }

    /// What is desired; nothing where drift is not looked for.
    pub(crate) fn desired_state(&self) -> Arc<DesiredState> {
        let basis = self.drifting(|drifting| drifting.basis());
        basis.map_or_else(Arc::default, |basis| basis.desired().clone())
    }

    /// The calls that wrote an object, oldest first, as far as the log showed them.
    pub(crate) fn changes_of(&self, key: &ObjectKey) -> Vec<Call> {
        self.drifting(|drifting| drifting.ledger().calls(key).to_vec())
    }

    /// Keeps who wrote what, so that answers outlive the audit log and a restart.
    pub(super) fn keep_ledger(&self, keep: &Keep) {
        let ledger = self.drifting(|drifting| drifting.has_news.then(|| drifting.kept_ledger()));
        if let Some(ledger) = ledger {
            keep.ledger(ledger, self.now());
        }
    }

    pub(super) fn ask_to_compare(&self) {
        locked(&self.0.pending).drift = true;
        self.0.wake.notify_all();
    }

    /// Compares everything with what is desired, now. The background does so by itself.
    pub fn compare_drift(&self) {
        let started = Instant::now();
        // It is asked for again when the lists are in.
        if self.world().version() == 0 || self.awaits_lists() {
            return;
        }
        // Before the world is taken: what changes from now on is looked at once more.
        let Some(comparing) = self.drifting(Drifting::begin) else {
            return;
        };
        let world = self.world();
        let compared = comparing.run(&world);
        let mut writer = locked(&self.0.writer);
        let now = self.now();
        let world = self.world();
        let differs = self.drifting(|drifting| drifting.finish(compared, &world, now));
        let took = started.elapsed();
        self.0.counters.compare.add(took);
        *locked(&self.0.compared) = Some((Instant::now(), took));
        if differs {
            self.tell(ChangeKind::Drift, "", world.version());
        }
        self.resolve(&mut writer, now);
    }

    /// Asks for a comparison of everything where a change of one object asked for it and the last one is long
    /// enough ago: definitions and webhooks may change all day.
    pub(super) fn compare_if_due(&self) {
        let due = locked(&self.0.compared)
            .is_none_or(|(ended, took)| ended.elapsed() >= (took * REST).max(APART));
        let mut pending = locked(&self.0.pending);
        if pending.drift_later && due {
            pending.drift_later = false;
            pending.drift = true;
            self.0.wake.notify_all();
        }
    }

    /// Looks at what changed. The writer is held.
    pub(super) fn look_for_drift(&self, changes: &[ObjectChange], world: &World, now: Timestamp) {
        if self.awaits_lists() {
            return;
        }
        let started = Instant::now();
        let mut anew = false;
        self.drifting(|drifting| {
            if !drifting.is_on() {
                return;
            }
            for change in changes {
                anew |= drifting.look(change, world, now);
            }
        });
        if anew {
            locked(&self.0.pending).drift_later = true;
        }
        self.0.counters.drift.add(started.elapsed());
    }

    /// What of the open drifts becomes evidence now.
    pub(super) fn settled_drift(&self, world: &World, now: Timestamp) -> Vec<Clue> {
        let started = Instant::now();
        // Nobody waits for a clock that is told.
        let most = matches!(self.0.clock, Clock::System).then_some(SETTLES);
        let settled = self.drifting(|drifting| drifting.settle(world, now, most));
        if !settled.is_empty() {
            self.0.counters.drift.add(started.elapsed());
        }
        let clues = settled.iter().filter_map(|row| row.clue(now)).collect();
        for row in &settled {
            let kind = ChangeKind::Drift;
            self.tell(kind, &row.id, world.version());
        }
        clues
    }

    /// Incidents that are about nothing but drift which is gone are done.
    pub(super) fn resolve_closed_drift(&self, world: &World, now: Timestamp) {
        let closed = self.drifting(Drifting::take_closed);
        if closed.keys.is_empty() && !closed.all {
            return;
        }
        let open = self.drifting(|drifting| drifting.open_keys());
        let is_gone = |key: &ObjectKey| {
            !open.contains(key) && (closed.keys.contains(key) || sees(world, &key.group, &key.kind))
        };
        let is_news = |key: &ObjectKey| closed.all || closed.keys.contains(key);
        let resolved = self
            .0
            .inbox
            .locked(|rows| rows.resolve_drift(&is_news, &is_gone, now));
        for id in resolved {
            self.note(&id, ChangeKind::IncidentUpdated);
        }
    }

    /// Drift of a state of the past, held to what is desired now; none where drift is not looked for.
    pub fn drifts_of(&self, world: &World) -> Option<Vec<Arc<OpenDrift>>> {
        let (basis, ledger) = self.drifting(|drifting| {
            let basis = drifting.basis()?;
            Some((basis, drifting.ledger().until(world.taken_at())))
        })?;
        Some(Drifting::rows_of(&basis, &ledger, world))
    }
}
