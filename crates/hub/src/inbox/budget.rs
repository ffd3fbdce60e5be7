//! At most so many new incidents a day: the rest is counted and told, not shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use catseye_model::Severity;
use jiff::{SignedDuration, Timestamp};

use super::incident::Incident;

/// What the inbox keeps to its budget of noise, and what that held back.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Budget {
    /// At most so many new incidents are shown a day, critical ones always; 0 for no limit.
    pub per_day: u32,
    /// New incidents of the last 24 hours that are shown.
    pub shown: usize,
    /// Ids of those of the last 24 hours that are held back, best ranked first.
    pub held_back: Vec<String>,
    /// Held back in all, of any day.
    pub held_back_in_all: usize,
    /// The same in a sentence.
    pub says: String,
}

/// Decides which rows are held back. Gives those whose answer is another than before.
pub(super) fn hold_back(
    rows: &BTreeMap<String, Arc<Incident>>,
    per_day: u32,
    now: Timestamp,
) -> (Vec<(String, bool)>, Budget) {
    let mut days: BTreeMap<i64, Vec<&Arc<Incident>>> = BTreeMap::new();
    for row in rows.values().filter(|row| row.state.is_active()) {
        let day = row.first.as_second().div_euclid(86_400);
        days.entry(day).or_default().push(row);
    }
    let mut flips = Vec::new();
    let mut budget = Budget {
        per_day,
        ..Budget::default()
    };
    let yesterday = now - SignedDuration::from_hours(24);
    for rows in days.values_mut() {
        rows.sort_by(|a, b| {
            b.rank
                .points
                .total_cmp(&a.rank.points)
                .then_with(|| a.id.cmp(&b.id))
        });
        for (place, row) in rows.iter().enumerate() {
            let over = per_day > 0 && place >= per_day as usize;
            let held = over && row.severity < Severity::Critical;
            if held != row.held_back {
                flips.push((row.id.clone(), held));
            }
            budget.held_back_in_all += usize::from(held);
            if row.first >= yesterday {
                if held {
                    budget.held_back.push(row.id.clone());
                } else {
                    budget.shown += 1;
                }
            }
        }
    }
    budget.says = match (per_day, budget.held_back.len()) {
        (0, _) => "No budget is set: every incident is shown.".to_owned(),
        (_, 0) => format!(
            "{} new incidents in the last 24 hours, all shown (at most {per_day} a day).",
            budget.shown
        ),
        (_, held) => format!(
            "{} new incidents shown in the last 24 hours (at most {per_day} a day, critical ones \
             always), {held} of lower rank held back.",
            budget.shown
        ),
    };
    (flips, budget)
}
