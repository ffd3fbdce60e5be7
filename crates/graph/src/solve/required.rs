//! What no way can do without: the nodes, and the fixes, whose removal alone makes a target unreachable.
//!
//! On a graph without conjunctions the nodes are its dominators. Here they are found without a
//! dominator tree, which conjunctions do not have: whatever all ways share is on the cheapest way
//! too, so only what stands there has to be tried, each by exact recomputation on the part of the
//! graph that leads to the target. A way is some ten steps long, so that is some ten searches.

use crate::solve::Sources;
use crate::solve::cheapest::cheapest;
use crate::solve::reach::reached;
use crate::topology::{NO_FIX, Topology, Without};

/// The nodes without which the target is not reached, in the order of the cheapest way, the target
/// left out; empty when it is not reached at all.
pub fn required_nodes(
    topology: &Topology,
    sources: &Sources,
    target: u32,
    without: &Without,
) -> Vec<u32> {
    let mut candidates = Vec::new();
    let ways = cheapest(topology, sources, without);
    for arc in ways.way(topology, target) {
        let node = topology.arc(arc).from;
        if node != target && !candidates.contains(&node) {
            candidates.push(node);
        }
    }
    candidates.retain(|node| {
        let mut without = without.clone();
        without.nodes.insert(*node);
        !reached(topology, sources, &without).contains(target)
    });
    candidates
}

/// The fixes each of which alone keeps an attacker from the target, in the order of the cheapest way.
pub fn required_fixes(
    topology: &Topology,
    sources: &Sources,
    target: u32,
    without: &Without,
) -> Vec<u32> {
    let mut candidates = Vec::new();
    let ways = cheapest(topology, sources, without);
    for arc in ways.way(topology, target) {
        let fix = topology.arc(arc).fix;
        if fix != NO_FIX && !candidates.contains(&fix) {
            candidates.push(fix);
        }
    }
    candidates.retain(|fix| {
        let mut without = without.clone();
        without.fixes.insert(*fix);
        !reached(topology, sources, &without).contains(target)
    });
    candidates
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::solve::brute;

    proptest! {
        #[test]
        fn required_nodes_are_those_whose_removal_cuts(case in brute::cases()) {
            let topology = case.topology();
            let found: BTreeSet<u32> =
                required_nodes(&topology, &case.sources, case.target, &case.without)
                    .into_iter()
                    .collect();
            prop_assert_eq!(found, brute::dominators(&case));
        }

        #[test]
        fn required_fixes_are_those_that_every_derivation_uses(case in brute::cases()) {
            let topology = case.topology();
            let found: BTreeSet<u32> =
                required_fixes(&topology, &case.sources, case.target, &case.without)
                    .into_iter()
                    .collect();
            let used = brute::derivations(&case, &case.without)
                .into_iter()
                .map(|arcs| {
                    arcs.into_iter()
                        .map(|arc| topology.arc(arc).fix)
                        .filter(|fix| *fix != NO_FIX)
                        .collect::<BTreeSet<u32>>()
                })
                .reduce(|a, b| a.intersection(&b).copied().collect())
                .unwrap_or_default();
            prop_assert_eq!(found, used);
        }
    }
}
