//! Istio and Linkerd (`MESH`).

use crate::check::Check;

/// The checks of this area, by id.
pub(crate) const CHECKS: &[&Check] = &[];
