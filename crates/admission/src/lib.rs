//! What admission policies say of a request: `ValidatingAdmissionPolicy` and its bindings, judged as the
//! API server judges them.
//!
//! ```text
//!  policies, bindings ─► PolicySet ──┐
//!  Request ──────────────────────────┼─► judge ─► Verdict: denials, warnings, audit annotations
//!  namespaces, params, roles ────────┘
//! ```
//!
//! Nothing here asks a cluster: namespaces, parameters and roles come in as [`Surroundings`], so one
//! policy says the same of a manifest in a pipeline, of a dump and of a request.

mod authority;
mod binding;
mod equivalent;
pub mod gate;
pub mod generate;
pub mod history;
mod judge;
mod kyverno;
mod matching;
mod mutate;
mod params;
pub mod past;
mod patch;
mod policy;
mod pruned;
mod request;
pub mod review;
mod set;
mod surroundings;

pub use authority::RoleAuthorizer;
pub use binding::{Action, Binding};
pub use judge::{Denial, Verdict};
pub use kyverno::converted as converted_from_kyverno;
pub use matching::{MatchResources, Rule};
pub use mutate::{MutatingPolicy, MutationError};
pub use policy::{FailurePolicy, ParamKind, Policy, Problem, Validation};
pub use request::{Operation, Request, User};
pub use set::PolicySet;
pub use surroundings::Surroundings;
