//! Judgements over events: rules, learned baselines, and incidents made of both.
//!
//! ```text
//!  Event ─► audit::Rules ──► Detection ─┐
//!       └─► baseline ──────► Anomaly ───┴─► incident
//! ```
//!
//! Everything here is a pure fold over events in their order: time is what the events say, and state
//! is bounded whatever the length of the log.

pub mod baseline;
pub mod detection;
pub mod incident;

pub use detection::{Detection, Evidence, Tactic, Target};
