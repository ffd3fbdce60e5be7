//! An anomaly and its receipt: which past it broke, how large that past is, what came nearest, and how
//! rare it is. The score is the sum of the receipt's parts and nothing else.

use catseye_model::Severity;
use jiff::Timestamp;
use serde::Serialize;

use crate::detection::{Tactic, Target};

/// Behaviour outside of what was learned.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Anomaly {
    /// What kind of anomaly it is.
    pub kind: AnomalyKind,
    /// How bad, by the score.
    pub severity: Severity,
    /// The sum of the weighted surprises, in bits.
    pub score: f32,
    /// What the call would serve.
    pub tactic: Tactic,
    /// Who.
    pub actor: String,
    /// What was acted on.
    pub target: Target,
    /// When.
    pub time: Timestamp,
    /// What is unusual, in words: completes "ACTOR …".
    pub message: String,
    /// Why it is unusual.
    pub receipt: Receipt,
}

/// The kinds of anomalies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnomalyKind {
    /// Something that this actor has not done, or not so.
    Novelty,
    /// More in a minute than ever.
    Burst,
    /// More different things in an hour than ever.
    Spread,
    /// An actor that was silent for months.
    Dormant,
    /// A change by hand where somebody else delivers.
    PastDelivery,
}

impl AnomalyKind {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            AnomalyKind::Novelty => "novelty",
            AnomalyKind::Burst => "burst",
            AnomalyKind::Spread => "spread",
            AnomalyKind::Dormant => "dormant",
            AnomalyKind::PastDelivery => "past-delivery",
        }
    }
}

/// The past that an anomaly broke.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Receipt {
    /// How many calls of the actor the past holds.
    pub samples: u64,
    /// On how many days.
    pub days: u16,
    /// Since when.
    pub since: Timestamp,
    /// Whether that is enough to judge the actor by its own past; if not, its peers are the measure.
    pub mature: bool,
    /// What adds up to the score, most surprising first.
    pub parts: Vec<Part>,
}

/// One surprise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// The side of behaviour: `action`, `network`, …
    pub what: &'static str,
    /// The value that surprises.
    pub value: String,
    /// How surprising: every bit halves the chance.
    pub bits: f32,
    /// How much it counts.
    pub weight: f32,
    /// The reasons, in words.
    pub because: String,
}

impl Part {
    /// What it adds to the score.
    pub fn points(&self) -> f32 {
        self.bits * self.weight
    }
}

impl Receipt {
    /// The past in one line: `212 calls on 43 days since 2026-10-09`.
    pub fn past(&self) -> String {
        let past = format!(
            "{} call{} on {} day{} since {}",
            grouped(self.samples),
            if self.samples == 1 { "" } else { "s" },
            self.days,
            if self.days == 1 { "" } else { "s" },
            self.since.strftime("%Y-%m-%d"),
        );
        if self.mature {
            past
        } else {
            format!("{past}, too few: judged by its peers")
        }
    }
}

/// `1204331` as `1,204,331`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A chance as people say it: `about 1 in 5,400`.
pub(super) fn odds(chance: f32) -> String {
    let one_in = (1.0 / chance.max(1e-9)).round();
    if one_in < 1.5 {
        return "likely".to_owned();
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and 10^9"
    )]
    let one_in = one_in as u64;
    let rounding = 10_u64.pow(one_in.ilog10().saturating_sub(1));
    format!("about 1 in {}", grouped(one_in / rounding * rounding))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1_204_331), "1,204,331");
        assert_eq!(odds(0.9), "likely");
        assert_eq!(odds(0.02), "about 1 in 50");
        assert_eq!(odds(0.000_18), "about 1 in 5,500");
    }
}
