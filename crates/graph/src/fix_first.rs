//! What to mend first: the fix that takes the most risk away for its effort, then the next one in the
//! world in which the first was made.
//!
//! With conjunctions, the cheapest set of fixes is hard to find in general. So it is taken greedily,
//! and each candidate's effect is not estimated but computed: the whole question is asked again
//! without its edges. Candidates are the fixes on different ways to each jewel ([`diverse`]): a fix on
//! none of them changes none of them. Where two ways are equally good, no single fix lowers the risk;
//! then the fix on most ways is taken, so that every round closes the cheapest way that is left.

use std::collections::BTreeMap;

use crate::graph::Graph;
use crate::node::{Jewel, Node};
use crate::risk::{Entries, Risk, risk};
use crate::solve::diverse::diverse;
use crate::solve::reach::reached;
use crate::topology::{Without, chance_of};

/// One fix, and what it changes when those before it are made.
#[derive(Debug, Clone)]
pub struct Recommendation {
    /// The fix.
    pub fix: u32,
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

/// Up to `count` fixes, in the order in which to make them.
pub fn fix_first(
    graph: &Graph<'_>,
    entries: &Entries,
    without: &Without,
    count: usize,
) -> Vec<Recommendation> {
    let mut without = without.clone();
    let mut before = risk(graph, entries, &without);
    let mut found = Vec::new();
    while found.len() < count {
        let candidates = candidates(graph, entries, &without);
        let best = candidates
            .iter()
            .map(|(fix, hits)| {
                let mut fixed = without.clone();
                fixed.fixes.insert(*fix);
                let after = risk(graph, entries, &fixed);
                let effort = f64::from(graph.fix(*fix).effort.weight());
                let gain = (before.loss - after.loss) / effort;
                let fewer = before.ways.saturating_sub(after.ways);
                (gain, fewer, *hits / effort, *fix, after)
            })
            .reduce(|best, next| {
                let is_better = next
                    .0
                    .total_cmp(&best.0)
                    .then(next.1.cmp(&best.1))
                    .then(next.2.total_cmp(&best.2))
                    .then_with(|| graph.fix_text(best.3).cmp(&graph.fix_text(next.3)))
                    .is_gt();
                if is_better { next } else { best }
            });
        let Some((_, _, _, fix, after)) = best else {
            break;
        };
        without.fixes.insert(fix);
        let saved = before
            .jewels
            .iter()
            .filter(|(jewel, _)| after.jewels.iter().all(|(left, _)| left != jewel))
            .map(|(jewel, _)| *jewel)
            .collect();
        found.push(Recommendation {
            fix,
            before,
            after: after.clone(),
            saved,
        });
        before = after;
    }
    found
}

/// The fixes on different ways to the jewels, each with the weight of the ways that it is on.
fn candidates(graph: &Graph<'_>, entries: &Entries, without: &Without) -> Vec<(u32, f64)> {
    let topology = graph.topology();
    let reachable = reached(topology, &entries.sources, without);
    let mut hits: BTreeMap<u32, f64> = BTreeMap::new();
    for jewel in Jewel::ALL {
        let Some(target) = graph.number(Node::Jewel(jewel)) else {
            continue;
        };
        if !reachable.contains(target) {
            continue;
        }
        for way in diverse(topology, &entries.sources, target, without, WAYS, |_| true) {
            let weight = f64::from(jewel.impact()) * chance_of(way.cost);
            for fix in way.fixes {
                *hits.entry(fix).or_default() += weight;
            }
        }
    }
    let mut candidates: Vec<(u32, f64)> = hits.into_iter().collect();
    candidates.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    candidates.truncate(CANDIDATES);
    candidates
}
