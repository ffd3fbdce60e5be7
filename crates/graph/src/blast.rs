//! The blast radius: everything that falls when one thing does.

use std::collections::BTreeMap;

use crate::graph::Graph;
use crate::node::{Label, Node};
use crate::solve::Sources;
use crate::solve::cheapest::{Cheapest, UNREACHED, cheapest};
use crate::topology::Without;

/// What falls with a node.
#[derive(Debug)]
pub struct Blast {
    /// What is reached, by what it is, each with the cost of its cheapest way, the likeliest first.
    pub reached: BTreeMap<Label, Vec<(u32, u32)>>,
    /// True when everything falls, because the cluster does.
    pub is_everything: bool,
    ways: Cheapest,
}

impl Blast {
    /// What falls with a node.
    pub fn of(graph: &Graph<'_>, node: u32, without: &Without) -> Self {
        let ways = cheapest(graph.topology(), &Sources::one(node), without);
        let mut reached: BTreeMap<Label, Vec<(u32, u32)>> = BTreeMap::new();
        for (number, other) in graph.nodes() {
            let cost = ways.cost(number);
            if cost == UNREACHED || number == node || other.is_joint() {
                continue;
            }
            reached
                .entry(other.label())
                .or_default()
                .push((number, cost));
        }
        for nodes in reached.values_mut() {
            nodes.sort_by_key(|(number, cost)| (*cost, *number));
        }
        let is_everything = graph
            .number(Node::ClusterAdmin)
            .is_some_and(|admin| ways.cost(admin) != UNREACHED);
        Blast {
            reached,
            is_everything,
            ways,
        }
    }

    /// The cheapest way to one of what falls, as arcs.
    pub fn way(&self, graph: &Graph<'_>, node: u32) -> Vec<u32> {
        self.ways.way(graph.topology(), node)
    }
}
