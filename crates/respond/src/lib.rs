//! The way back from drift: plans, never acts.
//!
//! ```text
//!  drift ─► plan ─┬─► patch of the drifted paths only ─► dry run ─► apply ─► undo
//!                 ├─► create what is missing; delete what nobody desires, if asked to
//!                 └─► refused, because desired itself is worse ─► control: quarantine, deny
//! ```
//!
//! A plan says what it would do, what that mends and breaks (judged by the same checks as the drift), who
//! asked for it, until when it may be applied, and how to undo it. Applying is the work of whoever holds a
//! client.

pub mod control;
pub mod freeze;
pub mod hold;
pub mod json_patch;
pub mod plan;
pub mod proposal;
pub mod prune;
pub mod quarantine;

pub use control::{Control, NotContained};
pub use freeze::{Freeze, Judged};
pub use hold::deny;
pub use json_patch::json_patch;
pub use plan::{Action, Plan, Refusal, Step, Undo};
pub use quarantine::quarantine;
