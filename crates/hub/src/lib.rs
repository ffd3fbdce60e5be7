//! The running program: live state, judgements as things change, one inbox, and its API.
//!
//! ```text
//!  watcher, folders ─► Delta ─► live ─► World (immutable) ─► posture, RBAC, network, paths ─┐
//!                                 └───► changes: exposure, registries, health ──────────────┼─► inbox ─► feed
//!  audit log, webhook ─► events ─► rules, baselines, incidents ─────────────────────────────┘      └──► store
//! ```
//!
//! [`Hub`] is the handle that everything else holds: cheap to clone, and every question is answered from
//! an immutable [`World`], so that no reader ever waits for a writer. [`serve`] puts a hub on the network:
//! the API, the dashboard, the audit webhook, metrics.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the program that runs: it has a clock, threads and a store"
)]

pub mod admit;
pub mod alert;
pub mod api;
pub mod assets;
pub mod auth;
mod authors;
mod callers;
mod changes;
pub mod clock;
pub mod config;
pub mod coverage;
mod difference;
pub mod drift;
pub mod edge;
mod facts;
pub mod feed;
mod graph_keeper;
pub mod hub;
pub mod inbox;
pub mod intake;
mod judge;
mod keep;
mod last_changes;
mod live;
pub mod metrics;
pub mod own;
pub mod paths;
pub mod replay;
pub mod runtime;
mod seen;
pub mod serve;
mod standards;
pub mod stats;

pub mod world;

pub use callers::Calls;
pub use clock::Clock;
pub use coverage::Coverage;
pub use drift::DriftRules;
pub use feed::{Change, ChangeKind, Feed, Since};
pub use hub::{Durability, Health, Hub, HubConfig, HubError, Observed, Sensed};
pub use inbox::{Action, Filter, Inbox, Incident, Page};
pub use own::{Own, own_agent};
pub use paths::Paths;
pub use standards::Standards;
pub use stats::Stats;
pub use world::World;
