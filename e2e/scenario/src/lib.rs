//! A believable shop on a real API server: its controllers, people and attackers, and the recorder that
//! turns what the server said and logged into the fixtures under `fixtures/clusters`.
//!
//! ```text
//!  seed ─► plan ─► Timetable ─► perform ─► API server ─► audit.log ─┐
//!          benign, handmade,      │                                 ├─► record ─► fixtures/clusters/NAME
//!          attack: pure           └─► ledger (Audit-Id of each call)┘
//! ```
//!
//! The plan is data: which call, by whom, from where, at which moment of the story. It is made from the
//! seed alone, so it can be printed, tested and repeated without a cluster. `perform` only fills in names
//! that the cluster made up (pods, tokens), and looks them up as the `recorder` identity, which the audit
//! policy does not log: a scripted identity makes the same calls whatever the timing.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this is the edge: it drives a cluster and writes files; the bans are for pure crates"
)]

pub mod attack;
pub mod benign;
pub mod call;
pub mod cast;
pub mod clock;
pub mod cluster;
pub mod dice;
pub mod handmade;
pub mod kubectl;
pub mod ledger;
pub mod live;
pub mod metrics;
pub mod perform;
pub mod plan;
pub mod record;
pub mod recording;
pub mod repository;
pub mod retime;
pub mod shape;
pub mod stage;
pub mod timetable;
pub mod wire;
