//! The Pod Security Standards, as the API server's Pod Security Admission enforces them.
//!
//! A [`Control`] is one row of the standard with its revisions: a pod is judged by the newest revision
//! that the asked version knows, so `baseline` of 1.25 allows what it allowed then. A restricted
//! control may override the baseline control that it tightens; only one of the two then judges.
//!
//! ```text
//!  level, version ─► controls in effect ─► revision ─► violations of a PodView
//! ```
//!
//! <https://kubernetes.io/docs/concepts/security/pod-security-standards/>

use std::fmt;
use std::str::FromStr;

use catseye_model::{Container, FieldPath, PodView, Version};

pub(crate) mod app_armor;
pub(crate) mod capabilities_baseline;
pub(crate) mod capabilities_restricted;
pub(crate) mod host_namespaces;
pub(crate) mod host_path_volumes;
pub(crate) mod host_ports;
pub(crate) mod privilege_escalation;
pub(crate) mod privileged;
pub(crate) mod probe_hosts;
pub(crate) mod proc_mount_baseline;
pub(crate) mod proc_mount_restricted;
pub(crate) mod run_as_non_root;
pub(crate) mod run_as_user;
pub(crate) mod se_linux;
pub(crate) mod seccomp_baseline;
pub(crate) mod seccomp_restricted;
pub(crate) mod sysctls;
pub(crate) mod volume_types;
pub(crate) mod windows_host_process;

#[cfg(test)]
mod tests;

/// How strict a namespace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Everything is allowed.
    Privileged,
    /// Known ways to the node are closed.
    Baseline,
    /// Current hardening practice is demanded.
    Restricted,
}

/// Text that is no level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a Pod Security level: write privileged, baseline or restricted")]
pub struct InvalidLevel(String);

impl FromStr for Level {
    type Err = InvalidLevel;

    fn from_str(text: &str) -> Result<Self, InvalidLevel> {
        match text {
            "privileged" => Ok(Level::Privileged),
            "baseline" => Ok(Level::Baseline),
            "restricted" => Ok(Level::Restricted),
            _ => Err(InvalidLevel(text.to_owned())),
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Level::Privileged => "privileged",
            Level::Baseline => "baseline",
            Level::Restricted => "restricted",
        })
    }
}

/// One row of the standard.
pub struct Control {
    /// The name by which the API server knows it.
    pub id: &'static str,
    /// Its title in the standard; a baseline and a restricted control may share one.
    pub title: &'static str,
    /// The level at which it begins to hold.
    pub level: Level,
    /// Rising by version.
    revisions: &'static [Revision],
    /// The control that it takes the place of, wherever both hold.
    overrides: Option<&'static Control>,
}

/// What a control demands from some version on.
struct Revision {
    since: Version,
    find: fn(&PodView<'_>, &mut Violations),
}

/// One field by which a pod breaks a control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The control.
    pub control: &'static Control,
    /// The field at fault, or where the missing field belongs.
    pub path: FieldPath,
    /// The container at fault, by name.
    pub container: Option<Box<str>>,
    /// What is wrong, in a few words.
    pub message: String,
}

/// Collects the violations of one control.
pub(crate) struct Violations {
    control: &'static Control,
    found: Vec<Violation>,
}

impl Violations {
    fn pod(&mut self, path: FieldPath, message: impl Into<String>) {
        self.found.push(Violation {
            control: self.control,
            path,
            container: None,
            message: message.into(),
        });
    }

    fn container(&mut self, container: &Container<'_>, field: &str, message: impl Into<String>) {
        self.container_at(container, container.path(field), message);
    }

    fn container_at(
        &mut self,
        container: &Container<'_>,
        path: FieldPath,
        message: impl Into<String>,
    ) {
        self.found.push(Violation {
            control: self.control,
            path,
            container: Some(container.name.into()),
            message: message.into(),
        });
    }
}

/// Every control, in the order of the standard.
pub const CONTROLS: &[&Control] = &[
    &windows_host_process::CONTROL,
    &host_namespaces::CONTROL,
    &privileged::CONTROL,
    &capabilities_baseline::CONTROL,
    &host_path_volumes::CONTROL,
    &host_ports::CONTROL,
    &probe_hosts::CONTROL,
    &app_armor::CONTROL,
    &se_linux::CONTROL,
    &proc_mount_baseline::CONTROL,
    &seccomp_baseline::CONTROL,
    &sysctls::CONTROL,
    &volume_types::CONTROL,
    &privilege_escalation::CONTROL,
    &run_as_non_root::CONTROL,
    &run_as_user::CONTROL,
    &seccomp_restricted::CONTROL,
    &capabilities_restricted::CONTROL,
    &proc_mount_restricted::CONTROL,
];

/// The control of that id.
pub fn control(id: &str) -> Option<&'static Control> {
    CONTROLS.iter().copied().find(|control| control.id == id)
}

/// The controls that judge pods at a level and version, without those that another one overrides.
pub fn controls_at(level: Level, version: Version) -> impl Iterator<Item = &'static Control> {
    let holds = move |control: &&'static Control| {
        control.level <= level && control.revision_at(version).is_some()
    };
    let overridden = move |control: &&'static Control| {
        CONTROLS
            .iter()
            .filter(|other| holds(other))
            .any(|other| other.overrides == Some(*control))
    };
    CONTROLS
        .iter()
        .copied()
        .filter(move |control| holds(control) && !overridden(control))
}

/// Everything by which a pod breaks a level of the standard; empty when it would be admitted.
pub fn evaluate(level: Level, version: Version, pod: &PodView<'_>) -> Vec<Violation> {
    controls_at(level, version)
        .flat_map(|control| control.violations(version, pod))
        .collect()
}

impl Control {
    /// Everything by which a pod breaks this control, whatever overrides it.
    pub fn violations(&'static self, version: Version, pod: &PodView<'_>) -> Vec<Violation> {
        let mut violations = Violations {
            control: self,
            found: Vec::new(),
        };
        if let Some(revision) = self.revision_at(version) {
            (revision.find)(pod, &mut violations);
        }
        violations.found
    }

    fn revision_at(&self, version: Version) -> Option<&'static Revision> {
        self.revisions
            .iter()
            .rev()
            .find(|revision| revision.since <= version)
    }
}

impl PartialEq for Control {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Control {}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Control({})", self.id)
    }
}
