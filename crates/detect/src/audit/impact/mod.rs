//! Exposure and impact: what is opened, taken over, or destroyed.

use super::rule::Rule;

/// The rules, by id.
pub(super) const RULES: &[&Rule] = &[];
