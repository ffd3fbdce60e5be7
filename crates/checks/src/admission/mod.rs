//! Admission webhooks and policies, Pod Security labels, CRDs and API services (`ADM`).

use crate::check::Check;

/// The checks of this area, by id.
pub(crate) const CHECKS: &[&Check] = &[];
