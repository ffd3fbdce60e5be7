//! A freeze, or "holiday mode": days on which nobody deploys, workloads scale, and hand-made changes of
//! security are louder.

use catseye_drift::{Attribution, Class, Difference, ObjectDrift};
use catseye_model::Severity;
use jiff::Timestamp;

/// A freeze window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freeze {
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub until: Timestamp,
}

/// Why a text is no window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no window: write FROM..UNTIL with times such as 2026-12-24T00:00:00Z")]
pub struct NoWindow(String);

impl std::str::FromStr for Freeze {
    type Err = NoWindow;

    fn from_str(text: &str) -> Result<Self, NoWindow> {
        let wrong = || NoWindow(text.to_owned());
        let (from, until) = text.split_once("..").ok_or_else(wrong)?;
        let freeze = Freeze {
            from: from.parse().map_err(|_| wrong())?,
            until: until.parse().map_err(|_| wrong())?,
        };
        (freeze.from < freeze.until)
            .then_some(freeze)
            .ok_or_else(wrong)
    }
}

/// How a difference counts during a freeze.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Judged {
    /// More or fewer replicas: what a freeze is for.
    Expected,
    /// As on any day.
    Usual,
    /// A change by hand while nobody should change anything.
    Louder,
}

impl Freeze {
    /// True within the window.
    pub fn holds(&self, time: Timestamp) -> bool {
        self.from <= time && time < self.until
    }

    /// How a difference counts. One whose time nobody knows is taken as one of the window: quiet would be
    /// the wrong way to err.
    pub fn judge(&self, difference: &Difference, by: &Attribution) -> Judged {
        let within = by.time.is_none_or(|time| self.holds(time));
        let scales =
            difference.path.is_below("spec.replicas") && difference.class == Class::Changed;
        match (within, scales) {
            (true, true) => Judged::Expected,
            (true, false) if difference.class.is_difference() => Judged::Louder,
            _ => Judged::Usual,
        }
    }

    /// The severity of an object's drift during the freeze.
    pub fn severity(
        &self,
        severity: Severity,
        object: &ObjectDrift,
        by: &[Attribution],
    ) -> Severity {
        let judged = object
            .differences
            .iter()
            .zip(by)
            .map(|(difference, by)| self.judge(difference, by))
            .max()
            .unwrap_or(Judged::Usual);
        match judged {
            Judged::Expected => Severity::Info,
            Judged::Usual => severity,
            Judged::Louder => match severity {
                Severity::Info => Severity::Low,
                Severity::Low => Severity::Medium,
                Severity::Medium => Severity::High,
                Severity::High | Severity::Critical => Severity::Critical,
            },
        }
    }
}
