//! Ways that differ in what has to be mended: the cheapest, the next that avoids one of its fixes, …
//!
//! Ten replicas of one weak pod are ten ways and one defect. What a person wants to see next is a way
//! that stays when a fix of the first is made. So ways are compared by their set of fixes: the search
//! forbids each fix of a found way in turn and takes the cheapest way that is left, until none
//! (Lawler's partition, by exclusion). Every way whose fixes contain no found way's is found, in order of
//! cost; [`brute`](super::brute) says the same by listing all ways.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use crate::solve::Sources;
use crate::solve::cheapest::{UNREACHED, cheapest_to};
use crate::topology::{NO_FIX, Topology, Without};

/// One way to a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// What it costs.
    pub cost: u32,
    /// Its arcs, each after those that it builds on.
    pub arcs: Vec<u32>,
    /// The fixes of its arcs, rising; each alone closes it.
    pub fixes: Vec<u32>,
}

/// How many searches one question may take, found or not; each costs as much as one Dijkstra. So that
/// a large cluster is answered in seconds too, all of them together look at so many arcs.
fn searches(topology: &Topology) -> usize {
    (ARCS / topology.arcs().len().max(1)).clamp(24, 400)
}

/// How many arcs the searches of one question look at.
const ARCS: usize = 16_000_000;

/// Up to `k` ways to the target, cheapest first, none of which needs all fixes of another before it.
///
/// `accept` may refuse a way (it is then not counted, but those that avoid its fixes are still tried).
pub fn diverse(
    topology: &Topology,
    sources: &Sources,
    target: u32,
    without: &Without,
    k: usize,
    mut accept: impl FnMut(&Way) -> bool,
) -> Vec<Way> {
    let mut found: Vec<Way> = Vec::new();
    let mut tried: BTreeSet<Vec<u32>> = BTreeSet::new();
    let mut open: BinaryHeap<Reverse<(u32, usize)>> = BinaryHeap::new();
    let mut candidates: Vec<(Way, Vec<u32>)> = Vec::new();
    let mut todo: Vec<Vec<u32>> = vec![Vec::new()];
    let searches = searches(topology);
    while found.len() < k {
        for banned in todo.drain(..) {
            if tried.len() >= searches || !tried.insert(banned.clone()) {
                continue;
            }
            if let Some(way) = cheapest_avoiding(topology, sources, target, without, &banned) {
                open.push(Reverse((way.cost, candidates.len())));
                candidates.push((way, banned));
            }
        }
        let Some(Reverse((_, place))) = open.pop() else {
            break;
        };
        let (way, banned) = candidates[place].clone();
        for fix in &way.fixes {
            let mut banned = banned.clone();
            if let Err(place) = banned.binary_search(fix) {
                banned.insert(place, *fix);
                todo.push(banned);
            }
        }
        let says_no_more = found
            .iter()
            .any(|earlier| earlier.fixes.iter().all(|fix| way.fixes.contains(fix)));
        if !says_no_more && accept(&way) {
            found.push(way);
        }
    }
    found
}

fn cheapest_avoiding(
    topology: &Topology,
    sources: &Sources,
    target: u32,
    without: &Without,
    banned: &[u32],
) -> Option<Way> {
    let mut without = without.clone();
    for fix in banned {
        without.fixes.insert(*fix);
    }
    let ways = cheapest_to(topology, sources, &without, target);
    if ways.cost(target) == UNREACHED {
        return None;
    }
    let arcs = ways.way(topology, target);
    let fixes: BTreeSet<u32> = arcs
        .iter()
        .map(|arc| topology.arc(*arc).fix)
        .filter(|fix| *fix != NO_FIX)
        .collect();
    Some(Way {
        cost: ways.cost(target),
        arcs,
        fixes: fixes.into_iter().collect(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::solve::brute;

    proptest! {
        #[test]
        fn every_minimal_set_of_fixes_is_found(case in brute::cases()) {
            let topology = case.topology();
            let ways = diverse(&topology, &case.sources, case.target, &case.without, 100, |_| true);
            // Each derivation needs all fixes of some way that was found, so the ways say it all.
            for arcs in brute::derivations(&case, &case.without) {
                let needs: BTreeSet<u32> =
                    arcs.iter().map(|arc| topology.arc(*arc).fix).collect();
                prop_assert!(
                    ways.iter().any(|way| way.fixes.iter().all(|fix| needs.contains(fix))),
                    "{:?} of {:?}", needs, ways
                );
            }
            for (at, way) in ways.iter().enumerate() {
                for earlier in &ways[..at] {
                    prop_assert!(earlier.cost <= way.cost);
                    prop_assert!(!earlier.fixes.iter().all(|fix| way.fixes.contains(fix)));
                }
            }
        }
    }
}
