//! What a team has accepted: exceptions with a reason, an author and an end, and baselines of findings
//! that were there before.
//!
//! ```text
//!  exceptions.yaml ──┐
//!  annotations ──────┼─► Exceptions ─► accepted(finding)? ─► findings that remain
//!                    │        └──────► complaints: expired, matches nothing
//!  baseline.json ────┴─► Baseline ───► what is new
//! ```

pub mod annotation;
pub mod baseline;
pub mod exception;
pub mod glob;

pub use baseline::Baseline;
pub use exception::{Complaint, Exception, Exceptions, Source, Subject};
