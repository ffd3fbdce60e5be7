//! Whether the hub sees all that it should and keeps all that it finds: ready or not, and what is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use catseye_cluster::watch;

use super::{Health, Hub, HubError, locked};
use crate::coverage::Coverage;
use crate::keep::Losses;

/// Kinds named in one sentence.
const NAMED: usize = 5;

/// What is known of the hub's own state.
#[derive(Debug, Default)]
pub(super) struct Sight {
    /// Somebody will say when the first lists are in.
    awaited: AtomicBool,
    /// Every kind was listed once, or cannot be.
    listed: AtomicBool,
    /// What watches the cluster.
    watch: RwLock<Option<Arc<watch::Counters>>>,
    store_failures: AtomicU64,
    /// Kinds that were told in the log as not seen.
    told: Mutex<BTreeSet<String>>,
}

impl Hub {
    /// The hub is not ready until [`Hub::lists_are_in`] is called. Without this call it is ready once every
    /// kind that it heard of was listed, or cannot be.
    pub fn await_lists(&self) {
        self.0.sight.awaited.store(true, Ordering::Release);
    }

    /// Every kind was listed once, or is known as a gap.
    pub fn lists_are_in(&self) {
        self.0.sight.listed.store(true, Ordering::Release);
        if self.watches_drift() {
            self.ask_to_compare();
        }
    }

    /// True while somebody has yet to say that the first lists are in: what is not in the world may be in
    /// the cluster all the same.
    pub(super) fn awaits_lists(&self) -> bool {
        let sight = &self.0.sight;
        sight.awaited.load(Ordering::Acquire) && !sight.listed.load(Ordering::Acquire)
    }

    /// Whose counters tell how the watch of the cluster goes.
    pub fn watched_by(&self, counters: Arc<watch::Counters>) {
        let watch = &self.0.sight.watch;
        *watch.write().unwrap_or_else(PoisonError::into_inner) = Some(counters);
    }

    /// How the watch of the cluster goes; `None` where there is none.
    pub fn watch_counts(&self) -> Option<watch::Counts> {
        let watch = &self.0.sight.watch;
        let watch = watch.read().unwrap_or_else(PoisonError::into_inner);
        watch.as_ref().map(|counters| counters.counts())
    }

    /// How often the store did not take what was to be kept; none of it was lost.
    pub fn store_failures(&self) -> u64 {
        self.0.sight.store_failures.load(Ordering::Relaxed)
    }

    /// Whether what was found last is kept.
    pub fn is_keeping(&self) -> bool {
        locked(&self.0.store_trouble).is_none()
    }

    /// True once every kind was listed, or is known as a gap: before that, what is not in the world may be in
    /// the cluster all the same.
    pub fn lists_are_done(&self) -> bool {
        self.lists_done(self.world().coverage())
    }

    pub(super) fn lists_done(&self, coverage: &Coverage) -> bool {
        let sight = &self.0.sight;
        if sight.listed.load(Ordering::Acquire) {
            return true;
        }
        let done = !sight.awaited.load(Ordering::Acquire)
            && self.world().version() > 0
            && coverage.kinds.values().all(|kind| !kind.is_awaited());
        if done {
            // Kinds that come later do not make a hub unready that was ready.
            sight.listed.store(true, Ordering::Release);
        }
        done
    }

    /// Whether it can work.
    pub fn health(&self) -> Health {
        let world = self.world();
        let coverage = world.coverage();
        let mut troubles = Vec::new();
        let mut lacks = Vec::new();
        if !self.lists_done(coverage) {
            lacks.push("not every kind of object was listed yet");
            let awaited = coverage.kinds.iter().filter(|(_, kind)| kind.is_awaited());
            let names: Vec<&str> = awaited.map(|(name, _)| name.as_str()).collect();
            troubles.push(match names.as_slice() {
                [] => "the first lists are not in".to_owned(),
                names => format!("the first lists are not in, such as {}", named(names)),
            });
        }
        let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (kind, seen) in &coverage.kinds {
            if let Some(gap) = &seen.gap {
                by_reason.entry(gap).or_default().push(kind);
            }
        }
        let gaps = by_reason.values().map(Vec::len).sum();
        for (reason, kinds) in by_reason {
            troubles.push(format!("{} cannot be seen: {reason}", named(&kinds)));
        }
        if let Some(trouble) = locked(&self.0.store_trouble).as_ref() {
            troubles.push(trouble.clone());
        }
        if let Some(keep) = &self.0.keep {
            troubles.extend(not_kept(&keep.losses()));
        }
        Health {
            ready: lacks.is_empty(),
            troubles,
            lacks,
            gaps,
        }
    }

    /// What is not kept as it was, since the start; nothing where nothing is kept.
    pub(crate) fn losses(&self) -> Losses {
        let keep = self.0.keep.as_ref();
        keep.map(crate::keep::Keep::losses).unwrap_or_default()
    }

    /// Notes whether the store takes what is to be kept.
    pub(super) fn note_store(&self, failed: Option<&HubError>) {
        let text = failed.map(|err| {
            let mut text = err.to_string();
            let mut cause = std::error::Error::source(err);
            while let Some(inner) = cause {
                text.push_str(": ");
                text.push_str(&inner.to_string());
                cause = inner.source();
            }
            text
        });
        if text.is_some() {
            self.0.sight.store_failures.fetch_add(1, Ordering::Relaxed);
        }
        let before = std::mem::replace(&mut *locked(&self.0.store_trouble), text.clone());
        match (before, text) {
            (None, Some(text)) => {
                tracing::error!("{text}; nothing is lost, and it is tried again every second");
            }
            (Some(_), None) => tracing::info!("the store takes again what is to be kept"),
            _ => {}
        }
    }

    /// Says in the log which kinds are not seen any more, and which are again.
    pub(super) fn log_sight(&self) {
        let world = self.world();
        let kinds = &world.coverage().kinds;
        let mut told = locked(&self.0.sight.told);
        let mut lost: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (kind, seen) in kinds {
            if let Some(gap) = &seen.gap
                && told.insert(kind.clone())
            {
                lost.entry(gap).or_default().push(kind);
            }
        }
        for (reason, kinds) in lost {
            tracing::warn!("{} cannot be seen: {reason}", named(&kinds));
        }
        let is_gap = |kind: &String| kinds.get(kind).is_some_and(|seen| seen.gap.is_some());
        let back: Vec<String> = told.iter().filter(|kind| !is_gap(kind)).cloned().collect();
        if !back.is_empty() {
            told.retain(is_gap);
            let names: Vec<&str> = back.iter().map(String::as_str).collect();
            tracing::info!("seen again: {}", named(&names));
        }
    }
}

/// What is not kept as it was, a sentence each.
fn not_kept(losses: &Losses) -> Vec<String> {
    let mut told = Vec::new();
    for (number, words) in [
        (losses.cut, "events were kept without their largest fields"),
        (
            losses.folded,
            "states of objects between two others were not kept, because the store took nothing",
        ),
        (
            losses.dropped,
            "Kubernetes Events were not kept, because the store took nothing",
        ),
    ] {
        if number > 0 {
            told.push(format!("{number} {words}"));
        }
    }
    if let Some(last) = &losses.last_refused {
        let refused = losses.refused;
        told.push(format!("{refused} parts cannot be kept, the last: {last}"));
    }
    for (name, bytes) in &losses.too_large {
        told.push(format!(
            "what was learned ({name}) has {bytes} bytes, too many to be kept: an older state is"
        ));
    }
    told
}

/// The first names, and how many more there are.
fn named(names: &[&str]) -> String {
    let first = names.get(..NAMED).unwrap_or(names).join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
