//! From a Service and one of its ports to the pods behind it and the ports that they listen on.

use std::collections::BTreeMap;

use catseye_model::Value;
use catseye_model::{Container, Fields, Inventory, Kind, Object, ObjectId, PodView};

use super::service;
use crate::port::{PortSet, Protocol};
use crate::reach::Reach;
use crate::workload::WorkloadId;

/// One port of a Service, as others name it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ServicePort {
    /// By the Service's number or name for it.
    Named(Value),
    /// By the number that the pods have for it.
    Target(Value),
}

/// The workloads by namespace and by object, with the labels of their pods.
pub(super) struct Backends<'a> {
    inventory: &'a Inventory,
    by_namespace: BTreeMap<&'a str, Vec<(WorkloadId, Vec<&'a Object>)>>,
    by_object: BTreeMap<ObjectId, WorkloadId>,
}

impl<'a> Backends<'a> {
    pub(super) fn of(reach: &'a Reach, inventory: &'a Inventory) -> Self {
        // Pods that another object stands for may carry labels of their own.
        let mut pods_of: BTreeMap<ObjectId, Vec<&Object>> = BTreeMap::new();
        for (id, pod) in inventory.of_kind(Kind::Pod) {
            let representative = inventory.representative(id);
            pods_of.entry(representative).or_default().push(pod);
        }
        let mut by_namespace: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        let mut by_object = BTreeMap::new();
        for (id, workload) in reach.workloads() {
            by_object.insert(workload.object, id);
            let objects = pods_of
                .remove(&workload.object)
                .unwrap_or_else(|| vec![inventory.object(workload.object)]);
            by_namespace
                .entry(workload.namespace.as_str())
                .or_default()
                .push((id, objects));
        }
        Backends {
            inventory,
            by_namespace,
            by_object,
        }
    }

    /// The workloads behind a Service with the ports of their pods, at one port of the Service or all.
    pub(super) fn of_service(
        &self,
        object: &Object,
        port: Option<&ServicePort>,
    ) -> Vec<(WorkloadId, PortSet)> {
        if service::is_external_name(object) {
            return Vec::new();
        }
        let mut found: Vec<(WorkloadId, PortSet)> = Vec::new();
        for (workload, pods) in self.pods_behind(object) {
            let ports = pods
                .iter()
                .filter_map(|pod| PodView::of(pod))
                .map(|pod| target_ports(object, &pod, port))
                .fold(PortSet::none(), |all, one| all.union(&one));
            if !ports.is_none() {
                found.push((workload, ports));
            }
        }
        found
    }

    fn pods_behind(&self, object: &Object) -> Vec<(WorkloadId, Vec<&'a Object>)> {
        let Some(selector) = service::selector(object) else {
            return service::endpoints(self.inventory, object)
                .into_iter()
                .filter_map(|id| Some((*self.by_object.get(&id)?, vec![self.inventory.object(id)])))
                .collect();
        };
        let workloads = self.by_namespace.get(object.namespace());
        let workloads = workloads.map_or(&[][..], Vec::as_slice);
        let selected = workloads.iter().map(|(workload, pods)| {
            let pods = pods
                .iter()
                .copied()
                .filter(|pod| PodView::of(pod).is_some_and(|pod| selector.matches(pod.labels())));
            (*workload, pods.collect::<Vec<_>>())
        });
        selected.filter(|(_, pods)| !pods.is_empty()).collect()
    }
}

/// The ports of a pod that a Service's ports lead to.
fn target_ports(service: &Object, pod: &PodView, wanted: Option<&ServicePort>) -> PortSet {
    let mut ports = Vec::new();
    for port in service.value().list("spec.ports") {
        let is_wanted = match wanted {
            None => true,
            Some(ServicePort::Named(value)) => match value {
                Value::String(name) => {
                    port.text("name") == Some(name.as_str())
                        || name.parse().ok() == port.integer("port")
                }
                value => value.integer("") == port.integer("port"),
            },
            Some(ServicePort::Target(value)) => {
                let target = port.at("targetPort");
                target == value || (target.is_null() && port.at("port") == value)
            }
        };
        let Some(protocol) = Protocol::named(port.text("protocol").unwrap_or("TCP")) else {
            continue;
        };
        if !is_wanted {
            continue;
        }
        let number = match port.at("targetPort") {
            Value::Null => port.integer("port"),
            // A number in quotes reads as a name to the API server, and names no container port.
            Value::String(name) => pod
                .long_running_containers()
                .flat_map(Container::ports)
                .find(|declared| {
                    declared.name == Some(name.as_str()) && declared.protocol == protocol.name()
                })
                .and_then(|declared| declared.number),
            value => value.integer(""),
        };
        if let Some(number) = number.and_then(|number| u16::try_from(number).ok()) {
            ports.push((protocol, number, number));
        }
    }
    ports.into_iter().collect()
}
