//! Runs checks over objects.
//!
//! One object at a time: the caller may spread objects over threads, and an admission webhook may ask
//! about one object on an overlay of the Inventory.

use std::collections::BTreeMap;

use catseye_model::{Finding, Inventory, Kind, ObjectId, PodView};

use crate::check::{Check, Run};
use crate::config::Config;
use crate::context::Context;
use crate::findings::{Answer, Findings};

/// A selection of checks over one Inventory.
pub struct Judge<'a> {
    context: Context<'a>,
    checks: BTreeMap<Kind, Vec<&'static Check>>,
    selected: Vec<&'static Check>,
}

/// All answers about one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The object.
    pub object: ObjectId,
    /// What is wrong, in the order of the checks.
    pub findings: Vec<Finding>,
    /// Ids of the checks that found nothing wrong.
    pub passed: Vec<&'static str>,
    /// Ids of the checks that could not tell, with the reason.
    pub unknown: Vec<(&'static str, String)>,
}

impl<'a> Judge<'a> {
    /// A judge with these checks.
    pub fn new(
        inventory: &'a Inventory,
        config: &'a Config,
        checks: impl IntoIterator<Item = &'static Check>,
    ) -> Self {
        let selected: Vec<&'static Check> = checks.into_iter().collect();
        let by_kind = Kind::ALL
            .iter()
            .chain([&Kind::Other])
            .map(|kind| {
                let applying = selected
                    .iter()
                    .copied()
                    .filter(|check| check.applies_to(*kind))
                    .collect();
                (*kind, applying)
            })
            .collect();
        Judge {
            context: Context::new(inventory, config),
            checks: by_kind,
            selected,
        }
    }

    /// The checks that are run.
    pub fn checks(&self) -> &[&'static Check] {
        &self.selected
    }

    /// The Inventory that is judged.
    pub fn inventory(&self) -> &'a Inventory {
        self.context.inventory
    }

    /// Judges one object; `None` for an object that another one stands for (a pod of a Deployment).
    pub fn verdict(&self, id: ObjectId) -> Option<Verdict> {
        let inventory = self.context.inventory;
        if !inventory.is_judged(id) {
            return None;
        }
        let object = inventory.object(id);
        let pod = PodView::of(object);
        let mut verdict = Verdict {
            object: id,
            findings: Vec::new(),
            passed: Vec::new(),
            unknown: Vec::new(),
        };
        for check in self.checks.get(&object.kind()).into_iter().flatten() {
            if let Run::ObjectsWhere(_, chosen, _) = check.run
                && !chosen(object)
            {
                continue;
            }
            let mut findings = Findings::new(check);
            match check.run {
                Run::Pods(run) => match &pod {
                    Some(pod) => run(pod, &self.context, &mut findings),
                    None => findings.unknown("the object has no pod spec"),
                },
                Run::Objects(_, run) | Run::ObjectsWhere(_, _, run) | Run::AnyObject(run) => {
                    run(object, &self.context, &mut findings);
                }
            }
            match findings.answer(check, id) {
                Answer::Passed => verdict.passed.push(check.id),
                Answer::Failed(finding) => verdict.findings.push(finding),
                Answer::Unknown(reason) => verdict.unknown.push((check.id, reason)),
            }
        }
        Some(verdict)
    }
}
