//! The ways into a cluster: what is open to the outside, and which pods stand behind it.
//!
//! ```text
//!             ┌─ Service: LoadBalancer, NodePort, externalIPs ───────────────┐
//!             ├─ Pod: hostPort, hostNetwork ─────────────────────────────────┤
//!  addresses ─┼─ Ingress, OpenShift Route ──► controller ──► Service ────────┼─► pods, as far as
//!             └─ Gateway ◄─ HTTPRoute, … ───► controller ──► Service ────────┘   policies admit it
//! ```
//!
//! What an Ingress, a Gateway or a Route lets in is sent on by the pods of its controller. Where the
//! Inventory holds them, policies are asked about those; else about a pod of which nothing is known.
//! The load balancers of clouds (ALB, GCE) send from addresses.

mod backends;
pub mod gateway;
pub mod hosts;
pub mod ingress;
pub mod namespaces;
pub mod origin;
mod route;
pub mod service;

use catseye_model::Value;
use catseye_model::{Completeness, Container, Fields, Inventory, Kind, Object, ObjectId, PodView};

use self::backends::{Backends, ServicePort};
use self::origin::Origin;
use crate::address::AddressSet;
use crate::port::{Port, PortSet, Protocol};
use crate::reach::{Endpoint, Reach};
use crate::stranger::StrangerId;
use crate::workload::WorkloadId;

/// The kind of way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Door {
    /// A Service of type `LoadBalancer`.
    LoadBalancer,
    /// A Service of type `NodePort`.
    NodePort,
    /// A Service with `externalIPs`.
    ExternalIp,
    /// A container's `hostPort`.
    HostPort,
    /// A pod in the node's network.
    HostNetwork,
    /// An Ingress.
    Ingress,
    /// A route of the Gateway API.
    Gateway,
    /// A Route of `OpenShift`.
    Route,
}

impl Door {
    /// The name of the kind of way in.
    pub fn name(self) -> &'static str {
        match self {
            Door::LoadBalancer => "LoadBalancer",
            Door::NodePort => "NodePort",
            Door::ExternalIp => "externalIP",
            Door::HostPort => "hostPort",
            Door::HostNetwork => "hostNetwork",
            Door::Ingress => "Ingress",
            Door::Gateway => "Gateway",
            Door::Route => "Route",
        }
    }

    /// True for doors at the addresses of nodes: only who reaches the nodes can knock.
    pub fn is_at_node(self) -> bool {
        matches!(self, Door::NodePort | Door::HostPort | Door::HostNetwork)
    }
}

/// A way into the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its kind.
    pub door: Door,
    /// The object that opens it: a Service, a workload, an Ingress, a route.
    pub object: ObjectId,
    /// From where it can be reached.
    pub origin: Origin,
    /// The pods behind it.
    pub backends: Vec<Backend>,
}

/// The pods of a workload behind a way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backend {
    /// The Service between, if there is one.
    pub service: Option<ObjectId>,
    /// The workload.
    pub workload: WorkloadId,
    /// The ports of its pods that the way leads to.
    pub ports: PortSet,
    /// Those that its policies let the traffic in on.
    pub admitted: PortSet,
}

/// Who knocks, as far as policies of the pods behind a door can see.
enum Knocker {
    /// Addresses that the origin allows.
    Addresses(AddressSet),
    /// The pods of a controller, or some pod of which nothing is known.
    Controller,
}

impl Reach {
    /// The ways into the cluster, by kind and object.
    ///
    /// `inventory` is the one that this value was made of.
    pub fn entries(&self, inventory: &Inventory) -> Vec<Entry> {
        let ways = Ways {
            reach: self,
            inventory,
            backends: Backends::of(self, inventory),
            controllers: self.controllers(inventory),
        };
        let mut entries = Vec::new();
        ways.services(&mut entries);
        ways.nodes(&mut entries);
        ways.ingresses(&mut entries);
        ways.gateways(&mut entries);
        ways.routes(&mut entries);
        entries.sort_by_key(|entry| (entry.door, entry.object));
        entries
    }

    /// The workloads behind a Service at one of its ports, with the ports that their pods have for it.
    pub fn behind_service(
        &self,
        inventory: &Inventory,
        service: &Object,
        port: Port,
    ) -> Vec<(WorkloadId, PortSet)> {
        let number = Value::from(i64::from(port.number));
        let of_protocol = |ports: &PortSet| {
            ports
                .ranges()
                .filter(|(protocol, ..)| *protocol == port.protocol)
                .collect::<PortSet>()
        };
        Backends::of(self, inventory)
            .of_service(service, Some(&ServicePort::Named(number)))
            .into_iter()
            .map(|(workload, ports)| (workload, of_protocol(&ports)))
            .filter(|(_, ports)| !ports.is_none())
            .collect()
    }

    /// The workloads that serve Ingresses, Gateways or Routes, by the names their charts give them.
    pub fn controllers(&self, inventory: &Inventory) -> Vec<WorkloadId> {
        const NAMES: [&str; 10] = [
            "ingress-nginx",
            "nginx-ingress",
            "traefik",
            "kong",
            "contour",
            "haproxy-ingress",
            "kubernetes-ingress",
            "istio-ingressgateway",
            "envoy-gateway",
            "router-default",
        ];
        self.workloads()
            .filter(|(_, workload)| {
                let view = PodView::of(inventory.object(workload.object));
                view.is_some_and(|pod| {
                    ["app.kubernetes.io/name", "app"]
                        .iter()
                        .filter_map(|key| pod.label(key))
                        .any(|name| NAMES.contains(&name))
                })
            })
            .map(|(id, _)| id)
            .collect()
    }
}

/// Everything that finding ways in needs.
struct Ways<'a> {
    reach: &'a Reach,
    inventory: &'a Inventory,
    backends: Backends<'a>,
    controllers: Vec<WorkloadId>,
}

impl Ways<'_> {
    fn services(&self, entries: &mut Vec<Entry>) {
        for (id, object) in self.inventory.of_kind(Kind::Service) {
            let doors = match service::service_type(object) {
                "LoadBalancer" => {
                    vec![(Door::LoadBalancer, origin::of_load_balancer(object))]
                }
                "NodePort" => vec![(Door::NodePort, Origin::Open)],
                _ => Vec::new(),
            };
            let external = !object.value().list("spec.externalIPs").is_empty()
                && !service::is_external_name(object);
            let external = external.then_some((Door::ExternalIp, Origin::Open));
            for (door, origin) in doors.into_iter().chain(external) {
                let from = match origin {
                    Origin::Restricted => origin::source_ranges(object),
                    _ => AddressSet::all(),
                };
                let knocker = Knocker::Addresses(from);
                let backends = self.behind(id, object, None, &knocker);
                entries.push(Entry {
                    door,
                    object: id,
                    origin,
                    backends,
                });
            }
        }
    }

    /// Ports of containers at the addresses of nodes.
    fn nodes(&self, entries: &mut Vec<Entry>) {
        let knocker = Knocker::Addresses(AddressSet::all());
        for (id, workload) in self.reach.workloads() {
            let Some(pod) = PodView::of(self.inventory.object(workload.object)) else {
                continue;
            };
            let (door, ports) = if pod.host_network() {
                (Door::HostNetwork, workload.declared.clone())
            } else {
                let ports = pod
                    .long_running_containers()
                    .flat_map(Container::ports)
                    .filter(|port| port.host_port.is_some_and(|number| number > 0))
                    .filter_map(|port| {
                        let number = u16::try_from(port.number?).ok()?;
                        Some((Protocol::named(port.protocol)?, number, number))
                    });
                (Door::HostPort, ports.collect())
            };
            if ports.is_none() {
                continue;
            }
            let admitted = self.admitted(id, &ports, &knocker);
            entries.push(Entry {
                door,
                object: workload.object,
                origin: Origin::Open,
                backends: vec![Backend {
                    service: None,
                    workload: id,
                    ports,
                    admitted,
                }],
            });
        }
    }

    fn ingresses(&self, entries: &mut Vec<Entry>) {
        for (id, object) in self.inventory.of_kind(Kind::Ingress) {
            let knocker = match ingress::controller(self.inventory, object) {
                ingress::Controller::Alb | ingress::Controller::Gce => {
                    Knocker::Addresses(AddressSet::all())
                }
                ingress::Controller::IngressNginx | ingress::Controller::Other => {
                    Knocker::Controller
                }
            };
            let origin = if ingress::is_internal(self.inventory, object) {
                Origin::Internal
            } else {
                Origin::Open
            };
            let mut backends = Vec::new();
            for backend in ingress::backends(object) {
                if let Some(name) = backend.service {
                    let named = (object.namespace(), name);
                    self.add_named(&mut backends, named, Some(backend.port), &knocker);
                }
            }
            entries.push(Entry {
                door: Door::Ingress,
                object: id,
                origin,
                backends,
            });
        }
    }

    fn gateways(&self, entries: &mut Vec<Entry>) {
        for kind in gateway::ROUTES {
            for (id, route) in self.inventory.of_kind(*kind) {
                if !gateway::is_reachable(self.inventory, route) {
                    continue;
                }
                let mut backends = Vec::new();
                for backend in gateway::backends(route).filter(gateway::Backend::answers) {
                    let granted = backend.namespace == route.namespace()
                        || self.inventory.completeness() != Completeness::Cluster
                        || gateway::is_granted(self.inventory, route, &backend);
                    if granted {
                        let named = (backend.namespace, backend.name);
                        let port = backend.value.at("port");
                        self.add_named(&mut backends, named, Some(port), &Knocker::Controller);
                    }
                }
                entries.push(Entry {
                    door: Door::Gateway,
                    object: id,
                    origin: Origin::Open,
                    backends,
                });
            }
        }
    }

    fn routes(&self, entries: &mut Vec<Entry>) {
        for (id, object) in self.inventory.of_kind(Kind::OpenShiftRoute) {
            let mut backends = Vec::new();
            for name in route::services(object) {
                for (service, value) in
                    self.inventory
                        .named(Kind::Service, object.namespace(), name)
                {
                    let port = route::target_port(object, value);
                    let more = self.behind(service, value, port.as_ref(), &Knocker::Controller);
                    merge(&mut backends, more);
                }
            }
            entries.push(Entry {
                door: Door::Route,
                object: id,
                origin: Origin::Open,
                backends,
            });
        }
    }

    fn add_named(
        &self,
        backends: &mut Vec<Backend>,
        (namespace, name): (&str, &str),
        port: Option<&Value>,
        knocker: &Knocker,
    ) {
        for (id, object) in self.inventory.named(Kind::Service, namespace, name) {
            let wanted = port.filter(|port| !port.is_null());
            let ports = wanted.map(|wanted| backends::ServicePort::Named(wanted.clone()));
            merge(backends, self.behind(id, object, ports.as_ref(), knocker));
        }
    }

    /// The workloads behind a Service, at one of its ports or at all.
    fn behind(
        &self,
        id: ObjectId,
        object: &Object,
        port: Option<&backends::ServicePort>,
        knocker: &Knocker,
    ) -> Vec<Backend> {
        self.backends
            .of_service(object, port)
            .into_iter()
            .map(|(workload, ports)| Backend {
                service: Some(id),
                workload,
                admitted: self.admitted(workload, &ports, knocker),
                ports,
            })
            .collect()
    }

    /// The ports on which the pods of a workload let who knocks in.
    fn admitted(&self, workload: WorkloadId, ports: &PortSet, knocker: &Knocker) -> PortSet {
        let sources: Vec<Endpoint> = match knocker {
            Knocker::Addresses(from) => self
                .reach
                .groups()
                .filter(|(_, group)| !group.intersection(from).is_none())
                .map(|(group, _)| Endpoint::Addresses(group))
                .collect(),
            Knocker::Controller if self.controllers.is_empty() => {
                vec![Endpoint::Stranger(StrangerId::ANYONE)]
            }
            Knocker::Controller => self
                .controllers
                .iter()
                .flat_map(|controller| &self.reach.workload(*controller).classes)
                .map(|class| Endpoint::Class(*class))
                .collect(),
        };
        let mut admitted = PortSet::none();
        for source in sources {
            for class in &self.reach.workload(workload).classes {
                let passing = self.reach.connection(source, Endpoint::Class(*class));
                admitted = admitted.union(&passing.intersection(ports));
            }
        }
        admitted
    }
}

/// Adds backends, one for each workload and Service.
fn merge(backends: &mut Vec<Backend>, more: Vec<Backend>) {
    for backend in more {
        let known = backends
            .iter_mut()
            .find(|known| known.workload == backend.workload && known.service == backend.service);
        match known {
            Some(known) => {
                known.ports = known.ports.union(&backend.ports);
                known.admitted = known.admitted.union(&backend.admitted);
            }
            None => backends.push(backend),
        }
    }
}
