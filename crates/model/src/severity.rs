//! How bad a finding is: five steps, ordered.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Severity, from advice to "stop and mend now"; ordered, `Critical` is the greatest.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Advice: worth knowing, nothing to fear.
    #[default]
    Info,
    /// Hygiene: helps an attacker or an outage only together with something else.
    Low,
    /// A layer of defence is missing.
    Medium,
    /// An attacker who is inside gains much, or data is in the open.
    High,
    /// The node or the cluster is one step away.
    Critical,
}

impl Severity {
    /// All severities, worst first.
    pub const WORST_FIRST: [Severity; 5] = [
        Severity::Critical,
        Severity::High,
        Severity::Medium,
        Severity::Low,
        Severity::Info,
    ];

    /// The lower-case word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that names no severity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown severity {0:?}: write critical, high, medium, low or info")]
pub struct UnknownSeverity(String);

impl FromStr for Severity {
    type Err = UnknownSeverity;

    fn from_str(text: &str) -> Result<Self, UnknownSeverity> {
        Severity::WORST_FIRST
            .into_iter()
            .find(|severity| text.eq_ignore_ascii_case(severity.as_str()))
            .ok_or_else(|| UnknownSeverity(text.to_owned()))
    }
}
