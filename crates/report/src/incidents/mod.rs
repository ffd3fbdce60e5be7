//! What audit logs say, ready to be shown: ranked incidents, and what could not be judged.

pub mod html;
pub mod live;
mod scene;
pub mod table;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
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
    /// Runtime events that were judged.
    #[serde(skip_serializing_if = "is_zero")]
    pub runtime_events: u64,
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
    /// Pieces of evidence that an exception accepts.
    #[serde(skip_serializing_if = "is_zero")]
    pub accepted: u64,
    /// What the actors of incidents could reach, by the incident's id; where the cluster's objects were
    /// given.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub in_reach: BTreeMap<String, Vec<InReach>>,
    /// Rules that could not be judged on a part of the log.
    pub gaps: Vec<Gap>,
}

/// The worst that is in reach of something that the actor of an incident holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InReach {
    /// What it holds: its identity, or a workload that it entered or wrote.
    pub from: String,
    /// What is in reach, in words.
    pub target: String,
    /// How likely the way works, in percent.
    pub percent: u8,
    /// The steps of the way, as sentences.
    pub steps: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
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
    /// What would have had to be given beside the log, and how.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lacks: Option<&'static str>,
}

impl Incidents {
    /// The form for programs.
    pub fn to_json(&self) -> String {
        // Numbers and texts under fixed keys always make JSON: the default below is never taken.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// What there is beside the incidents that are shown: `3 more below the severity shown`.
    pub(crate) fn beside(&self) -> Vec<String> {
        let mut beside = Vec::new();
        if self.below > 0 {
            beside.push(format!("{} more below the severity shown", self.below));
        }
        if self.accepted > 0 {
            let s = if self.accepted == 1 { "" } else { "s" };
            beside.push(format!(
                "{} piece{s} of evidence accepted by exceptions",
                self.accepted
            ));
        }
        if self.dropped > 0 {
            beside.push(format!("{} less severe ones dropped", self.dropped));
        }
        beside
    }

    /// `11,841 requests by 35 actors, 2026-11-16 – 2026-11-20`.
    pub fn facts(&self) -> String {
        let grouped = catseye_detect::baseline::grouped;
        let mut facts = if self.runtime_events > 0 {
            format!("{} runtime events", grouped(self.runtime_events))
        } else {
            format!(
                "{} requests by {} actor{}",
                grouped(self.requests),
                grouped(self.actors as u64),
                if self.actors == 1 { "" } else { "s" }
            )
        };
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

/// `service account shop/cart: the whole cluster, 81 % likely, in 2 steps`.
pub(crate) fn reach_words(reach: &InReach) -> String {
    let InReach {
        from,
        target,
        percent,
        steps,
    } = reach;
    format!(
        "{from}: {target}, {percent} % likely, in {} step{}",
        steps.len(),
        if steps.len() == 1 { "" } else { "s" }
    )
}
