//! Availability: resources, probes, replicas, disruption budgets, autoscaling (`REL`).

use crate::check::Check;

/// The checks of this area, by id.
pub(crate) const CHECKS: &[&Check] = &[];
