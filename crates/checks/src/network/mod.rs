//! Services, Ingress, Gateway API and `NetworkPolicy` (`NET`).

use crate::check::Check;

/// The checks of this area, by id.
pub(crate) const CHECKS: &[&Check] = &[];
