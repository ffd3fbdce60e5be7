//! How bad a piece of evidence is for this actor, now: habits and deliveries make it less, never nothing.

use catseye_model::Severity;

use super::grace::Delivery;
use crate::baseline::{Anomaly, Habit};

/// A severity after everything was considered, and why it is not what it was.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weighed {
    pub(super) severity: Severity,
    pub(super) why: Option<String>,
}

/// What a rule's match is worth.
pub(super) fn rule(severity: Severity, habit: Habit, surprise: Option<&Anomaly>) -> Weighed {
    // Where the baseline is surprised as well, habit is no excuse: something about it is new.
    if let Some(anomaly) = surprise {
        let raised = if severity == Severity::Medium && anomaly.severity >= Severity::Medium {
            Severity::High
        } else {
            severity
        };
        let why = (raised != severity).then(|| "raised: unusual for this actor, too".to_owned());
        return Weighed {
            severity: raised,
            why,
        };
    }
    let steps = match (habit.times, habit.for_days) {
        (3.., 2..) => 2,
        (1.., 1..) => 1,
        _ => 0,
    };
    let lowered = (0..steps).fold(severity, |severity, _| lower(severity));
    Weighed {
        severity: lowered,
        why: (lowered != severity).then(|| {
            format!(
                "lowered: a habit of this actor ({} times within {} days)",
                habit.times, habit.for_days
            )
        }),
    }
}

/// What an anomaly is worth.
pub(super) fn anomaly(anomaly: &Anomaly, grace: Option<&Delivery>) -> Weighed {
    let Some(delivery) = grace else {
        return Weighed {
            severity: anomaly.severity,
            why: None,
        };
    };
    Weighed {
        severity: lower(anomaly.severity),
        why: Some(format!(
            "lowered: {} delivered {} at {}",
            delivery.by,
            delivery.what,
            delivery.time.strftime("%H:%M")
        )),
    }
}

/// One step down.
fn lower(severity: Severity) -> Severity {
    match severity {
        Severity::Critical => Severity::High,
        Severity::High => Severity::Medium,
        Severity::Medium => Severity::Low,
        Severity::Low | Severity::Info => Severity::Info,
    }
}

/// One step up.
pub(super) fn raise(severity: Severity) -> Severity {
    match severity {
        Severity::Info => Severity::Low,
        Severity::Low => Severity::Medium,
        Severity::Medium => Severity::High,
        Severity::High | Severity::Critical => Severity::Critical,
    }
}

/// What a severity counts in the order of incidents.
pub(super) fn points(severity: Severity) -> f32 {
    match severity {
        Severity::Info => 0.0,
        Severity::Low => 1.0,
        Severity::Medium => 4.0,
        Severity::High => 10.0,
        Severity::Critical => 25.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_habit_lowers_and_never_below_the_floor() {
        let habit = |times, for_days| Habit { times, for_days };
        let weighed = |severity, habit| rule(severity, habit, None).severity;
        assert_eq!(weighed(Severity::High, habit(0, 0)), Severity::High);
        assert_eq!(
            weighed(Severity::High, habit(5, 0)),
            Severity::High,
            "a burst is no habit"
        );
        assert_eq!(weighed(Severity::High, habit(2, 1)), Severity::Medium);
        assert_eq!(weighed(Severity::High, habit(40, 12)), Severity::Low);
        assert_eq!(weighed(Severity::Critical, habit(40, 12)), Severity::Medium);
    }
}
