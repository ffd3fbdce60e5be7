//! Hygiene: namespaces, labels, API versions, names that refer to nothing, storage (`HYG`).

use crate::check::Check;

/// The checks of this area, by id.
pub(crate) const CHECKS: &[&Check] = &[];
