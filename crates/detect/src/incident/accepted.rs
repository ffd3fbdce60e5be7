//! Evidence that somebody has accepted: named in the exceptions file with who, why and until when.
//!
//! An exception names rules by id or name, `baseline` for what is unusual, and where it shall hold the
//! actor, the namespace, the name and (as `kind`) the resource. What is accepted is learned as usual.

use catseye_model::{FieldPath, Place, Severity};
use catseye_policy::exception::Subject;
use catseye_policy::{Complaint, Exceptions};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::audit;
use crate::baseline::Anomaly;
use crate::detection::{Detection, Target};
use crate::runtime;

/// The name under which the baseline's evidence is accepted.
const BASELINE: &str = "baseline";

/// The exceptions, and how much they have hidden.
#[derive(Debug, Default)]
pub(super) struct Accepted {
    exceptions: Exceptions,
    count: u64,
}

impl Accepted {
    pub(super) fn new(exceptions: Exceptions) -> Self {
        Self {
            exceptions,
            count: 0,
        }
    }

    /// How many pieces of evidence were accepted.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Exceptions that have expired or accept nothing.
    pub(super) fn complaints(&self, today: Date) -> Vec<Complaint> {
        self.exceptions.complaints(today)
    }

    /// True when what a rule found is accepted on the day of the event.
    pub(super) fn rule(&mut self, actor: &str, detection: &Detection) -> bool {
        let name = audit::find(&detection.rule)
            .map(|rule| rule.name())
            .or_else(|| runtime::find(&detection.rule).map(|rule| rule.name()));
        let (id, name) = (&*detection.rule, name.as_deref().unwrap_or_default());
        self.accepts((id, name), actor, &detection.target, detection.time)
    }

    /// True when what broke the baseline is accepted on the day of the event.
    pub(super) fn anomaly(&mut self, actor: &str, anomaly: &Anomaly) -> bool {
        self.accepts((BASELINE, BASELINE), actor, &anomaly.target, anomaly.time)
    }

    fn accepts(
        &mut self,
        (id, name): (&str, &str),
        actor: &str,
        target: &Target,
        time: Timestamp,
    ) -> bool {
        let subject = Subject {
            check_id: id,
            check_name: name,
            kind: &target.resource,
            namespace: &target.namespace,
            name: &target.name,
            owner: None,
            actor: Some(actor),
        };
        // An event is no object: exceptions for a container or a field do not fit it.
        let whole = Place {
            path: FieldPath::root(),
            container: None,
            message: String::new(),
            severity: Severity::Info,
        };
        let day = time.to_zoned(TimeZone::UTC).date();
        let accepted = self.exceptions.accepting(&subject, &whole, day).is_some();
        self.count += u64::from(accepted);
        accepted
    }
}
