//! Detections from the Kubernetes audit log: one file a rule, run by [`Rules`] over a stream of events.
//!
//! A rule is documentation, metadata, event fixtures and a function in one file (see [`rule`]);
//! [`AREAS`] lists them all, explicitly.

#![expect(
    clippy::doc_markdown,
    reason = "the documentation of rules is read by users, as Markdown"
)]

pub(crate) mod address;
mod call;
mod certificate;
mod client;
pub(crate) mod command;
mod config;
mod coverage;
mod dispatch;
mod engine;
pub(crate) mod found;
mod grants;
pub(crate) mod memory;
mod prelude;
mod resources;
pub mod rule;
mod uri;
mod verbs;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod regressions;
#[cfg(test)]
mod tests;

mod access;
mod credentials;
mod discovery;
mod escape;
mod execution;
mod impact;
mod persistence;
mod rbac;

pub use address::{NoPrefix, Prefixes};
pub use config::Config;
pub use coverage::{Coverage, RuleCoverage};
pub use engine::Rules;
pub use rule::{Given, Outcome, Rule};
pub use verbs::Verbs;

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
        name: "access",
        title: "Access and identities",
        rules: access::RULES,
    },
    Area {
        name: "discovery",
        title: "Discovery",
        rules: discovery::RULES,
    },
    Area {
        name: "credentials",
        title: "Credentials",
        rules: credentials::RULES,
    },
    Area {
        name: "execution",
        title: "Execution and lateral movement",
        rules: execution::RULES,
    },
    Area {
        name: "escape",
        title: "Container escape",
        rules: escape::RULES,
    },
    Area {
        name: "rbac",
        title: "Roles and bindings",
        rules: rbac::RULES,
    },
    Area {
        name: "persistence",
        title: "Persistence and evasion",
        rules: persistence::RULES,
    },
    Area {
        name: "impact",
        title: "Exposure and impact",
        rules: impact::RULES,
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
