//! Posture checks: one file each, run by [`Judge`] over an Inventory.
//!
//! A check is documentation, metadata, examples and a function in one file (see [`check`]); [`AREAS`]
//! lists them all, explicitly. Frameworks (which control is behind which check) are data files, read by
//! [`framework`].
//!
//! ```text
//!  Inventory ─┐
//!  Config ────┼─► Context ─► Judge ─► Verdict { findings, passed, unknown }   one object at a time
//!  AREAS ─────┘
//! ```

#![expect(
    clippy::doc_markdown,
    reason = "the documentation of checks is read by users, as Markdown"
)]

pub mod check;
pub mod config;
mod context;
pub mod credential;
mod findings;
pub mod framework;
mod judge;
pub mod pss;
pub mod score;

#[cfg(test)]
mod examples;

mod admission;
mod hygiene;
mod images;
mod mesh;
mod network;
mod operators;
mod rbac;
mod reliability;
mod secrets;
mod workload;

pub use check::{Check, Run};
pub use config::Config;
pub use context::{Changed, Context, Indexes};
pub use findings::{Answer, Findings};
pub use framework::{Control, Coverage, Framework, controls_of, frameworks};
pub use judge::{CheckSet, Judge, Selection, Verdict};

/// A group of checks about one subject.
#[derive(Debug)]
pub struct Area {
    /// The folder, and the word for `--area`.
    pub name: &'static str,
    /// The prefix of its checks' ids.
    pub prefix: &'static str,
    /// The subject, in words.
    pub title: &'static str,
    /// Its checks, by id.
    pub checks: &'static [&'static Check],
}

/// Every check there is.
pub const AREAS: &[Area] = &[
    Area {
        name: "workload",
        prefix: "POD",
        title: "Workload hardening",
        checks: workload::CHECKS,
    },
    Area {
        name: "secrets",
        prefix: "SEC",
        title: "Secrets",
        checks: secrets::CHECKS,
    },
    Area {
        name: "rbac",
        prefix: "RBA",
        title: "Roles and bindings",
        checks: rbac::CHECKS,
    },
    Area {
        name: "network",
        prefix: "NET",
        title: "Network and exposure",
        checks: network::CHECKS,
    },
    Area {
        name: "mesh",
        prefix: "MESH",
        title: "Service mesh",
        checks: mesh::CHECKS,
    },
    Area {
        name: "admission",
        prefix: "ADM",
        title: "Admission and API extension",
        checks: admission::CHECKS,
    },
    Area {
        name: "operators",
        prefix: "OPR",
        title: "Operators and delivery",
        checks: operators::CHECKS,
    },
    Area {
        name: "images",
        prefix: "IMG",
        title: "Images",
        checks: images::CHECKS,
    },
    Area {
        name: "reliability",
        prefix: "REL",
        title: "Availability",
        checks: reliability::CHECKS,
    },
    Area {
        name: "hygiene",
        prefix: "HYG",
        title: "Hygiene",
        checks: hygiene::CHECKS,
    },
];

/// Every check, area by area.
pub fn all() -> impl Iterator<Item = &'static Check> {
    AREAS.iter().flat_map(|area| area.checks).copied()
}

/// The check of that id or name, upper or lower case.
pub fn find(id_or_name: &str) -> Option<&'static Check> {
    all().find(|check| check.id.eq_ignore_ascii_case(id_or_name) || check.name() == id_or_name)
}
