//! Discovery: looking around.

mod api_discovery;
mod forbidden_burst;
mod forbidden_creation;
mod logs_read;
mod reconnaissance;
mod refused_from_internet;
mod self_review;
mod wildcard_review;

use super::rule::Rule;

/// The rules, by id.
pub(super) const RULES: &[&Rule] = &[
    &self_review::RULE,
    &wildcard_review::RULE,
    &forbidden_burst::RULE,
    &reconnaissance::RULE,
    &forbidden_creation::RULE,
    &api_discovery::RULE,
    &logs_read::RULE,
    &refused_from_internet::RULE,
];
