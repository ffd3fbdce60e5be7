//! What each entry point adds: for every node, the cost of the cheapest way from it to a target.
//!
//! One Dijkstra against the arcs answers for all entries at once. Where a way passes a conjunction, its
//! other premises cost what they cost from all sources together (`forward`): the attacker who comes
//! through one door may have come through the others before.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::solve::cheapest::{Cheapest, UNREACHED};
use crate::topology::{Topology, Without};

/// The cost from every node to the target, [`UNREACHED`] where there is no way.
pub fn costs_to(
    topology: &Topology,
    target: u32,
    forward: &Cheapest,
    without: &Without,
) -> Vec<u32> {
    let mut costs = vec![UNREACHED; topology.nodes() as usize];
    if without.nodes.contains(target) {
        return costs;
    }
    let mut open = BinaryHeap::from([Reverse((0_u32, target))]);
    costs[target as usize] = 0;
    while let Some(Reverse((cost, node))) = open.pop() {
        if cost > costs[node as usize] {
            continue;
        }
        // For a conjunction, what all premises cost together; each is subtracted when it is the way.
        let together = if topology.is_conjunction(node) {
            topology.entering(node).try_fold(0_u32, |sum, (_, arc)| {
                let premise = premise_cost(forward, arc, without)?;
                Some(sum.saturating_add(premise))
            })
        } else {
            Some(0)
        };
        let Some(together) = together else { continue };
        for (_, arc) in topology.entering(node) {
            if !without.leaves(arc) || without.nodes.contains(arc.from) {
                continue;
            }
            let others = if topology.is_conjunction(node) {
                together - premise_cost(forward, arc, without).unwrap_or(0)
            } else {
                0
            };
            let whole = cost
                .saturating_add(u32::from(arc.cost))
                .saturating_add(others);
            let known = &mut costs[arc.from as usize];
            if whole < *known {
                *known = whole;
                open.push(Reverse((whole, arc.from)));
            }
        }
    }
    costs
}

fn premise_cost(forward: &Cheapest, arc: &crate::topology::Arc, without: &Without) -> Option<u32> {
    let cost = forward.cost(arc.from);
    (cost != UNREACHED && without.leaves(arc)).then(|| cost.saturating_add(u32::from(arc.cost)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::solve::cheapest::cheapest;
    use crate::solve::{Sources, brute};

    proptest! {
        #[test]
        fn without_conjunctions_it_is_the_cheapest_way_from_each_node(case in brute::plain_cases()) {
            let topology = case.topology();
            let all = cheapest(&topology, &case.sources, &case.without);
            let costs = costs_to(&topology, case.target, &all, &case.without);
            for node in 0..topology.nodes() {
                let alone = cheapest(&topology, &Sources::one(node), &case.without);
                prop_assert_eq!(costs[node as usize], alone.cost(case.target));
            }
        }

        #[test]
        fn with_conjunctions_the_best_entry_has_the_cheapest_way(case in brute::cases()) {
            let topology = case.topology();
            let all = cheapest(&topology, &case.sources, &case.without);
            let costs = costs_to(&topology, case.target, &all, &case.without);
            let best = case.sources.iter()
                .map(|(node, cost)| cost.saturating_add(costs[node as usize]))
                .min()
                .unwrap_or(UNREACHED);
            prop_assert_eq!(best, all.cost(case.target));
        }
    }
}
