//! Access: who calls, from where, as whom.

use super::rule::Rule;

/// The rules, by id.
pub(super) const RULES: &[&Rule] = &[];
