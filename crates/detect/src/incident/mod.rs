//! What a person acts on: one incident for all that one actor did within hours, instead of a hundred alerts.
//!
//! ```text
//!  Event ──────► Detection[] ─┐            ┌─ habit: has the actor always done so?
//!       └──────► Anomaly[] ───┤ weigh ◄────┼─ grace: was it deployed a moment ago?
//!                             ▼            └─ cause: whom does a controller act for?
//!            evidence, folded by rule and by kind of novelty
//!                             ▼
//!            Incident { actor, sessions, timeline, objects, severity and why, what to do }
//! ```
//!
//! [`Watch`] takes a stream of events. Its memory does not grow with the log: open incidents are bounded
//! by the actors that are active, evidence by its kinds, and of the closed ones the worst are kept.

mod accepted;
mod advice;
mod cause;
mod grace;
mod open;
mod record;
mod seen;
#[cfg(test)]
mod tests;
mod trace;
mod watch;
mod weigh;

pub use record::{Evidence, EvidenceKind, Incident, Session};
pub use trace::{Scene, SceneConnection, SceneName, SceneProcess};
pub use watch::{Config, Outcome, Trust, Watch};
