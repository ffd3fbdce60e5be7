//! Reading a Service: its type, its selector, its ports and the pods that its endpoints name.

use catseye_model::Value;
use catseye_model::{Fields, Inventory, Kind, Object, ObjectId, Selector};

/// `spec.type`, `ClusterIP` where it is not set.
pub fn service_type(service: &Object) -> &str {
    service.value().text("spec.type").unwrap_or("ClusterIP")
}

/// `type: ExternalName`.
pub fn is_external_name(service: &Object) -> bool {
    service_type(service) == "ExternalName"
}

/// `clusterIP: None`.
pub fn is_headless(service: &Object) -> bool {
    service.value().text("spec.clusterIP") == Some("None")
}

/// The selector, for Services that have one; an empty one selects nothing and reads as none.
pub fn selector(service: &Object) -> Option<Selector> {
    let selector = Selector::of_map(service.value().at("spec.selector")).ok()?;
    (!selector.selects_everything()).then_some(selector)
}

/// True when the Service has this port: a number, or a name (also digits in quotes).
pub fn has_port(service: &Object, wanted: &Value) -> bool {
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

/// The judged workloads whose pods the `Endpoints` or `EndpointSlices` of a Service name.
pub fn endpoints(inventory: &Inventory, service: &Object) -> Vec<ObjectId> {
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
