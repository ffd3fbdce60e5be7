//! Reading a Route of `OpenShift` (`route.openshift.io/v1`).

use catseye_model::{Fields, Object};

use super::backends::ServicePort;

/// The names of the Services that a Route sends to, all in its own namespace.
pub(super) fn services(route: &Object) -> impl Iterator<Item = &str> {
    let value = route.value();
    let first = std::iter::once(value.at("spec.to"));
    first
        .chain(value.list("spec.alternateBackends"))
        .filter(|backend| backend.text("kind").unwrap_or("Service") == "Service")
        .filter_map(|backend| backend.text("name"))
}

/// The port that a Route names: by its name in the Service, or by its number at the pods. Without one,
/// all ports of the Service are meant.
pub(super) fn target_port(route: &Object, service: &Object) -> Option<ServicePort> {
    let wanted = route.value().at("spec.port.targetPort");
    if wanted.is_null() {
        return None;
    }
    let ports = service.value().list("spec.ports");
    let named = wanted
        .as_str()
        .is_some_and(|name| ports.iter().any(|port| port.text("name") == Some(name)));
    Some(if named {
        ServicePort::Named(wanted.clone())
    } else {
        ServicePort::Target(wanted.clone())
    })
}
