//! Judgements over events: rules, learned baselines, and incidents made of both.
//!
//! ```text
//!  Event ─► audit::Rules ──► Detection ─┐     (built-in rules, and user_rule: those that users bring)
//!       ├─► baseline ──────► Anomaly ───┴─► incident
//!       ├─► trail            who changed which role or binding
//!       └─► privilege        the role that a subject's calls need
//! ```
//!
//! Everything here is a pure fold over events in their order: time is what the events say, and state
//! is bounded whatever the length of the log.

pub mod about;
pub mod audit;
pub mod baseline;
pub mod detection;
mod hand;
pub mod incident;
pub mod intel;
pub mod privilege;
pub mod profile;
mod requests;
pub mod runtime;
pub mod settings;
pub mod trail;
pub mod user_rule;

pub use audit::Rules;
pub use detection::{Detection, Evidence, Tactic, Target};
pub use settings::Settings;
pub use user_rule::UserRules;
