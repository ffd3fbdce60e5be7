//! Workload hardening: what a pod may do to its node and its neighbours (`POD`).

mod privileged_container;

use crate::check::Check;

/// The checks of this area, by id.
pub(crate) const CHECKS: &[&Check] = &[&privileged_container::CHECK];
