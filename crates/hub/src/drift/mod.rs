//! Drift while it happens: every changed object is held to what is desired.
//!
//! ```text
//!  folders, releases, annotations ─► Basis ◄── autoscalers, webhooks, definitions (made anew)
//!  change ──► Basis::judge ─► table of open drifts ─► author known, or 10 s later ─► effect ─► clue
//!  audit ───► Journal ───────────────────────────────────▲
//! ```
//!
//! What a drift means is asked of the hub itself: the world with that one drift undone is made like any
//! other world, and the two judgements are compared.

mod clue;
mod effect;
mod table;
mod way_back;

use catseye_drift::DesiredState;

pub(crate) use effect::{connections, effect};
pub use table::OpenDrift;
pub(crate) use table::{Drifting, sees};
pub(crate) use way_back::way_back;

/// The name of the store's document, among the baselines, that holds who wrote which object.
pub const LEDGER: &str = "ledger";

/// How drift is looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DriftRules {
    /// What the last `kubectl apply` left in an object's annotation is desired, where nothing else is.
    pub last_applied: bool,
    /// Objects that Argo CD and Flux list as theirs are managed, and their namespaces are theirs.
    pub inventories: bool,
    /// Field managers that are trusted with all that they write.
    pub trust: Vec<String>,
    /// The field manager that deploys; per object, who owns most of it, where nobody says.
    pub deployer: Option<String>,
}

/// One source of desired state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Part {
    pub(crate) state: DesiredState,
    /// What is to be known about it.
    pub(crate) note: Option<String>,
}

/// A source of desired state as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceTold {
    /// `folders`, `helm-releases`, `last-applied` or `inventories`.
    pub name: String,
    /// How many objects it names.
    pub objects: usize,
    /// What cannot be read of it.
    pub note: Option<String>,
}
