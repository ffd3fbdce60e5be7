//! What to mend first: the object whose change takes the most risk away for its effort, then the next
//! one in the world in which the first was changed.
//!
//! With conjunctions, the cheapest set of changes is hard to find in general. So it is taken greedily,
//! and each candidate's effect is not estimated but computed: the whole question is asked again
//! without its edges. Candidates are the objects on different ways to each jewel
//! ([`diverse`]): an object on none of them changes none of them. A workload counts with all that is
//! wrong with it, since a privileged container that also holds the runtime's socket is safe only
//! without both; what turns out to add nothing is left out again. Where no single object lowers the
//! risk, the one on most ways is taken, so that every round closes the cheapest way that is left.

use std::collections::{BTreeMap, BTreeSet};

use catseye_model::ObjectId;

use crate::build::Effort;
use crate::graph::Graph;
use crate::node::{Jewel, Node};
use crate::risk::{Entries, Risk, risk};
use crate::solve::diverse::diverse;
use crate::solve::reach::{leading_to, reached};
use crate::topology::{NO_FIX, Without, chance_of};

/// One object to change, and what that changes when those before it are changed already.
#[derive(Debug, Clone)]
pub struct Recommendation {
    /// The object.
    pub object: ObjectId,
    /// The changes, all of them needed for the effect.
    pub fixes: Vec<u32>,
    /// The risk before.
    pub before: Risk,
    /// The risk after.
    pub after: Risk,
    /// The jewels that nobody reaches any more.
    pub saved: Vec<Jewel>,
}

/// How many ways to each jewel are looked at for candidates.
const WAYS: usize = 8;

/// How many candidates are tried each round, those on the likeliest ways first.
const CANDIDATES: usize = 16;

/// A candidate.
struct Candidate {
    object: ObjectId,
    fixes: Vec<u32>,
    /// The weight of the ways that it is on.
    hits: f64,
}

/// Up to `count` objects, in the order in which to change them: those on ways to the target, or to any
/// jewel. What they save is always counted over all jewels.
pub fn fix_first(
    graph: &Graph<'_>,
    entries: &Entries,
    target: Option<u32>,
    without: &Without,
    count: usize,
) -> Vec<Recommendation> {
    let mut without = without.clone();
    let mut before = risk(graph, entries, &without);
    let mut found = Vec::new();
    while found.len() < count {
        let candidates = candidates(graph, entries, target, &without);
        let best = candidates
            .into_iter()
            .map(|candidate| {
                let after = risk(graph, entries, &with(&without, &candidate.fixes));
                let effort = effort(graph, &candidate.fixes);
                let gain = (before.loss - after.loss) / effort;
                let fewer = before.ways.saturating_sub(after.ways);
                (gain, fewer, candidate.hits / effort, candidate, after)
            })
            .reduce(|best, next| {
                // Equals are told apart by name, not by the order in which files were read.
                let name = |candidate: &Candidate| graph.object_name(candidate.object);
                let is_better = next
                    .0
                    .total_cmp(&best.0)
                    .then(next.1.cmp(&best.1))
                    .then(next.2.total_cmp(&best.2))
                    .then_with(|| name(&best.3).cmp(&name(&next.3)))
                    .is_gt();
                if is_better { next } else { best }
            });
        let Some((_, _, _, candidate, after)) = best else {
            break;
        };
        let fixes = needed(graph, entries, &without, candidate.fixes, &after);
        without = with(&without, &fixes);
        let saved = before
            .jewels
            .iter()
            .filter(|(jewel, _)| after.jewels.iter().all(|(left, _)| left != jewel))
            .map(|(jewel, _)| *jewel)
            .collect();
        found.push(Recommendation {
            object: candidate.object,
            fixes,
            before,
            after: after.clone(),
            saved,
        });
        before = after;
    }
    found
}

fn with(without: &Without, fixes: &[u32]) -> Without {
    let mut without = without.clone();
    for fix in fixes {
        without.fixes.insert(*fix);
    }
    without
}

/// The hardest change counts in full, each further one in the same object a quarter.
fn effort(graph: &Graph<'_>, fixes: &[u32]) -> f64 {
    let hardest = fixes
        .iter()
        .map(|fix| graph.fix(*fix).effort.weight())
        .max()
        .unwrap_or(1);
    let more = u32::try_from(fixes.len().saturating_sub(1)).unwrap_or(u32::MAX);
    f64::from(hardest) + 0.25 * f64::from(more)
}

/// The changes without those that add nothing to the effect, the hardest left out first.
fn needed(
    graph: &Graph<'_>,
    entries: &Entries,
    without: &Without,
    fixes: Vec<u32>,
    after: &Risk,
) -> Vec<u32> {
    let mut kept = fixes;
    let mut tried = kept.clone();
    tried.sort_by_key(|fix| std::cmp::Reverse((graph.fix(*fix).effort, *fix)));
    for fix in tried {
        if kept.len() == 1 {
            break;
        }
        let fewer: Vec<u32> = kept.iter().copied().filter(|kept| *kept != fix).collect();
        let risk = risk(graph, entries, &with(without, &fewer));
        if risk.ways == after.ways && risk.loss <= after.loss {
            kept = fewer;
        }
    }
    kept
}

/// The objects on different ways to the targets.
fn candidates(
    graph: &Graph<'_>,
    entries: &Entries,
    target: Option<u32>,
    without: &Without,
) -> Vec<Candidate> {
    let topology = graph.topology();
    let reachable = reached(topology, &entries.sources, without);
    let mut hits: BTreeMap<ObjectId, (BTreeSet<u32>, f64)> = BTreeMap::new();
    let targets: Vec<(u32, f64)> = match target {
        Some(target) => vec![(target, 1.0)],
        None => Jewel::ALL
            .into_iter()
            .filter_map(|jewel| {
                Some((graph.number(Node::Jewel(jewel))?, f64::from(jewel.impact())))
            })
            .collect(),
    };
    // What is wrong with a workload, as far as it leads to a target.
    let mut of_workloads: BTreeMap<ObjectId, BTreeSet<u32>> = BTreeMap::new();
    for (target, impact) in targets {
        if !reachable.contains(target) {
            continue;
        }
        for way in diverse(topology, &entries.sources, target, without, WAYS, |_| true) {
            let weight = impact * chance_of(way.cost);
            for fix in way.fixes {
                if let Some(object) = graph.fix(fix).place.object {
                    let (fixes, sum) = hits.entry(object).or_default();
                    fixes.insert(fix);
                    *sum += weight;
                }
            }
        }
        let leading = leading_to(topology, target, without);
        for arc in topology.arcs() {
            let takes_part = arc.fix != NO_FIX
                && reachable.contains(arc.from)
                && leading.contains(arc.to)
                && !without.fixes.contains(arc.fix);
            if !takes_part {
                continue;
            }
            let fix = graph.fix(arc.fix);
            let Some(object) = fix.place.object else {
                continue;
            };
            let is_workload = graph.inventory().object(object).kind().is_workload();
            if is_workload && fix.effort < Effort::High && hits.contains_key(&object) {
                of_workloads.entry(object).or_default().insert(arc.fix);
            }
        }
    }
    for (object, fixes) in of_workloads {
        if let Some((all, _)) = hits.get_mut(&object) {
            all.extend(fixes);
        }
    }
    let mut candidates: Vec<Candidate> = hits
        .into_iter()
        .map(|(object, (fixes, hits))| Candidate {
            object,
            fixes: fixes.into_iter().collect(),
            hits,
        })
        .collect();
    candidates.sort_by(|a, b| b.hits.total_cmp(&a.hits).then(a.object.cmp(&b.object)));
    candidates.truncate(CANDIDATES);
    candidates
}
