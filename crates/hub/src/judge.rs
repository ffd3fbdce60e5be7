//! Posture as objects change: what a change can concern is judged at once, the rest in a sweep.
//!
//! At once: the objects that changed, those that stand for them, and the others of their namespaces,
//! because most of what one object says of another stays within a namespace. The sweep judges everything
//! anew and puts right what reaches farther. What was derived from the whole Inventory is derived again
//! only when something that it reads has changed.

use std::collections::BTreeSet;
use std::sync::Arc;

use catseye_checks::{Changed, Config, Indexes, Judge, Verdict};
use catseye_model::{Inventory, Kind, ObjectId};

use crate::world::Judged;

/// A namespace with more judged objects than this waits for the sweep.
const NAMESPACE_AT_ONCE: usize = 400;

/// What there is to judge.
#[derive(Debug, Default)]
pub(crate) struct Work {
    /// Objects to judge, or to forget where they are gone or others stand for them.
    pub(crate) objects: BTreeSet<ObjectId>,
    /// Namespaces in which something changed that others depend on.
    pub(crate) namespaces: BTreeSet<Box<str>>,
    /// What is different, as far as others depend on it.
    pub(crate) changed: Changed,
}

/// Judges what a change can concern at once.
pub(crate) fn at_once(
    inventory: &Inventory,
    config: &Config,
    verdicts: &mut Vec<Option<Judged>>,
    indexes: &Indexes,
    version: u64,
    work: &Work,
) -> Indexes {
    let judge = Judge::new(inventory, config, catseye_checks::all())
        .with_indexes(indexes.after(&work.changed));
    let mut objects = work.objects.clone();
    for namespace in &work.namespaces {
        objects.extend(neighbours(inventory, namespace));
    }
    verdicts.resize(inventory.ids(), None);
    for id in objects {
        let verdict = if inventory.get(id).is_some() {
            judge.verdict(id)
        } else {
            None
        };
        if let Some(slot) = verdicts.get_mut(id.0 as usize) {
            *slot = verdict.map(|verdict| Judged {
                version,
                verdict: Arc::new(verdict),
            });
        }
    }
    judge.indexes()
}

/// The judged objects of a namespace, unless there are too many.
fn neighbours(inventory: &Inventory, namespace: &str) -> Vec<ObjectId> {
    let mut found = Vec::new();
    for kind in Kind::ALL.iter().chain([&Kind::Other]) {
        for (id, _) in inventory.in_namespace(*kind, namespace) {
            if inventory.is_judged(id) {
                found.push(id);
            }
        }
        if found.len() > NAMESPACE_AT_ONCE {
            return Vec::new();
        }
    }
    found
}

/// Judges everything, on all processors.
pub(crate) fn sweep(
    inventory: &Inventory,
    config: &Config,
    indexes: Indexes,
) -> (Vec<Verdict>, Indexes) {
    let judge = Judge::new(inventory, config, catseye_checks::all()).with_indexes(indexes);
    let judged: Vec<ObjectId> = inventory
        .objects()
        .map(|(id, _)| id)
        .filter(|id| inventory.is_judged(*id))
        .collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = judged.len().div_ceil(threads).max(1);
    let verdicts = std::thread::scope(|scope| {
        let workers: Vec<_> = judged
            .chunks(share)
            .map(|ids| {
                let judge = &judge;
                scope.spawn(move || -> Vec<Verdict> {
                    ids.iter().filter_map(|id| judge.verdict(*id)).collect()
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("a check does not panic"))
            .collect()
    });
    (verdicts, judge.indexes())
}

/// How many findings verdicts hold.
pub(crate) fn count(verdicts: &[Option<Judged>]) -> usize {
    verdicts
        .iter()
        .flatten()
        .map(|judged| judged.verdict.findings.len())
        .sum()
}
