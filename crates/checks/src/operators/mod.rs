//! Operators and delivery tools: Argo CD, Flux, Tekton, cert-manager, Prometheus, … (`OPR`).

use crate::check::Check;

/// The checks of this area, by id.
pub(crate) const CHECKS: &[&Check] = &[];
