//! What the algorithms are held against: the same answers by brute force, on small random graphs.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::bits::Bits;
use crate::solve::Sources;
use crate::solve::cheapest::UNREACHED;
use crate::topology::{Arc, NO_FIX, Topology, Without};

/// A small graph with a question.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) nodes: u32,
    pub(crate) conjunctions: Bits,
    pub(crate) arcs: Vec<Arc>,
    pub(crate) sources: Sources,
    pub(crate) target: u32,
    pub(crate) without: Without,
}

impl Case {
    pub(crate) fn topology(&self) -> Topology {
        Topology::new(
            self.nodes,
            self.conjunctions.clone(),
            &self.arcs,
            &mut Vec::new(),
        )
    }
}

fn leaves(node: u32, without: &Without) -> bool {
    !without.nodes.contains(node)
}

/// The arcs into a node, in the numbers that the topology gives them.
fn into(topology: &Topology, node: u32) -> Vec<u32> {
    (0_u32..)
        .zip(topology.arcs())
        .filter(|(_, arc)| arc.to == node)
        .map(|(number, _)| number)
        .collect()
}

/// Graphs of up to eight nodes, some of them conjunctions, fixes shared between arcs.
pub(crate) fn cases() -> impl Strategy<Value = Case> {
    graphs(3)
}

/// The same without conjunctions.
pub(crate) fn plain_cases() -> impl Strategy<Value = Case> {
    graphs(0)
}

fn graphs(conjunctions: usize) -> impl Strategy<Value = Case> {
    (3..9_u32).prop_flat_map(move |nodes| {
        let arc = (0..nodes, 0..nodes, 0..4_u16, prop::option::of(0..6_u32)).prop_map(
            |(from, to, cost, fix)| Arc {
                from,
                to,
                cost: cost * 100,
                fix: fix.unwrap_or(NO_FIX),
            },
        );
        (
            prop::collection::vec(arc, 0..18),
            prop::collection::btree_set(1..nodes, 0..=conjunctions),
            prop::collection::btree_map(0..nodes, 0..300_u32, 1..3),
            0..nodes,
            prop::option::weighted(0.2, 0..6_u32),
            prop::option::weighted(0.2, 0..nodes),
        )
            .prop_map(move |(arcs, conjunctions, sources, target, fix, node)| {
                // A conjunction has one arc from each premise, and none that a fix removes.
                let mut seen = BTreeSet::new();
                let conjunctions: Bits = conjunctions
                    .into_iter()
                    .filter(|node| !sources.contains_key(node))
                    .collect();
                let arcs = arcs
                    .into_iter()
                    .filter(|arc| {
                        !conjunctions.contains(arc.to)
                            || (arc.from != arc.to && seen.insert((arc.from, arc.to)))
                    })
                    .collect();
                Case {
                    nodes,
                    conjunctions,
                    arcs,
                    sources: Sources::of(sources),
                    target,
                    without: Without {
                        fixes: fix.into_iter().collect(),
                        nodes: node.into_iter().collect(),
                    },
                }
            })
    })
}

/// Reach, by repeating every rule until nothing changes.
pub(crate) fn least_model(case: &Case, without: &Without) -> BTreeSet<u32> {
    costs(case, without)
        .into_iter()
        .zip(0..)
        .filter(|(cost, _)| *cost != UNREACHED)
        .map(|(_, node)| node)
        .collect()
}

/// Costs, by repeating every rule until nothing changes.
pub(crate) fn costs(case: &Case, without: &Without) -> Vec<u32> {
    let topology = case.topology();
    let mut costs = vec![UNREACHED; case.nodes as usize];
    for (node, cost) in case.sources.iter() {
        if leaves(node, without) {
            costs[node as usize] = costs[node as usize].min(cost);
        }
    }
    loop {
        let before = costs.clone();
        for node in 0..case.nodes {
            let through = |arc: &u32| {
                let arc = topology.arc(*arc);
                let cost = before[arc.from as usize];
                (cost != UNREACHED && without.leaves(&arc)).then(|| cost + u32::from(arc.cost))
            };
            let into = into(&topology, node);
            let best = if case.conjunctions.contains(node) {
                into.iter().map(through).sum::<Option<u32>>()
            } else {
                into.iter().filter_map(through).min()
            };
            if let Some(best) = best
                && !(case.conjunctions.contains(node) && into.is_empty())
            {
                let known = &mut costs[node as usize];
                *known = (*known).min(best);
            }
        }
        if costs == before {
            return costs;
        }
    }
}

/// The nodes, apart from the target, whose removal makes a reached target unreachable.
pub(crate) fn dominators(case: &Case) -> BTreeSet<u32> {
    if !least_model(case, &case.without).contains(&case.target) {
        return BTreeSet::new();
    }
    // A target that is a source itself needs nothing else.
    (0..case.nodes)
        .filter(|node| *node != case.target)
        .filter(|node| {
            let mut without = case.without.clone();
            without.nodes.insert(*node);
            !least_model(case, &without).contains(&case.target)
        })
        .collect()
}

/// Every way to the target without detours, as a set of arcs: one arc into each node, all arcs into
/// each conjunction.
pub(crate) fn derivations(case: &Case, without: &Without) -> Vec<BTreeSet<u32>> {
    let topology = case.topology();
    let mut found = BTreeSet::new();
    if leaves(case.target, without) {
        let todo = vec![case.target];
        extend(case, &topology, without, todo, &BTreeMap::new(), &mut found);
    }
    found.into_iter().collect()
}

/// Chooses arcs for the first open node in every possible way.
fn extend(
    case: &Case,
    topology: &Topology,
    without: &Without,
    mut todo: Vec<u32>,
    chosen: &BTreeMap<u32, Vec<u32>>,
    found: &mut BTreeSet<BTreeSet<u32>>,
) {
    let is_source =
        |node: u32| case.sources.iter().any(|(source, _)| source == node) && leaves(node, without);
    let Some(node) = todo.pop() else {
        if is_grounded(topology, chosen, is_source) {
            found.insert(chosen.values().flatten().copied().collect());
        }
        return;
    };
    if chosen.contains_key(&node) {
        extend(case, topology, without, todo, chosen, found);
        return;
    }
    if is_source(node) {
        let mut chosen = chosen.clone();
        chosen.insert(node, Vec::new());
        extend(case, topology, without, todo.clone(), &chosen, found);
    }
    let usable = |arc: &u32| {
        let arc = topology.arc(*arc);
        without.leaves(&arc) && leaves(arc.from, without)
    };
    let into = into(topology, node);
    let choices: Vec<Vec<u32>> = if case.conjunctions.contains(node) {
        if into.is_empty() || !into.iter().all(usable) {
            Vec::new()
        } else {
            vec![into]
        }
    } else {
        into.into_iter()
            .filter(usable)
            .map(|arc| vec![arc])
            .collect()
    };
    for choice in choices {
        let mut chosen = chosen.clone();
        let mut todo = todo.clone();
        todo.extend(choice.iter().map(|arc| topology.arc(*arc).from));
        chosen.insert(node, choice);
        extend(case, topology, without, todo, &chosen, found);
    }
}

/// True when the chosen arcs stand on sources rather than on each other.
fn is_grounded(
    topology: &Topology,
    chosen: &BTreeMap<u32, Vec<u32>>,
    is_source: impl Fn(u32) -> bool,
) -> bool {
    let mut known: BTreeSet<u32> = BTreeSet::new();
    loop {
        let before = known.len();
        for (node, arcs) in chosen {
            let stands = if arcs.is_empty() {
                is_source(*node)
            } else {
                arcs.iter()
                    .all(|arc| known.contains(&topology.arc(*arc).from))
            };
            if stands {
                known.insert(*node);
            }
        }
        if known.len() == before {
            return known.len() == chosen.len();
        }
    }
}
