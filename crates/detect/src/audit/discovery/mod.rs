//! Discovery: looking around.

use super::rule::Rule;

/// The rules, by id.
pub(super) const RULES: &[&Rule] = &[];
