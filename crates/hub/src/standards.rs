//! What a team holds its cluster to: the settings of checks, accepted risks, and what was known before.
//!
//! As in a scan, accepted findings cost no points and known ones do; both are listed apart.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

use catseye_checks::score::Score;
use catseye_checks::{Check, Config, Verdict};
use catseye_model::{Finding, Inventory, Object, ObjectKey, Place};
use catseye_policy::annotation::{self, Carrier};
use catseye_policy::baseline::Identity;
use catseye_policy::exception::Subject;
use catseye_policy::{Baseline, Exceptions};
use jiff::civil::Date;

use crate::api::owner;

/// What a team holds its cluster to.
#[derive(Debug, Default)]
pub struct Standards {
    /// How checks judge.
    pub checks: Config,
    /// Risks that were accepted; annotations of objects add to them.
    pub exceptions: Exceptions,
    /// What was known when the baseline was written.
    pub known: Baseline,
}

/// Why a finding is not asked to be mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Acceptance {
    pub(crate) reason: String,
    pub(crate) author: Option<String>,
    pub(crate) expires: Option<Date>,
}

/// A verdict's findings, held against the standards.
pub(crate) struct Held<'v> {
    /// What is to be mended.
    pub(crate) open: Cow<'v, [Finding]>,
    /// What is not, with its check and why.
    pub(crate) accepted: Vec<(&'static str, Place, Acceptance)>,
    /// What the object comes to.
    pub(crate) score: Score,
}

impl Standards {
    /// Holds a verdict of an object against them on a day.
    pub(crate) fn hold<'v>(
        &self,
        verdict: &'v Verdict,
        inventory: &Inventory,
        today: Date,
    ) -> Held<'v> {
        let object = inventory.object(verdict.object);
        let own = annotated(object);
        let none = self.known.is_empty()
            && self.exceptions.all().next().is_none()
            && own.all().next().is_none();
        if none {
            return Held {
                open: Cow::Borrowed(&verdict.findings),
                accepted: Vec::new(),
                score: Score::of(&verdict.findings),
            };
        }
        let owner = owner(inventory, verdict.object);
        let mut accepted = Vec::new();
        let scored = left(&verdict.findings, |finding, place| {
            let subject = subject(finding.check, object, owner.as_deref());
            let of_file = self.exceptions.holding(&subject, place, today);
            let found = of_file.or_else(|| own.holding(&subject, place, today));
            found.is_none_or(|exception| {
                let why = Acceptance {
                    reason: exception.reason.clone(),
                    author: exception.author.clone(),
                    expires: exception.expires,
                };
                accepted.push((finding.check, place.clone(), why));
                false
            })
        });
        let score = Score::of(&scored);
        if self.known.is_empty() {
            return Held {
                open: Cow::Owned(scored),
                accepted,
                score,
            };
        }
        let display = ObjectKey::of(object).to_string();
        let open = left(&scored, |finding, place| {
            let identity = Identity {
                check: finding.check.to_owned(),
                object: display.clone(),
                path: place.path.by_name(object.value()),
            };
            if !self.known.holds(&identity) {
                return true;
            }
            let why = Acceptance {
                reason: "it was known when the baseline was written".to_owned(),
                author: None,
                expires: None,
            };
            accepted.push((finding.check, place.clone(), why));
            false
        });
        Held {
            open: Cow::Owned(open),
            accepted,
            score,
        }
    }
}

/// Findings with those of their places that stay; a finding without places goes.
fn left(findings: &[Finding], mut stays: impl FnMut(&Finding, &Place) -> bool) -> Vec<Finding> {
    let mut kept = Vec::new();
    for finding in findings {
        let mut finding = finding.clone();
        let places = std::mem::take(&mut finding.places);
        finding.places = places
            .into_iter()
            .filter(|place| stays(&finding, place))
            .collect();
        if let Some(worst) = finding.places.iter().map(|place| place.severity).max() {
            finding.severity = worst;
            kept.push(finding);
        }
    }
    kept
}

/// The exceptions that an object carries itself. A line that is none holds nothing; a scan says so.
fn annotated(object: &Object) -> Exceptions {
    let mut own = Exceptions::default();
    let Some(text) = object.annotation(annotation::KEY) else {
        return own;
    };
    let display = object.to_string();
    let carrier = Carrier {
        display: &display,
        kind: object.kind_name(),
        namespace: object.namespace(),
        name: object.name(),
    };
    for exception in annotation::read(text, &carrier).into_iter().flatten() {
        own.add(exception);
    }
    own
}

fn subject<'a>(check: &'a str, object: &'a Object, owner: Option<&'a str>) -> Subject<'a> {
    static NAMES: OnceLock<HashMap<&'static str, &'static str>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        catseye_checks::all()
            .map(|check: &'static Check| (check.id, check.file_name()))
            .collect()
    });
    Subject {
        check_id: check,
        check_name: names.get(check).copied().unwrap_or_default(),
        kind: object.kind_name(),
        namespace: object.namespace(),
        name: object.name(),
        owner,
        actor: None,
    }
}
