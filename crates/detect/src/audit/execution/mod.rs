//! Execution and lateral movement: into containers and nodes, and what is run.

use super::rule::Rule;

/// The rules, by id.
pub(super) const RULES: &[&Rule] = &[];
