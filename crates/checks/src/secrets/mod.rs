//! Secrets: in the open, or closer to a process than they need to be (`SEC`).

use crate::check::Check;

/// The checks of this area, by id.
pub(crate) const CHECKS: &[&Check] = &[];
