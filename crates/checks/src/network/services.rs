//! Services: the workloads behind them and the services before a workload.
//!
//! Behind a Service stand the pods that its selector selects; without a selector, the pods that its
//! Endpoints or EndpointSlices name.

use std::collections::{BTreeSet, HashMap};

use catseye_model::{Inventory, Kind, Object, ObjectId};
use catseye_netpol::entry::service::endpoints;
pub(crate) use catseye_netpol::entry::service::{
    has_port, is_external_name, is_headless, selector, service_type,
};

use super::pods::Pods;

/// The two directions of "this Service stands before that workload".
#[derive(Debug, Clone, Default)]
pub(crate) struct Services {
    workloads: HashMap<ObjectId, Vec<ObjectId>>,
    services: HashMap<ObjectId, Vec<ObjectId>>,
    namespaces: HashMap<Box<str>, Vec<ObjectId>>,
}

impl Services {
    pub(crate) fn of(inventory: &Inventory, pods: &Pods) -> Self {
        let mut services = Services::default();
        for (id, service) in inventory.of_kind(Kind::Service) {
            services.add(inventory, pods, id, service);
        }
        services
    }

    /// The same as [`Services::of`], where only these namespaces are different.
    pub(crate) fn renewed(
        &self,
        inventory: &Inventory,
        pods: &Pods,
        namespaces: &BTreeSet<Box<str>>,
    ) -> Self {
        let mut services = self.clone();
        let mut behind: BTreeSet<ObjectId> = BTreeSet::new();
        for namespace in namespaces {
            for id in services.namespaces.remove(namespace).unwrap_or_default() {
                for workload in services.workloads.remove(&id).unwrap_or_default() {
                    if let Some(before) = services.services.get_mut(&workload) {
                        before.retain(|service| *service != id);
                    }
                    behind.insert(workload);
                }
            }
        }
        for namespace in namespaces {
            for (id, service) in inventory.in_namespace(Kind::Service, namespace) {
                services.add(inventory, pods, id, service);
                behind.extend(services.workloads_of(id));
            }
        }
        for workload in behind {
            match services.services.get_mut(&workload) {
                Some(before) if before.is_empty() => {
                    services.services.remove(&workload);
                }
                Some(before) => before.sort_unstable(),
                None => {}
            }
        }
        services
    }

    fn add(&mut self, inventory: &Inventory, pods: &Pods, id: ObjectId, service: &Object) {
        let workloads = if is_external_name(service) {
            Vec::new()
        } else if let Some(selector) = selector(service) {
            pods.selected(inventory, service.namespace(), &selector)
        } else {
            endpoints(inventory, service)
        };
        for workload in &workloads {
            self.services.entry(*workload).or_default().push(id);
        }
        self.workloads.insert(id, workloads);
        self.namespaces
            .entry(service.namespace().into())
            .or_default()
            .push(id);
    }

    /// The judged workloads behind a Service.
    pub(crate) fn workloads_of(&self, service: ObjectId) -> &[ObjectId] {
        self.workloads.get(&service).map_or(&[], Vec::as_slice)
    }

    /// The Services before a judged workload.
    pub(crate) fn services_of(&self, workload: ObjectId) -> &[ObjectId] {
        self.services.get(&workload).map_or(&[], Vec::as_slice)
    }
}
