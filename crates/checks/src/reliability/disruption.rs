//! Which `PodDisruptionBudget` covers which workload.

use std::collections::HashMap;

use catseye_model::selector::Condition;
use catseye_model::{Fields, Inventory, Kind, Object, ObjectId, Selector};

use crate::context::{Index, Reads};

/// Budgets and the workloads whose pods they select.
#[derive(Default)]
pub(super) struct Budgets {
    of_workload: HashMap<ObjectId, Vec<ObjectId>>,
    workloads: HashMap<ObjectId, Vec<ObjectId>>,
}

impl Budgets {
    /// The budgets that select the pods of a workload.
    pub(super) fn of_workload(&self, workload: ObjectId) -> &[ObjectId] {
        self.of_workload.get(&workload).map_or(&[], Vec::as_slice)
    }

    /// The workloads whose pods a budget selects.
    pub(super) fn workloads(&self, budget: ObjectId) -> &[ObjectId] {
        self.workloads.get(&budget).map_or(&[], Vec::as_slice)
    }
}

impl Index for Budgets {
    const READS: Reads = Reads::KindsAndWorkloads(&[Kind::PodDisruptionBudget]);

    fn build(inventory: &Inventory) -> Self {
        let mut namespaces: HashMap<&str, Namespace> = HashMap::new();
        for (id, budget) in inventory.of_kind(Kind::PodDisruptionBudget) {
            if let Some(selector) = pods_selected(budget) {
                let namespace = namespaces.entry(budget.namespace()).or_default();
                namespace.add(id, selector);
            }
        }
        let mut budgets = Budgets::default();
        if namespaces.is_empty() {
            return budgets;
        }
        for (workload, pod) in inventory.workloads() {
            let Some(namespace) = namespaces.get(pod.object.namespace()) else {
                continue;
            };
            for (budget, selector) in namespace.candidates(pod.labels()) {
                if selector.matches(pod.labels()) {
                    let covering = budgets.of_workload.entry(workload).or_default();
                    covering.push(*budget);
                    budgets.workloads.entry(*budget).or_default().push(workload);
                }
            }
        }
        budgets
    }
}

/// The pods that a budget selects; `None` for none at all.
fn pods_selected(budget: &Object) -> Option<Selector> {
    let selector = budget.value().at("spec.selector");
    let read = Selector::of(selector).ok()?;
    // Null selects nothing; an empty selector nothing in v1beta1 and everything since.
    let nothing =
        selector.is_null() || (read.selects_everything() && budget.version() == "v1beta1");
    (!nothing).then_some(read)
}

/// The selectors of one namespace, by one label that they demand, so that a workload meets only
/// those that may select it.
#[derive(Default)]
struct Namespace {
    by_label: HashMap<String, HashMap<String, Vec<(ObjectId, Selector)>>>,
    others: Vec<(ObjectId, Selector)>,
}

impl Namespace {
    fn add(&mut self, id: ObjectId, selector: Selector) {
        let demanded =
            selector
                .requirements()
                .iter()
                .find_map(|requirement| match &requirement.condition {
                    Condition::In(values) => match values.as_slice() {
                        [value] => Some((requirement.key.clone(), value.clone())),
                        _ => None,
                    },
                    _ => None,
                });
        let list = match demanded {
            Some((key, value)) => self
                .by_label
                .entry(key)
                .or_default()
                .entry(value)
                .or_default(),
            None => &mut self.others,
        };
        list.push((id, selector));
    }

    fn candidates<'a>(
        &'a self,
        labels: &'a catseye_model::Value,
    ) -> impl Iterator<Item = &'a (ObjectId, Selector)> {
        labels
            .entries("")
            .filter_map(|(key, value)| self.by_label.get(key)?.get(value.as_str()?))
            .flatten()
            .chain(&self.others)
    }
}
