//! Runs checks over objects.
//!
//! One object at a time: the caller may spread objects over threads, and an admission webhook may ask
//! about one object on an overlay of the Inventory.

use std::collections::BTreeMap;
use std::sync::Arc;

use catseye_model::{Finding, Inventory, Kind, ObjectId, PodView};

use crate::check::{Check, Run};
use crate::config::Config;
use crate::context::{Changed, Context, Indexes};
use crate::findings::{Answer, Findings};
use crate::framework::Framework;

/// A selection of checks over one Inventory.
pub struct Judge<'a> {
    context: Context<'a>,
    selection: Selection,
    /// The frameworks that findings about pods are held to, one of them at least.
    held_to: Vec<&'static Framework>,
}

/// Checks, sorted by the kinds that they judge: made once where many small Inventories are judged.
#[derive(Debug, Clone)]
pub struct Selection(Arc<Selected>);

#[derive(Debug)]
struct Selected {
    /// For each kind, the checks that judge it, by their place in `checks`.
    by_kind: BTreeMap<Kind, Vec<usize>>,
    checks: Vec<&'static Check>,
}

impl Selection {
    /// These checks.
    pub fn new(checks: impl IntoIterator<Item = &'static Check>) -> Self {
        let checks: Vec<&'static Check> = checks.into_iter().collect();
        let by_kind = Kind::ALL
            .iter()
            .chain([&Kind::Other])
            .map(|kind| {
                let applying = checks
                    .iter()
                    .enumerate()
                    .filter(|(_, check)| check.applies_to(*kind))
                    .map(|(index, _)| index)
                    .collect();
                (*kind, applying)
            })
            .collect();
        Selection(Arc::new(Selected { by_kind, checks }))
    }

    /// The checks, in the order given.
    pub fn checks(&self) -> &[&'static Check] {
        &self.0.checks
    }
}

/// Some of a judge's checks, a bit for each: there is one such set an object, and most checks are in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckSet {
    words: Box<[u64]>,
}

impl CheckSet {
    fn empty(checks: usize) -> Self {
        CheckSet {
            words: vec![0; checks.div_ceil(64)].into(),
        }
    }

    fn insert(&mut self, index: usize) {
        if let Some(word) = self.words.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }

    /// The number of checks.
    pub fn len(&self) -> usize {
        self.words
            .iter()
            .map(|word| word.count_ones() as usize)
            .sum()
    }

    /// True without checks.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The checks' places in [`Judge::checks`].
    pub fn indices(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            (0..64)
                .filter(move |bit| word & (1 << bit) != 0)
                .map(move |bit| at * 64 + bit)
        })
    }
}

/// All answers about one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The object.
    pub object: ObjectId,
    /// What is wrong, in the order of the checks.
    pub findings: Vec<Finding>,
    /// The checks that found nothing wrong.
    pub passed: CheckSet,
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
        Self::of(inventory, config, Selection::new(checks))
    }

    /// A judge with checks that were selected before.
    pub fn of(inventory: &'a Inventory, config: &'a Config, selection: Selection) -> Self {
        Judge {
            context: Context::new(inventory, config),
            selection,
            held_to: Vec::new(),
        }
    }

    /// Counts a finding about a pod only where one of these frameworks demands it, so that a scan by
    /// the Pod Security Standards says of a version exactly what its admission would.
    #[must_use]
    pub fn held_to(mut self, frameworks: &[&'static Framework]) -> Self {
        self.held_to = frameworks.to_vec();
        self
    }

    /// Uses what was derived from an Inventory before this one and [still holds](Indexes::after).
    #[must_use]
    pub fn with_indexes(mut self, indexes: Indexes) -> Self {
        self.context = self.context.with_indexes(indexes);
        self
    }

    /// Judges an Inventory that differs from another one by little: what does not depend on the change
    /// is derived from the other one, once, and kept in its indexes. Ids must mean the same in both.
    #[must_use]
    pub fn over(
        mut self,
        before: &'a Inventory,
        indexes: &'a Indexes,
        changed: &'a Changed,
    ) -> Self {
        self.context = self.context.over(before, indexes, changed);
        self
    }

    /// What was derived from the Inventory so far.
    pub fn indexes(&self) -> Indexes {
        self.context.indexes().clone()
    }

    /// The checks that are run.
    pub fn checks(&self) -> &[&'static Check] {
        self.selection.checks()
    }

    /// The ids of the checks that passed.
    pub fn passed<'v>(
        &self,
        verdict: &'v Verdict,
    ) -> impl Iterator<Item = &'static str> + use<'_, 'v, 'a> {
        verdict
            .passed
            .indices()
            .filter_map(|index| Some(self.checks().get(index)?.id))
    }

    /// The Inventory that is judged.
    pub fn inventory(&self) -> &'a Inventory {
        self.context.inventory
    }

    /// Judges one object; `None` for an object that another one stands for (a pod of a Deployment).
    pub fn verdict(&self, id: ObjectId) -> Option<Verdict> {
        self.inventory()
            .is_judged(id)
            .then(|| self.verdict_alone(id))
    }

    /// Judges one object even where another one stands for it: at admission a pod may only say that it
    /// belongs to a Deployment.
    ///
    /// # Panics
    ///
    /// When the id is not of this Inventory.
    pub fn verdict_alone(&self, id: ObjectId) -> Verdict {
        let inventory = self.context.inventory;
        let object = inventory.object(id);
        let pod = PodView::of(object);
        let mut verdict = Verdict {
            object: id,
            findings: Vec::new(),
            passed: CheckSet::empty(self.checks().len()),
            unknown: Vec::new(),
        };
        for index in self
            .selection
            .0
            .by_kind
            .get(&object.kind())
            .into_iter()
            .flatten()
            .copied()
        {
            let check = self.selection.0.checks[index];
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
                Answer::Passed => verdict.passed.insert(index),
                Answer::Failed(_) if !self.is_demanded(check, pod.as_ref()) => {
                    verdict.passed.insert(index);
                }
                Answer::Failed(finding) => verdict.findings.push(finding),
                Answer::Unknown(reason) => verdict.unknown.push((check.id, reason)),
            }
        }
        verdict
    }

    fn is_demanded(&self, check: &Check, pod: Option<&PodView<'_>>) -> bool {
        let Some(pod) = pod.filter(|_| !self.held_to.is_empty()) else {
            return true;
        };
        let version = self.context.version();
        self.held_to
            .iter()
            .any(|framework| framework.demands(check, version, pod))
    }
}
