//! Which workloads the outside reaches, and through what.
//!
//! ```text
//!             ┌─ Service: LoadBalancer, NodePort, externalIPs ─┐
//!  internet ──┼─ Ingress ──────────────────────────────────────┼─► Service ─► workload
//!             ├─ Gateway ◄─ HTTPRoute, … ──────────────────────┤
//!             └─ Istio Gateway ◄─ VirtualService ──────────────┘
//! ```
//! What stands inside the private network by its own annotations is left out.

use std::collections::HashMap;

use catseye_model::{Completeness, Fields, Inventory, Kind, Object, ObjectId, Selector};

use super::reach::{self, Origin};
use super::services::{self, Services};
use super::{gateway, hosts, ingress};

/// The kind of way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Door {
    /// A Service of type `LoadBalancer`.
    LoadBalancer,
    /// A Service of type `NodePort`.
    NodePort,
    /// A Service with `externalIPs`.
    ExternalIp,
    /// An Ingress.
    Ingress,
    /// A route of the Gateway API.
    GatewayApi,
    /// A VirtualService at an Istio gateway.
    Istio,
}

/// One way from the outside to a Service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Way {
    /// Its kind.
    pub(crate) door: Door,
    /// The object that opens it: the Service itself, an Ingress, a route or a VirtualService.
    pub(crate) through: ObjectId,
    /// The Service that traffic arrives at.
    pub(crate) service: ObjectId,
}

/// The ways from the outside to Services and workloads.
#[derive(Debug, Default)]
pub(crate) struct Exposure {
    services: HashMap<ObjectId, Vec<Way>>,
    workloads: HashMap<ObjectId, Vec<Way>>,
}

impl Exposure {
    pub(crate) fn of(inventory: &Inventory, services: &Services) -> Self {
        let mut exposure = Exposure::default();
        for (id, service) in inventory.of_kind(Kind::Service) {
            for door in own_doors(service) {
                exposure.open(door, id, id);
            }
        }
        for (id, object) in inventory.of_kind(Kind::Ingress) {
            if ingress::is_internal(inventory, object) {
                continue;
            }
            for backend in ingress::backends(object) {
                if let Some(name) = backend.service {
                    exposure.open_named(inventory, Door::Ingress, id, object.namespace(), name);
                }
            }
        }
        for kind in gateway::ROUTES {
            for (id, route) in inventory.of_kind(*kind) {
                if !gateway::is_reachable(inventory, route) {
                    continue;
                }
                for backend in gateway::backends(route).filter(gateway::Backend::answers) {
                    if backend.namespace == route.namespace()
                        || inventory.completeness() != Completeness::Cluster
                        || gateway::is_granted(inventory, route, &backend)
                    {
                        exposure.open_named(
                            inventory,
                            Door::GatewayApi,
                            id,
                            backend.namespace,
                            backend.name,
                        );
                    }
                }
            }
        }
        exposure.open_virtual_services(inventory);
        for (id, _) in inventory.of_kind(Kind::Service) {
            let Some(ways) = exposure.services.get(&id) else {
                continue;
            };
            for workload in services.workloads_of(id) {
                let known = exposure.workloads.entry(*workload).or_default();
                known.extend(ways);
            }
        }
        exposure
    }

    /// The ways to a judged workload; none when the outside does not reach it.
    pub(crate) fn of_workload(&self, workload: ObjectId) -> &[Way] {
        self.workloads.get(&workload).map_or(&[], Vec::as_slice)
    }

    fn open(&mut self, door: Door, through: ObjectId, service: ObjectId) {
        let way = Way {
            door,
            through,
            service,
        };
        let ways = self.services.entry(service).or_default();
        if !ways.contains(&way) {
            ways.push(way);
        }
    }

    fn open_named(
        &mut self,
        inventory: &Inventory,
        door: Door,
        through: ObjectId,
        namespace: &str,
        name: &str,
    ) {
        for (service, object) in inventory.named(Kind::Service, namespace, name) {
            self.open(door, through, service);
            // A name for a Service of another namespace leads on to that one.
            let target = object
                .value()
                .text("spec.externalName")
                .filter(|_| services::is_external_name(object))
                .filter(|host| host.contains(".svc"))
                .and_then(|host| hosts::service_of(host, namespace));
            if let Some((name, namespace)) = target {
                for (service, _) in inventory.named(Kind::Service, namespace, name) {
                    self.open(door, through, service);
                }
            }
        }
    }

    fn open_virtual_services(&mut self, inventory: &Inventory) {
        let outer_gateways: Vec<&Object> = inventory
            .of_kind(Kind::IstioGateway)
            .map(|(_, gateway)| gateway)
            .filter(|gateway| self.answers_outside(inventory, gateway))
            .collect();
        for (id, virtual_service) in inventory.of_kind(Kind::VirtualService) {
            let value = virtual_service.value();
            let bound = value
                .texts("spec.gateways")
                .any(|name| is_bound_outside(inventory, virtual_service, name, &outer_gateways));
            if bound {
                self.open_destinations(inventory, id, virtual_service, true);
            }
        }
    }

    fn open_destinations(
        &mut self,
        inventory: &Inventory,
        through: ObjectId,
        virtual_service: &Object,
        follow: bool,
    ) {
        let own = virtual_service.namespace();
        for protocol in ["spec.http", "spec.tls", "spec.tcp"] {
            for rule in virtual_service.value().list(protocol) {
                for route in rule.list("route") {
                    let host = route.text("destination.host").unwrap_or_default();
                    if let Some((name, namespace)) = hosts::service_of(host, own) {
                        self.open_named(inventory, Door::Istio, through, namespace, name);
                    }
                }
                // A delegate is a VirtualService without hosts of its own, and has none itself.
                let delegate = rule.at("delegate");
                if let Some(name) = delegate.text("name").filter(|_| follow) {
                    let namespace = delegate.text("namespace").unwrap_or(own);
                    for (_, delegate) in inventory.named(Kind::VirtualService, namespace, name) {
                        self.open_destinations(inventory, through, delegate, false);
                    }
                }
            }
        }
    }

    /// True when a Service before the gateway's pods is open to the outside; a gateway whose Service
    /// is not among the objects of a folder is taken for one.
    fn answers_outside(&self, inventory: &Inventory, gateway: &Object) -> bool {
        let Ok(pods) = Selector::of_map(gateway.value().at("spec.selector")) else {
            return false;
        };
        let mut seen = false;
        for (id, service) in inventory.of_kind(Kind::Service) {
            // Pods that meet the Service's selector meet the gateway's where it demands no more.
            if services::selector(service).is_none()
                || !pods.matches(service.value().at("spec.selector"))
            {
                continue;
            }
            seen = true;
            if self.services.contains_key(&id) {
                return true;
            }
        }
        !seen && inventory.completeness() != Completeness::Cluster
    }
}

/// The doors that a Service opens by itself.
pub(crate) fn own_doors(service: &Object) -> impl Iterator<Item = Door> {
    let door = match services::service_type(service) {
        "LoadBalancer" => {
            (reach::of_load_balancer(service) != Origin::Internal).then_some(Door::LoadBalancer)
        }
        "NodePort" => Some(Door::NodePort),
        _ => None,
    };
    let external = !service.value().list("spec.externalIPs").is_empty()
        && !services::is_external_name(service);
    door.into_iter().chain(external.then_some(Door::ExternalIp))
}

fn is_bound_outside(
    inventory: &Inventory,
    virtual_service: &Object,
    reference: &str,
    outer_gateways: &[&Object],
) -> bool {
    // `mesh` is the name for all sidecars.
    if reference == "mesh" {
        return false;
    }
    let (namespace, name) = match reference.split_once('/') {
        Some((".", name)) => (virtual_service.namespace(), name),
        Some((namespace, name)) => (namespace, name),
        None => (virtual_service.namespace(), reference),
    };
    if inventory
        .find(Kind::IstioGateway, namespace, name)
        .is_none()
    {
        return inventory.completeness() != Completeness::Cluster;
    }
    outer_gateways.iter().any(|gateway| {
        gateway.namespace() == namespace
            && gateway.name() == name
            && fits_host(gateway, virtual_service)
    })
}

fn fits_host(gateway: &Object, virtual_service: &Object) -> bool {
    let servers = gateway.value().list("spec.servers").iter();
    let mut served = servers.flat_map(|server| server.texts("hosts"));
    served.any(|served| {
        // `namespace/host` takes hosts of one namespace alone.
        let (namespace, host) = served.split_once('/').unwrap_or(("*", served));
        let namespace_fits = match namespace {
            "*" => true,
            "." => gateway.namespace() == virtual_service.namespace(),
            name => name == virtual_service.namespace(),
        };
        namespace_fits
            && virtual_service
                .value()
                .texts("spec.hosts")
                .any(|wanted| hosts::overlap(host, wanted))
    })
}

impl Door {
    /// How messages name it.
    pub(crate) fn describe(self, through: &Object) -> String {
        match self {
            Door::LoadBalancer => format!("the load balancer of {through}"),
            Door::NodePort => format!("the node port of {through}"),
            Door::ExternalIp => format!("the external address of {through}"),
            Door::Ingress | Door::GatewayApi | Door::Istio => through.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::inventory;
    use crate::network::pods::Pods;

    fn doors(rest: &str) -> Vec<Door> {
        let text = format!(
            "# completeness: cluster
apiVersion: v1
kind: Pod
metadata: {{name: web, namespace: shop, labels: {{app: web}}}}
spec: {{containers: []}}
---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}
---
{rest}"
        );
        let inventory = inventory(&text);
        let services = Services::of(&inventory, &Pods::of(&inventory));
        let exposure = Exposure::of(&inventory, &services);
        let (pod, _) = inventory.of_kind(Kind::Pod).next().unwrap();
        let ways = exposure.of_workload(pod);
        ways.iter().map(|way| way.door).collect()
    }

    #[test]
    fn an_ingress_of_the_same_namespace_exposes() {
        let ingress = |namespace| {
            format!(
                "apiVersion: extensions/v1beta1
kind: Ingress
metadata: {{name: web, namespace: {namespace}}}
spec: {{backend: {{serviceName: web, servicePort: 80}}}}"
            )
        };
        assert_eq!(doors(&ingress("shop")), [Door::Ingress]);
        assert_eq!(doors(&ingress("bank")), []);
    }

    #[test]
    fn a_route_exposes_where_its_gateway_takes_it() {
        let route = |gateway: &str, host: &str| {
            format!(
                "apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {{name: outer, namespace: edge}}
spec:
  gatewayClassName: {gateway}
  listeners:
  - {{name: a, port: 80, hostname: '*.example.com', allowedRoutes: {{namespaces: {{from: All}}}}}}
  - {{name: b, port: 81}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: web, namespace: shop}}
spec:
  hostnames: [{host}]
  parentRefs: [{{name: outer, namespace: edge}}]
  rules: [{{backendRefs: [{{name: web, port: 80}}]}}]"
            )
        };
        assert_eq!(doors(&route("eg", "a.example.com")), [Door::GatewayApi]);
        assert_eq!(doors(&route("eg", "a.example.org")), []);
        assert_eq!(doors(&route("gke-l7-rilb", "a.example.com")), []);
    }

    #[test]
    fn a_virtual_service_exposes_where_its_gateway_is_open() {
        let istio = |service_type: &str, gateways: &str| {
            format!(
                "apiVersion: v1
kind: Service
metadata: {{name: ingress, namespace: istio-system}}
spec: {{type: {service_type}, selector: {{istio: ingressgateway, app: x}}, ports: [{{port: 80}}]}}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: outer, namespace: shop}}
spec:
  selector: {{istio: ingressgateway}}
  servers: [{{hosts: [shop/*], port: {{number: 80, protocol: HTTP, name: http}}}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: web, namespace: shop}}
spec:
  hosts: [www.example.com]
  gateways: {gateways}
  http: [{{route: [{{destination: {{host: web.shop.svc.cluster.local}}}}]}}]"
            )
        };
        assert_eq!(doors(&istio("LoadBalancer", "[outer]")), [Door::Istio]);
        assert_eq!(doors(&istio("NodePort", "[shop/outer]")), [Door::Istio]);
        assert_eq!(doors(&istio("ClusterIP", "[outer]")), []);
        assert_eq!(doors(&istio("LoadBalancer", "[mesh]")), []);
        assert_eq!(doors(&istio("LoadBalancer", "[absent]")), []);
    }
}
