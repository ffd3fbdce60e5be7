//! The cheapest way: Dijkstra's algorithm as Knuth generalised it to conjunctions.
//!
//! The cost of a conjunction is the sum of the costs of all its premises (each has to be brought
//! about), so a premise that two others share is paid twice: an upper bound that keeps the search
//! greedy, and therefore exact for its own definition and fast.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::solve::Sources;
use crate::topology::{Topology, Without};

/// The cost of a node that cannot be reached.
pub const UNREACHED: u32 = u32::MAX;

/// The arc by which a source is reached, or an unreached node.
const NO_ARC: u32 = u32::MAX;

/// The cheapest way to every node.
#[derive(Debug)]
pub struct Cheapest {
    cost: Vec<u32>,
    via: Vec<u32>,
}

/// Finds the cheapest ways from the sources to all nodes.
pub fn cheapest(topology: &Topology, sources: &Sources, without: &Without) -> Cheapest {
    search(topology, sources, without, None)
}

/// Finds the cheapest way from the sources to one node, and stops there: what costs more is left
/// unreached.
pub fn cheapest_to(
    topology: &Topology,
    sources: &Sources,
    without: &Without,
    target: u32,
) -> Cheapest {
    search(topology, sources, without, Some(target))
}

fn search(
    topology: &Topology,
    sources: &Sources,
    without: &Without,
    target: Option<u32>,
) -> Cheapest {
    let nodes = topology.nodes() as usize;
    let mut ways = Cheapest {
        cost: vec![UNREACHED; nodes],
        via: vec![NO_ARC; nodes],
    };
    let mut open: BinaryHeap<Reverse<(u32, u32)>> = BinaryHeap::new();
    for (node, cost) in sources.iter() {
        if !without.nodes.contains(node) && cost < ways.cost[node as usize] {
            ways.cost[node as usize] = cost;
            open.push(Reverse((cost, node)));
        }
    }
    // For each conjunction: how many premises are missing and what the others cost.
    let mut premises: BTreeMap<u32, (u32, u32)> = BTreeMap::new();
    while let Some(Reverse((cost, node))) = open.pop() {
        if cost > ways.cost[node as usize] {
            continue;
        }
        if Some(node) == target {
            break;
        }
        for (number, arc) in topology.leaving(node) {
            if !without.leaves(arc) {
                continue;
            }
            let mut whole = cost.saturating_add(u32::from(arc.cost));
            if topology.is_conjunction(arc.to) {
                let (missing, sum) = premises
                    .entry(arc.to)
                    .or_insert_with(|| (topology.needs(arc.to), 0));
                *missing = missing.saturating_sub(1);
                *sum = sum.saturating_add(whole);
                if *missing > 0 {
                    continue;
                }
                whole = *sum;
            }
            let known = &mut ways.cost[arc.to as usize];
            if whole < *known {
                *known = whole;
                ways.via[arc.to as usize] = number;
                open.push(Reverse((whole, arc.to)));
            }
        }
    }
    ways
}

impl Cheapest {
    /// The cost of reaching a node, or [`UNREACHED`].
    pub fn cost(&self, node: u32) -> u32 {
        self.cost.get(node as usize).copied().unwrap_or(UNREACHED)
    }

    /// The arcs of the cheapest way to a node, each after those that it builds on; empty for a source
    /// and for what is not reached.
    pub fn way(&self, topology: &Topology, node: u32) -> Vec<u32> {
        let mut arcs = Vec::new();
        let mut done = std::collections::BTreeSet::new();
        // Depth first without recursion: a node is written after all that it builds on.
        let mut open = vec![(node, false)];
        while let Some((node, seen)) = open.pop() {
            let via = self.via.get(node as usize).copied().unwrap_or(NO_ARC);
            if via == NO_ARC || done.contains(&node) {
                continue;
            }
            let into: Vec<u32> = if topology.is_conjunction(node) {
                topology.entering(node).map(|(number, _)| number).collect()
            } else {
                vec![via]
            };
            if seen {
                done.insert(node);
                arcs.extend(into);
            } else {
                open.push((node, true));
                open.extend(
                    into.iter()
                        .rev()
                        .map(|arc| (topology.arc(*arc).from, false)),
                );
            }
        }
        arcs
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::solve::{brute, reach};

    proptest! {
        #[test]
        fn stopping_at_a_node_changes_neither_its_cost_nor_its_way(case in brute::cases()) {
            let topology = case.topology();
            let all = cheapest(&topology, &case.sources, &case.without);
            let one = cheapest_to(&topology, &case.sources, &case.without, case.target);
            prop_assert_eq!(one.cost(case.target), all.cost(case.target));
            prop_assert_eq!(one.way(&topology, case.target), all.way(&topology, case.target));
        }

        #[test]
        fn costs_are_those_of_value_iteration(case in brute::cases()) {
            let topology = case.topology();
            let ways = cheapest(&topology, &case.sources, &case.without);
            prop_assert_eq!(&ways.cost, &brute::costs(&case, &case.without));
        }

        #[test]
        fn the_way_leads_there_by_itself(case in brute::cases()) {
            let topology = case.topology();
            let ways = cheapest(&topology, &case.sources, &case.without);
            for node in 0..topology.nodes() {
                let way = ways.way(&topology, node);
                let mut known: std::collections::BTreeSet<u32> =
                    case.sources.iter().map(|(node, _)| node).collect();
                for arc in &way {
                    let arc = topology.arc(*arc);
                    prop_assert!(known.contains(&arc.from), "{:?}", way);
                    prop_assert!(case.without.leaves(&arc));
                    known.insert(arc.to);
                }
                let reached = reach::reached(&topology, &case.sources, &case.without);
                prop_assert_eq!(ways.cost(node) != UNREACHED, reached.contains(node));
                if reached.contains(node) {
                    prop_assert!(known.contains(&node));
                }
            }
        }
    }
}
