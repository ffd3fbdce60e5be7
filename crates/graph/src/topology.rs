//! The shape of an attack graph without its meaning: numbered nodes and arcs in compressed rows.
//!
//! Every algorithm works on this alone, so that each can be held against brute force on random graphs.
//!
//! A node is reached when *one* arc into it comes from a reached node, unless it is a **conjunction**:
//! that one is reached when *all* arcs into it do. So the whole is a set of Horn clauses, and what an
//! attacker can reach is its least model: powers are only ever gained.
//!
//! An arc may belong to a **fix**, the one change of one object that removes it. A fix owns many arcs.

use crate::bits::Bits;

/// An arc as it is put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arc {
    /// The node that it leaves.
    pub from: u32,
    /// The node that it enters.
    pub to: u32,
    /// `-1000 ln p`, where p is the chance that the step works; see [`cost_of`].
    pub cost: u16,
    /// The fix that removes it, or [`NO_FIX`].
    pub fix: u32,
}

/// The fix of an arc that nothing removes.
pub const NO_FIX: u32 = u32::MAX;

/// The cost of a step that works in `percent` of all cases. Costs of steps in a row add up as their
/// chances multiply; whole numbers, so that sums are the same on every machine.
pub fn cost_of(percent: u8) -> u16 {
    let chance = f64::from(percent.clamp(1, 100)) / 100.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 4605, as percent is between 1 and 100"
    )]
    let cost = (-1000.0 * chance.ln()).round() as u16;
    cost
}

/// The chance that belongs to a cost.
pub fn chance_of(cost: u32) -> f64 {
    (-f64::from(cost) / 1000.0).exp()
}

/// Nodes and arcs, in compressed rows both ways.
#[derive(Debug, Default)]
pub struct Topology {
    /// For each node, the first of its arcs; one more at the end.
    first_out: Vec<u32>,
    /// By `from`, then in the order put in.
    arcs: Vec<Arc>,
    first_in: Vec<u32>,
    /// The arcs by `to`.
    incoming: Vec<u32>,
    conjunctions: Bits,
    fixes: u32,
}

/// What is taken out of a graph for one question.
#[derive(Debug, Clone, Default)]
pub struct Without {
    /// Fixes that were made: their arcs are gone.
    pub fixes: Bits,
    /// Nodes that are never reached.
    pub nodes: Bits,
}

impl Without {
    /// Nothing taken out.
    pub fn nothing() -> Self {
        Without::default()
    }

    /// One fix made.
    pub fn fix(fix: u32) -> Self {
        let mut without = Without::default();
        without.fixes.insert(fix);
        without
    }

    /// One node never reached.
    pub fn node(node: u32) -> Self {
        let mut without = Without::default();
        without.nodes.insert(node);
        without
    }

    /// True when the arc is still there.
    pub fn leaves(&self, arc: &Arc) -> bool {
        !self.fixes.contains(arc.fix) && !self.nodes.contains(arc.to)
    }
}

impl Topology {
    /// Puts the arcs in rows. `order` receives, for each arc in its final place, its place in `arcs`,
    /// so that the caller can arrange what it knows about arcs alike.
    ///
    /// Arcs must name nodes below `nodes`.
    pub fn new(nodes: u32, conjunctions: Bits, arcs: &[Arc], order: &mut Vec<u32>) -> Self {
        let (first_out, by_from) = rows(nodes, arcs, |arc| arc.from);
        let sorted: Vec<Arc> = by_from.iter().map(|at| arcs[*at as usize]).collect();
        let (first_in, incoming) = rows(nodes, &sorted, |arc| arc.to);
        let fixes = arcs
            .iter()
            .filter(|arc| arc.fix != NO_FIX)
            .map(|arc| arc.fix + 1)
            .max()
            .unwrap_or(0);
        *order = by_from;
        Topology {
            first_out,
            arcs: sorted,
            first_in,
            incoming,
            conjunctions,
            fixes,
        }
    }

    /// The number of nodes.
    pub fn nodes(&self) -> u32 {
        u32::try_from(self.first_out.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// One more than the greatest fix of any arc.
    pub fn fixes(&self) -> u32 {
        self.fixes
    }

    /// All arcs, by the node that they leave.
    pub fn arcs(&self) -> &[Arc] {
        &self.arcs
    }

    /// One arc.
    pub fn arc(&self, arc: u32) -> Arc {
        self.arcs[arc as usize]
    }

    /// The arcs that leave a node, each with its number.
    pub fn leaving(&self, node: u32) -> impl Iterator<Item = (u32, &Arc)> {
        let row = row(&self.first_out, node);
        (row.start..).zip(&self.arcs[row.start as usize..row.end as usize])
    }

    /// The arcs that enter a node, each with its number.
    pub fn entering(&self, node: u32) -> impl Iterator<Item = (u32, &Arc)> {
        let row = row(&self.first_in, node);
        self.incoming[row.start as usize..row.end as usize]
            .iter()
            .map(|arc| (*arc, &self.arcs[*arc as usize]))
    }

    /// True for a node that needs all arcs into it.
    pub fn is_conjunction(&self, node: u32) -> bool {
        self.conjunctions.contains(node)
    }

    /// How many arcs must come from reached nodes before the node is reached.
    pub fn needs(&self, node: u32) -> u32 {
        if self.is_conjunction(node) {
            let row = row(&self.first_in, node);
            row.end - row.start
        } else {
            1
        }
    }
}

fn row(first: &[u32], node: u32) -> std::ops::Range<u32> {
    let at = node as usize;
    first[at]..first[at + 1]
}

/// A stable counting sort: for each node where its row begins, and the places of the arcs by node.
fn rows(nodes: u32, arcs: &[Arc], node: impl Fn(&Arc) -> u32) -> (Vec<u32>, Vec<u32>) {
    let mut first = vec![0_u32; nodes as usize + 1];
    for arc in arcs {
        first[node(arc) as usize + 1] += 1;
    }
    for at in 1..first.len() {
        first[at] += first[at - 1];
    }
    let mut next = first.clone();
    let mut places = vec![0_u32; arcs.len()];
    for (place, arc) in (0_u32..).zip(arcs) {
        let slot = &mut next[node(arc) as usize];
        places[*slot as usize] = place;
        *slot += 1;
    }
    (first, places)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arc(from: u32, to: u32) -> Arc {
        Arc {
            from,
            to,
            cost: 1,
            fix: NO_FIX,
        }
    }

    #[test]
    fn rows_hold_every_arc_both_ways() {
        let arcs = [arc(2, 0), arc(0, 1), arc(2, 1), arc(0, 2)];
        let mut order = Vec::new();
        let topology = Topology::new(3, Bits::default(), &arcs, &mut order);
        assert_eq!(order, [1, 3, 0, 2]);
        let to: Vec<u32> = topology.leaving(2).map(|(_, arc)| arc.to).collect();
        assert_eq!(to, [0, 1]);
        let from: Vec<u32> = topology.entering(1).map(|(_, arc)| arc.from).collect();
        assert_eq!(from, [0, 2]);
        for (number, arc) in (0..3).flat_map(|node| topology.entering(node)) {
            assert_eq!(topology.arc(number), *arc);
        }
    }

    #[test]
    fn costs_and_chances_are_inverse() {
        assert_eq!(cost_of(100), 0);
        for percent in [1, 5, 50, 95] {
            let back = chance_of(u32::from(cost_of(percent))) * 100.0;
            assert!(
                (back - f64::from(percent)).abs() < 0.06,
                "{percent}: {back}"
            );
        }
    }
}
