//! Services: the workloads behind them and the services before a workload.
//!
//! Behind a Service stand the pods that its selector selects; without a selector, the pods that its
//! Endpoints or EndpointSlices name.

use std::collections::HashMap;

use catseye_model::{Inventory, Kind, ObjectId};
use catseye_netpol::entry::service::endpoints;
pub(crate) use catseye_netpol::entry::service::{
    has_port, is_external_name, is_headless, selector, service_type,
};

use super::pods::Pods;

/// The two directions of "this Service stands before that workload".
#[derive(Debug, Default)]
pub(crate) struct Services {
    workloads: HashMap<ObjectId, Vec<ObjectId>>,
    services: HashMap<ObjectId, Vec<ObjectId>>,
}

impl Services {
    pub(crate) fn of(inventory: &Inventory, pods: &Pods) -> Self {
        let mut services = Services::default();
        for (id, service) in inventory.of_kind(Kind::Service) {
            let workloads = if is_external_name(service) {
                Vec::new()
            } else if let Some(selector) = selector(service) {
                pods.selected(inventory, service.namespace(), &selector)
            } else {
                endpoints(inventory, service)
            };
            for workload in &workloads {
                services.services.entry(*workload).or_default().push(id);
            }
            services.workloads.insert(id, workloads);
        }
        services
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
