//! What an attacker reaches: forward chaining with a counter per conjunction (Dowling and Gallier),
//! linear in nodes and arcs. And its mirror: what may lead to a node.

use crate::bits::Bits;
use crate::solve::Sources;
use crate::topology::{Topology, Without};

/// The nodes that are reached from the sources.
pub fn reached(topology: &Topology, sources: &Sources, without: &Without) -> Bits {
    let mut reached = Bits::with_room(topology.nodes());
    let mut open: Vec<u32> = Vec::new();
    for (node, _) in sources.iter() {
        if !without.nodes.contains(node) && reached.insert(node) {
            open.push(node);
        }
    }
    // How many arcs into a conjunction are still missing; conjunctions are few.
    let mut missing: std::collections::BTreeMap<u32, u32> = std::collections::BTreeMap::new();
    while let Some(node) = open.pop() {
        for (_, arc) in topology.leaving(node) {
            if !without.leaves(arc) || reached.contains(arc.to) {
                continue;
            }
            if topology.is_conjunction(arc.to) {
                let missing = missing
                    .entry(arc.to)
                    .or_insert_with(|| topology.needs(arc.to));
                *missing -= 1;
                if *missing > 0 {
                    continue;
                }
            }
            reached.insert(arc.to);
            open.push(arc.to);
        }
    }
    reached
}

/// The nodes from which an arc, and another, … leads to the target: all that can have a part in
/// reaching it. A conjunction's other premises are part of the way too.
pub fn leading_to(topology: &Topology, target: u32, without: &Without) -> Bits {
    let mut leading = Bits::with_room(topology.nodes());
    let mut open = Vec::new();
    if !without.nodes.contains(target) {
        leading.insert(target);
        open.push(target);
    }
    while let Some(node) = open.pop() {
        for (_, arc) in topology.entering(node) {
            if without.leaves(arc) && !without.nodes.contains(arc.from) && leading.insert(arc.from)
            {
                open.push(arc.from);
            }
        }
    }
    leading
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::solve::brute;

    proptest! {
        #[test]
        fn reach_is_the_least_model(case in brute::cases()) {
            let topology = case.topology();
            let expected = brute::least_model(&case, &case.without);
            prop_assert_eq!(
                reached(&topology, &case.sources, &case.without).iter().collect::<Vec<_>>(),
                expected.into_iter().collect::<Vec<_>>()
            );
        }

        #[test]
        fn making_a_fix_reaches_nothing_new(case in brute::cases(), fix in 0..6_u32) {
            let topology = case.topology();
            let before = reached(&topology, &case.sources, &case.without);
            let mut without = case.without.clone();
            without.fixes.insert(fix);
            for node in reached(&topology, &case.sources, &without).iter() {
                prop_assert!(before.contains(node));
            }
        }

        #[test]
        fn whatever_takes_part_leads_to_the_target(case in brute::cases()) {
            let topology = case.topology();
            let leading = leading_to(&topology, case.target, &case.without);
            for ways in brute::derivations(&case, &case.without) {
                for arc in ways {
                    prop_assert!(leading.contains(topology.arc(arc).from));
                }
            }
        }
    }
}
