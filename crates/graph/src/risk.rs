//! The risk score: 0 to 100, whole, the same for the same input, and explained.
//!
//! For each kind of jewel, every entry point counts as a try of its own, with the chance of its best way
//! there: each door to the internet, and each workload that might be taken over in a way that the graph
//! does not show (a poisoned image, a careless insider), at [`FOOTHOLD`]. The jewels' losses, each
//! weighed by its impact, combine to the score:
//!
//! ```text
//!  p(entry, jewel) = p(entry) · Π p(step)                      best way
//!  R(jewel)        = 1 - Π (1 - p(entry, jewel))
//!  score           = 100 · (1 - Π (1 - impact · R))
//! ```
//!
//! Every factor is monotone in the edges, so taking one away never raises the score; none depends on
//! names or on the number of replicas.

use crate::graph::Graph;
use crate::node::{Jewel, Label, Node};
use crate::solve::Sources;
use crate::solve::cheapest::{Cheapest, UNREACHED, cheapest};
use crate::solve::entries::costs_to;
use crate::topology::{Without, chance_of};

/// The cost of taking a workload over in a way that the graph does not show: `-1000 ln 0.02`. A program
/// that the internet speaks to falls in 0.1 of all cases, one that nobody outside speaks to in a fifth
/// of that.
pub const FOOTHOLD: u32 = 3912;

/// Where attackers are expected to begin.
#[derive(Debug, Clone)]
pub struct Entries {
    /// The sources: the internet, and every workload's pods at the cost of a foothold.
    pub sources: Sources,
    /// The internet's number.
    internet: u32,
    footholds: Vec<u32>,
}

/// What an attacker can expect to gain.
#[derive(Debug, Clone, PartialEq)]
pub struct Risk {
    /// 0 to 100.
    pub score: u32,
    /// The chance of losing each kind of jewel, worst first, those that are out of reach left out.
    pub jewels: Vec<(Jewel, f64)>,
    /// The sum of impact times chance over all entry points: finer than the score, which cannot rise
    /// above 100.
    pub loss: f64,
    /// How many pairs of an entry point and a kind of jewel have a way.
    pub ways: usize,
}

impl Entries {
    /// The internet, and a foothold in any workload.
    pub fn expected(graph: &Graph<'_>) -> Self {
        let internet = graph.number(Node::Internet).unwrap_or_default();
        let footholds: Vec<u32> = graph
            .nodes()
            .filter(|(_, node)| node.label() == Label::Pod)
            .map(|(number, _)| number)
            .collect();
        let sources = std::iter::once((internet, 0))
            .chain(footholds.iter().map(|number| (*number, FOOTHOLD)));
        Entries {
            sources: Sources::of(sources),
            internet,
            footholds,
        }
    }

    /// One node that an attacker is given.
    pub fn given(graph: &Graph<'_>, node: u32) -> Self {
        let internet = graph.number(Node::Internet).unwrap_or_default();
        Entries {
            sources: Sources::one(node),
            internet,
            footholds: if node == internet {
                Vec::new()
            } else {
                vec![node]
            },
        }
    }

    fn start_cost(&self, node: u32) -> Option<u32> {
        self.sources
            .iter()
            .find(|(source, _)| *source == node)
            .map(|(_, cost)| cost)
    }
}

/// The risk with some things taken out.
pub fn risk(graph: &Graph<'_>, entries: &Entries, without: &Without) -> Risk {
    let forward = cheapest(graph.topology(), &entries.sources, without);
    risk_of(graph, entries, without, &forward)
}

/// The same, where the cheapest ways are known already.
pub fn risk_of(
    graph: &Graph<'_>,
    entries: &Entries,
    without: &Without,
    forward: &Cheapest,
) -> Risk {
    let topology = graph.topology();
    let mut found = Risk {
        score: 0,
        jewels: Vec::new(),
        loss: 0.0,
        ways: 0,
    };
    let mut spared = 1.0;
    let internet = entries.start_cost(entries.internet);
    let foothold = entries
        .footholds
        .first()
        .and_then(|node| entries.start_cost(*node))
        .unwrap_or(0);
    for jewel in Jewel::ALL {
        let Some(target) = graph.number(Node::Jewel(jewel)) else {
            continue;
        };
        if forward.cost(target) == UNREACHED {
            continue;
        }
        let costs = costs_to(topology, target, forward, without);
        let impact = f64::from(jewel.impact()) / 100.0;
        let (mut kept_out, mut sum) = (1.0, 0.0);
        if let Some(start) = internet {
            for (_, arc) in topology.leaving(entries.internet) {
                let cost = costs[arc.to as usize];
                if cost == UNREACHED || !without.leaves(arc) {
                    continue;
                }
                let chance = chance_of(start + u32::from(arc.cost) + cost);
                kept_out *= 1.0 - chance;
                sum += chance;
                found.ways += 1;
            }
        }
        for node in &entries.footholds {
            let cost = costs[*node as usize];
            if cost != UNREACHED && !without.nodes.contains(*node) {
                let chance = chance_of(foothold.saturating_add(cost));
                kept_out *= 1.0 - chance;
                sum += chance;
                found.ways += 1;
            }
        }
        let chance = 1.0 - kept_out;
        spared *= 1.0 - impact * chance;
        found.loss += impact * sum;
        found.jewels.push((jewel, chance));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 100"
    )]
    let score = (100.0 * (1.0 - spared)).round() as u32;
    found.score = score;
    found
}
