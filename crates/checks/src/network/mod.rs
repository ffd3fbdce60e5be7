//! Services, Ingress, Gateway API and `NetworkPolicy` (`NET`).

pub(crate) mod exposure;
mod gateway;
pub(crate) mod hosts;
mod ingress;
mod namespaces;
pub(crate) mod pods;
mod policies;
mod reach;
pub(crate) mod services;
pub(crate) mod topology;

use crate::check::Check;

/// The checks of this area, by id.
pub(crate) const CHECKS: &[&Check] = &[];
