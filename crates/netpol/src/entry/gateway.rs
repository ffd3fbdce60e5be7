//! Reading routes and gateways of the Gateway API: backends, parents, and which route a gateway takes.

use catseye_model::Value;
use catseye_model::{Completeness, FieldPath, Fields, Inventory, Kind, Object, Selector};

use super::hosts;
use super::namespaces::selects_namespace;
use super::origin;

/// The kinds of routes.
pub const ROUTES: &[Kind] = &[
    Kind::HttpRoute,
    Kind::GrpcRoute,
    Kind::TcpRoute,
    Kind::TlsRoute,
    Kind::UdpRoute,
];

const GROUP: &str = "gateway.networking.k8s.io";

/// One `backendRef` of a route that names a Service.
#[derive(Debug, Clone, Copy)]
pub struct Backend<'a> {
    /// The Service's name.
    pub name: &'a str,
    /// The namespace it is looked for in.
    pub namespace: &'a str,
    /// The reference.
    pub value: &'a Value,
    rule: usize,
    place: Place,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    BackendRef(usize),
    Mirror(usize),
}

impl Backend<'_> {
    /// The path of a field of the reference.
    pub fn path(&self, field: &str) -> FieldPath {
        let rule = FieldPath::root().join("spec.rules").index(self.rule);
        let reference = match self.place {
            Place::BackendRef(index) => rule.join("backendRefs").index(index),
            Place::Mirror(index) => rule
                .join("filters")
                .index(index)
                .join("requestMirror.backendRef"),
        };
        reference.join(field)
    }

    /// True for requests that are answered from it, rather than copied to it.
    pub fn answers(&self) -> bool {
        matches!(self.place, Place::BackendRef(_))
    }
}

/// All references of a route to Services.
pub fn backends(route: &Object) -> impl Iterator<Item = Backend<'_>> {
    let rules = route.value().list("spec.rules").iter().enumerate();
    rules.flat_map(move |(rule, value)| {
        let references = value
            .list("backendRefs")
            .iter()
            .enumerate()
            .map(|(index, value)| (Place::BackendRef(index), value));
        let mirrors = value
            .list("filters")
            .iter()
            .enumerate()
            .map(|(index, filter)| (Place::Mirror(index), filter.at("requestMirror.backendRef")));
        references.chain(mirrors).filter_map(move |(place, value)| {
            let is_service = value.text("kind").unwrap_or("Service") == "Service"
                && value.text("group").unwrap_or_default().is_empty();
            Some(Backend {
                name: value.text("name").filter(|_| is_service)?,
                namespace: value.text("namespace").unwrap_or(route.namespace()),
                value,
                rule,
                place,
            })
        })
    })
}

/// True when a `ReferenceGrant` allows routes of this kind and namespace to name the Service.
pub fn is_granted(inventory: &Inventory, route: &Object, backend: &Backend<'_>) -> bool {
    inventory
        .in_namespace(Kind::ReferenceGrant, backend.namespace)
        .any(|(_, grant)| {
            let grant = grant.value();
            let from = grant.list("spec.from").iter().any(|from| {
                from.text("group") == Some(route.group())
                    && from.text("kind") == Some(route.kind_name())
                    && from.text("namespace") == Some(route.namespace())
            });
            let to = grant.list("spec.to").iter().any(|to| {
                to.text("group").unwrap_or_default().is_empty()
                    && to.text("kind") == Some("Service")
                    && to
                        .text("name")
                        .is_none_or(|name| name.is_empty() || name == backend.name)
            });
            from && to
        })
}

/// True when some gateway that answers the outside takes this route, as far as can be seen: a gateway
/// that is not among the objects of a folder is taken for one that does.
pub fn is_reachable(inventory: &Inventory, route: &Object) -> bool {
    route.value().list("spec.parentRefs").iter().any(|parent| {
        // Routes of a service mesh have a Service for a parent.
        if parent.text("kind").unwrap_or("Gateway") != "Gateway"
            || parent.text("group").unwrap_or(GROUP) != GROUP
        {
            return false;
        }
        let namespace = parent.text("namespace").unwrap_or(route.namespace());
        let name = parent.text("name").unwrap_or_default();
        match inventory.find(Kind::Gateway, namespace, name) {
            Some(gateway) => !is_internal(gateway) && takes(inventory, gateway, route, parent),
            None => inventory.completeness() != Completeness::Cluster,
        }
    })
}

/// True when a gateway answers inside the private network alone.
fn is_internal(gateway: &Object) -> bool {
    let value = gateway.value();
    let class = value.text("spec.gatewayClassName").unwrap_or_default();
    // GKE's internal classes are gke-l7-rilb and gke-l7-cross-regional-internal-managed-mc.
    let named_so = ["internal", "private", "rilb"]
        .iter()
        .any(|word| class.contains(word));
    let mut addresses = value
        .list("status.addresses")
        .iter()
        .chain(value.list("spec.addresses"))
        .filter_map(|address| address.text("value"))
        .peekable();
    named_so
        // What Istio calls a waypoint serves the mesh.
        || class == "istio-waypoint"
        || gateway.annotation("networking.istio.io/service-type") == Some("ClusterIP")
        || origin::has_internal_annotation(|key| {
            value.entry("spec.infrastructure.annotations", key)
        })
        || (addresses.peek().is_some() && addresses.all(origin::is_private))
}

fn takes(inventory: &Inventory, gateway: &Object, route: &Object, parent: &Value) -> bool {
    gateway
        .value()
        .list("spec.listeners")
        .iter()
        .any(|listener| {
            let section = parent
                .text("sectionName")
                .is_none_or(|section| listener.text("name") == Some(section));
            let port = parent
                .integer("port")
                .is_none_or(|port| listener.integer("port") == Some(port));
            section
                && port
                && fits_host(listener, route)
                && allows_namespace(inventory, gateway, listener, route)
        })
}

fn fits_host(listener: &Value, route: &Object) -> bool {
    let listener = listener.text("hostname").unwrap_or_default();
    let mut hosts = route.value().texts("spec.hostnames").peekable();
    hosts.peek().is_none() || hosts.any(|host| hosts::overlap(host, listener))
}

fn allows_namespace(
    inventory: &Inventory,
    gateway: &Object,
    listener: &Value,
    route: &Object,
) -> bool {
    match listener
        .text("allowedRoutes.namespaces.from")
        .unwrap_or("Same")
    {
        "All" => true,
        "Selector" => {
            let Ok(selector) = Selector::of(listener.at("allowedRoutes.namespaces.selector"))
            else {
                return false;
            };
            selects_namespace(inventory, &selector, route.namespace()).unwrap_or(true)
        }
        "None" => false,
        _ => gateway.namespace() == route.namespace(),
    }
}
