//! The gate: what a running hub says of a request before the API server stores it.
//!
//! ```text
//!  AdmissionReview ─► Request ─┐
//!  Neighbourhood (what it touches) ─┼─► Gate ─► Ruling: allowed, warned, audited, denied, and why
//!  policies, rules, exceptions ─────┘
//! ```
//!
//! The same checks and policies as everywhere else, on the object as it would be, among the objects that
//! it touches. What a change does not make worse is never held against it, so that a workload that was
//! always privileged can still be scaled. What would lock the cluster or its own keeper out is exempt,
//! whatever the configuration says.

mod break_glass;
mod config;
mod deny_rule;
mod exemption;
mod images;
mod judge;
mod neighbourhood;
mod owner;
mod ruling;
mod signature;

pub use break_glass::{BreakGlass, Glass, KEY as BREAK_GLASS};
pub use config::{Config, Exempt, Failure, Images, InvalidConfig, Mode};
pub use deny_rule::{DenyRule, Tallies};
pub use exemption::{exemption, is_exempt_namespace};
pub use images::SignedImages;
pub use judge::{Gate, Loaded};
pub use neighbourhood::Neighbourhood;
pub use owner::owner_of;
pub use ruling::{Effect, Objection, Origin, Ruling};
pub use signature::{PublicKey, SignatureError, Signed};
