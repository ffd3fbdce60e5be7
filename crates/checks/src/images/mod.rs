//! Images and where they come from (`IMG`).

mod cached_image;
mod git_sync_runs_commands;
mod known_malicious_image;
mod latest_tag;
mod no_digest;
mod pull_policy;
mod registry_blocked;
mod registry_not_allowed;
mod retired_registry;
mod stale_moving_tag;

use crate::check::Check;

/// The checks of this area, by id.
pub(crate) const CHECKS: &[&Check] = &[
    &latest_tag::CHECK,
    &no_digest::CHECK,
    &registry_not_allowed::CHECK,
    &retired_registry::CHECK,
    &stale_moving_tag::CHECK,
    &known_malicious_image::CHECK,
    &git_sync_runs_commands::CHECK,
    &registry_blocked::CHECK,
    &cached_image::CHECK,
];
