//! The sides of behaviour that are remembered value by value.

use serde::{Deserialize, Serialize};

/// A side of behaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Facet {
    /// What is done to which kind of thing, and in which namespace.
    Action,
    /// Which secret, token, node or workload exactly, where that matters.
    Object,
    /// With which program.
    Agent,
    /// From which network.
    Source,
    /// Which rules its calls match.
    Rule,
}

impl Facet {
    /// All facets, in the order of their numbers.
    pub(super) const ALL: [Facet; 5] = [
        Facet::Action,
        Facet::Object,
        Facet::Agent,
        Facet::Source,
        Facet::Rule,
    ];

    /// How many values of one actor are kept at most; see [`super::Baseline`] for the sum.
    pub(super) fn limit(self) -> usize {
        match self {
            Facet::Action => 320,
            Facet::Object => 112,
            Facet::Agent => 16,
            Facet::Source | Facet::Rule => 32,
        }
    }

    /// The word used in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Facet::Action => "action",
            Facet::Object => "object",
            Facet::Agent => "program",
            Facet::Source => "network",
            Facet::Rule => "rule",
        }
    }
}
