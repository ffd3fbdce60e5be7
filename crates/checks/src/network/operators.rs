//! Pods and Services that are not among the objects because an operator makes them for a custom
//! resource: by convention their labels and names carry the resource's name.

use std::collections::{HashMap, HashSet};

use catseye_model::selector::Condition;
use catseye_model::{Inventory, Kind, Selector};

/// The names of custom resources, by namespace.
#[derive(Debug, Default)]
pub(crate) struct Operators {
    resources: HashMap<Box<str>, HashSet<Box<str>>>,
}

impl Operators {
    pub(crate) fn of(inventory: &Inventory) -> Self {
        let mut operators = Operators::default();
        let resources = [
            Kind::Other,
            Kind::EtcdCluster,
            Kind::ArgoCd,
            Kind::FluxHelmRelease,
            Kind::ArgoApplication,
            Kind::IstioOperator,
            Kind::Gateway,
        ];
        for (_, object) in resources.iter().flat_map(|kind| inventory.of_kind(*kind)) {
            if object.name().is_empty() {
                continue;
            }
            operators
                .resources
                .entry(object.namespace().into())
                .or_default()
                .insert(object.name().into());
        }
        operators
    }

    /// True when a custom resource of the namespace bears a name that the selector demands.
    pub(crate) fn may_run(&self, namespace: &str, selector: &Selector) -> bool {
        let Some(names) = self.resources.get(namespace) else {
            return false;
        };
        selector
            .requirements()
            .iter()
            .any(|requirement| match &requirement.condition {
                Condition::In(values) => values.iter().any(|value| names.contains(value.as_str())),
                _ => false,
            })
    }

    /// True when a custom resource of the namespace bears this name, or one that it begins with.
    pub(crate) fn may_make(&self, namespace: &str, name: &str) -> bool {
        let Some(names) = self.resources.get(namespace) else {
            return false;
        };
        let prefixes = name
            .match_indices('-')
            .filter_map(|(end, _)| name.get(..end));
        names.contains(name) || prefixes.into_iter().any(|prefix| names.contains(prefix))
    }
}
