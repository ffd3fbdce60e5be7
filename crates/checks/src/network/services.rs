//! Services: the workloads behind them and the services before a workload.
//!
//! Behind a Service stand the pods that its selector selects; without a selector, the pods that its
//! Endpoints or EndpointSlices name.

use std::collections::HashMap;

use catseye_model::{Fields, Inventory, Kind, Object, ObjectId, Selector};
use serde_json::Value;

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

/// `spec.type`, `ClusterIP` where it is not set.
pub(crate) fn service_type(service: &Object) -> &str {
    service.value().text("spec.type").unwrap_or("ClusterIP")
}

/// `type: ExternalName`.
pub(crate) fn is_external_name(service: &Object) -> bool {
    service_type(service) == "ExternalName"
}

/// `clusterIP: None`.
pub(crate) fn is_headless(service: &Object) -> bool {
    service.value().text("spec.clusterIP") == Some("None")
}

/// The selector, for Services that have one; an empty one selects nothing and reads as none.
pub(crate) fn selector(service: &Object) -> Option<Selector> {
    let selector = Selector::of_map(service.value().at("spec.selector")).ok()?;
    (!selector.selects_everything()).then_some(selector)
}

/// True when the Service has this port: a number, or a name (also digits in quotes).
pub(crate) fn has_port(service: &Object, wanted: &Value) -> bool {
    let ports = service.value().list("spec.ports");
    let numbered = |number: i64| {
        ports
            .iter()
            .any(|port| port.integer("port") == Some(number))
    };
    match wanted {
        Value::Number(_) => wanted.integer("").is_some_and(numbered),
        Value::String(name) => {
            ports
                .iter()
                .any(|port| port.text("name") == Some(name.as_str()))
                || name.parse().is_ok_and(numbered)
        }
        _ => true,
    }
}

fn endpoints(inventory: &Inventory, service: &Object) -> Vec<ObjectId> {
    let namespace = service.namespace();
    let subsets = inventory
        .named(Kind::Endpoints, namespace, service.name())
        .flat_map(|(_, endpoints)| endpoints.value().list("subsets"))
        .flat_map(|subset| subset.list("addresses"))
        .map(|address| address.at("targetRef"));
    let slices = inventory
        .in_namespace(Kind::EndpointSlice, namespace)
        .filter(|(_, slice)| slice.label("kubernetes.io/service-name") == Some(service.name()))
        .flat_map(|(_, slice)| slice.value().list("endpoints"))
        .map(|endpoint| endpoint.at("targetRef"));
    let mut workloads: Vec<ObjectId> = subsets
        .chain(slices)
        .filter(|target| target.text("kind") == Some("Pod"))
        .filter_map(|target| {
            let namespace = target.text("namespace").unwrap_or(namespace);
            let (id, _) = inventory
                .named(Kind::Pod, namespace, target.text("name")?)
                .next()?;
            Some(inventory.representative(id))
        })
        .collect();
    workloads.sort_unstable();
    workloads.dedup();
    workloads
}
