//! Staying, and not being seen.

mod persistent_file_written;
mod set_user_id;
mod traces_removed;

use super::rule::Rule;

/// The rules of this area, by id.
pub(super) static RULES: &[&Rule] = &[
    &persistent_file_written::RULE,
    &traces_removed::RULE,
    &set_user_id::RULE,
];
