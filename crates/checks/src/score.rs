//! A score from 0 to 100 that explains itself.
//!
//! An object starts at 100 and loses points for each failed check by severity: critical 40, high 15,
//! medium 5, low 1, info 0. So a single critical finding is below every pass mark that a team would
//! set, and no amount of hygiene outweighs it. A folder has the mean of its workloads and of the
//! other objects that have findings: objects on which there is nothing to find do not flatter it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use catseye_model::{Finding, Severity};
use serde::Serialize;

/// The score of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Score {
    /// From 0 (worst) to 100.
    pub points: u8,
    /// How many checks failed, by severity.
    pub failed: BTreeMap<Severity, u32>,
}

/// The points that one failed check of this severity costs.
pub fn cost(severity: Severity) -> u32 {
    match severity {
        Severity::Critical => 40,
        Severity::High => 15,
        Severity::Medium => 5,
        Severity::Low => 1,
        Severity::Info => 0,
    }
}

impl Score {
    /// The score that these findings of one object leave.
    pub fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let mut failed: BTreeMap<Severity, u32> = BTreeMap::new();
        for finding in findings {
            *failed.entry(finding.severity).or_default() += 1;
        }
        let lost: u32 = failed
            .iter()
            .map(|(severity, count)| cost(*severity) * count)
            .sum();
        // At most 100, so it fits a byte.
        let points = u8::try_from(100_u32.saturating_sub(lost)).unwrap_or(0);
        Score { points, failed }
    }

    /// `45 = 100 - 40 (1 critical) - 15 (1 high)`.
    pub fn explained(&self) -> String {
        let mut text = format!("{} = 100", self.points);
        for (severity, count) in self.failed.iter().rev() {
            if cost(*severity) > 0 {
                let _ = write!(text, " - {} ({count} {severity})", cost(*severity) * count);
            }
        }
        if self.points == 0 {
            text.push_str(", at least 0");
        }
        text
    }
}

/// The mean of scores, rounded down; 100 for none.
pub fn mean(scores: impl IntoIterator<Item = u8>) -> u8 {
    let (sum, count) = scores.into_iter().fold((0_u64, 0_u64), |(sum, count), s| {
        (sum + u64::from(s), count + 1)
    });
    u8::try_from(sum.checked_div(count).unwrap_or(100)).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use catseye_model::ObjectId;

    use super::*;

    fn finding(severity: Severity) -> Finding {
        Finding {
            check: "POD-001",
            severity,
            object: ObjectId(0),
            places: Vec::new(),
        }
    }

    #[test]
    fn a_score_tells_how_it_came_about() {
        let findings = [Severity::Critical, Severity::High, Severity::Info].map(finding);
        let score = Score::of(&findings);
        assert_eq!(
            score.explained(),
            "45 = 100 - 40 (1 critical) - 15 (1 high)"
        );
        assert_eq!(Score::of(&[]).explained(), "100 = 100");
        let many = [Severity::Critical; 4].map(finding);
        assert_eq!(Score::of(&many).points, 0);
    }

    #[test]
    fn the_mean_of_nothing_is_perfect() {
        assert_eq!(mean([]), 100);
        assert_eq!(mean([100, 51]), 75);
    }
}
