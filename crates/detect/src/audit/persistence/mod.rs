//! Persistence and evasion: staying, and not being seen.

use super::rule::Rule;

/// The rules, by id.
pub(super) const RULES: &[&Rule] = &[];
