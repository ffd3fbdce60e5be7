//! What the rules could not judge, and why: "no detection" must never mean "no data".

use catseye_event::{Aspect, Fidelity};

use super::rule::{Given, Rule};

/// How the rules fared over a log.
#[derive(Debug, Clone)]
pub struct Coverage {
    /// Requests that were judged.
    pub events: u64,
    /// Writes among them that were only tried out (`dryRun=All`).
    pub dry_runs: u64,
    /// Every rule with its counts.
    pub rules: Vec<(&'static Rule, RuleCoverage)>,
}

/// How one rule fared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RuleCoverage {
    /// Calls that it was asked about.
    pub judged: u64,
    /// Calls that it matched.
    pub fired: u64,
    /// Calls that it could not be asked about, because the event does not show enough.
    pub not_evaluable: u64,
    /// What would have had to be given beside the log.
    pub lacks: Option<Given>,
    pub(super) missing: Option<Fidelity>,
}

impl RuleCoverage {
    pub(super) fn missed(&mut self, missing: Fidelity) {
        self.not_evaluable += 1;
        let known = self.missing.unwrap_or(Fidelity::NONE);
        self.missing = Some(missing.aspects().fold(known, Fidelity::with));
    }

    /// What the events lacked.
    pub fn missing(&self) -> impl Iterator<Item = Aspect> {
        self.missing.unwrap_or(Fidelity::NONE).aspects()
    }

    /// True when there was something to judge and none of it could be judged.
    pub fn is_blind(&self) -> bool {
        self.judged == 0 && (self.not_evaluable > 0 || self.lacks.is_some())
    }
}

impl Coverage {
    /// The rules that could not be judged on some or all of their calls.
    pub fn gaps(&self) -> impl Iterator<Item = (&'static Rule, RuleCoverage)> {
        self.rules
            .iter()
            .copied()
            .filter(|(_, count)| count.not_evaluable > 0 || count.lacks.is_some())
    }
}
