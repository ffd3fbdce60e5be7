//! The questions that are asked of a [`Topology`](crate::topology::Topology), each in its own file.
//!
//! All of them are exact and deterministic; ties are broken by node number. All of them take a
//! [`Without`](crate::topology::Without): the effect of a fix is the answer without its arcs.

pub mod cheapest;
pub mod diverse;
pub mod entries;
pub mod reach;
pub mod required;

#[cfg(test)]
pub(crate) mod brute;

/// Where an attacker begins: nodes, each with the cost of getting there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources(Vec<(u32, u32)>);

impl Sources {
    /// Begins at one node.
    pub fn one(node: u32) -> Self {
        Sources(vec![(node, 0)])
    }

    /// Begins at any of these nodes, at that cost each.
    pub fn of(nodes: impl IntoIterator<Item = (u32, u32)>) -> Self {
        Sources(nodes.into_iter().collect())
    }

    /// The nodes with their costs.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u32)> {
        self.0.iter().copied()
    }

    /// True without any.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
