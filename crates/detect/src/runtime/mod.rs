//! Detections from what runs and talks on the nodes: one file a rule, run by [`RuntimeRules`].
//!
//! ```text
//!  RuntimeEvent ─► attribution ─► process table ─► Scene ─► rules of its kind ─► Detection ─► incident
//!                  (Inventory)    (who started it)            └─► not evaluable, counted
//! ```
//!
//! A rule is documentation, metadata, event fixtures and a function in one file (see [`rule`]);
//! [`AREAS`] lists them all, explicitly.

#![expect(
    clippy::doc_markdown,
    reason = "the documentation of rules is read by users, as Markdown"
)]

mod attribution;
mod config;
mod engine;
mod names;
pub(crate) mod places;
mod prelude;
mod processes;
pub(crate) mod programs;
pub mod rule;
mod scene;

#[cfg(test)]
mod fixtures;

mod credentials;
mod escape;
mod execution;
mod network;
mod persistence;

pub use attribution::Attribution;
pub use config::Config;
pub use engine::{RuleCount, RuntimeRules, actor, event_id};
pub use rule::{Needs, Rule};

/// A group of rules about one subject.
#[derive(Debug)]
pub struct Area {
    /// The folder.
    pub name: &'static str,
    /// The subject, in words.
    pub title: &'static str,
    /// Its rules, by id.
    pub rules: &'static [&'static Rule],
}

/// Every rule there is.
pub const AREAS: &[Area] = &[
    Area {
        name: "execution",
        title: "Execution",
        rules: execution::RULES,
    },
    Area {
        name: "escape",
        title: "Container escape and the kernel",
        rules: escape::RULES,
    },
    Area {
        name: "credentials",
        title: "Credentials and the control plane",
        rules: credentials::RULES,
    },
    Area {
        name: "network",
        title: "Network",
        rules: network::RULES,
    },
    Area {
        name: "persistence",
        title: "Persistence and evasion",
        rules: persistence::RULES,
    },
];

/// Every rule, area by area.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    AREAS.iter().flat_map(|area| area.rules).copied()
}

/// The rule of that id or name, upper or lower case.
pub fn find(id_or_name: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id.eq_ignore_ascii_case(id_or_name) || rule.name() == id_or_name)
}
