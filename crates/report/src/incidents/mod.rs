//! What audit logs say, ready to be shown: ranked incidents, and what could not be judged.

pub mod html;
pub mod table;

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use catseye_detect::incident::Incident;
use jiff::Timestamp;
use serde::Serialize;

/// The incidents of a log.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Incidents {
    /// The version of this form.
    pub version: u32,
    /// Requests that were judged.
    pub requests: u64,
    /// The first of them.
    pub first: Option<Timestamp>,
    /// The last of them.
    pub last: Option<Timestamp>,
    /// Actors whose behaviour is known.
    pub actors: usize,
    /// Whether behaviour was known before the log began.
    pub learned_before: bool,
    /// The incidents, worst first.
    pub incidents: Vec<Incident>,
    /// Incidents below the severity that is shown.
    pub below: usize,
    /// Incidents that were dropped because there were too many worse ones.
    pub dropped: u64,
    /// Rules that could not be judged on a part of the log.
    pub gaps: Vec<Gap>,
}

/// A rule that lacked what it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The rule.
    pub rule: String,
    /// What it detects.
    pub title: String,
    /// Events on which it could not be judged.
    pub events: u64,
    /// True when there was no event on which it could.
    pub blind: bool,
    /// What the events lacked.
    pub missing: Vec<String>,
}

impl Incidents {
    /// The form for programs.
    pub fn to_json(&self) -> String {
        // Numbers and texts under fixed keys always make JSON: the default below is never taken.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// `11,841 requests by 35 actors, 2026-11-16 – 2026-11-20`.
    pub(crate) fn facts(&self) -> String {
        let grouped = catseye_detect::baseline::grouped;
        let mut facts = format!(
            "{} requests by {} actors",
            grouped(self.requests),
            grouped(self.actors as u64)
        );
        if let (Some(first), Some(last)) = (self.first, self.last) {
            let _ = write!(
                facts,
                ", {} – {} UTC",
                first.strftime("%Y-%m-%d %H:%M"),
                last.strftime("%Y-%m-%d %H:%M")
            );
        }
        facts
    }
}
