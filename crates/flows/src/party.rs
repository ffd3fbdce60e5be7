//! Who is at an end of a flow: a workload, a node, or an address outside, perhaps with a name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;

use catseye_event::runtime::{Subject, SubjectKind};
use catseye_model::{Fields as _, Inventory, Kind, Object, ObjectId, Value};
use catseye_netpol::Port;
use serde::{Deserialize, Serialize};

/// One end of a flow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// The pods of a workload.
    Workload {
        /// Its namespace.
        namespace: String,
        /// Its kind.
        kind: String,
        /// Its name.
        name: String,
    },
    /// A node, or a pod in a node's network.
    Node(IpAddr),
    /// The node itself, at an address that is not known.
    SomeNode,
    /// An address outside the cluster.
    Address(IpAddr),
    /// A name outside the cluster, which led to addresses.
    Name(String),
    /// A container of which nothing is known but its id.
    Unknown(String),
}

impl fmt::Display for Party {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Party::Workload {
                namespace,
                kind,
                name,
            } => write!(out, "{namespace}/{name}[{kind}]"),
            Party::Node(address) => write!(out, "node {address}"),
            Party::SomeNode => out.write_str("a node"),
            Party::Address(address) => write!(out, "{address}"),
            Party::Name(name) => out.write_str(name),
            Party::Unknown(id) => write!(out, "container {id}"),
        }
    }
}

/// Who has which address, as an Inventory tells.
#[derive(Debug, Default)]
pub struct Parties {
    by_address: BTreeMap<IpAddr, Party>,
    services: BTreeMap<IpAddr, ObjectId>,
    by_pod: BTreeMap<(String, String), Party>,
}

impl Parties {
    /// The parties of an Inventory.
    pub fn of(inventory: &Inventory) -> Self {
        let mut parties = Parties::default();
        for (_, node) in inventory.of_kind(Kind::Node) {
            for entry in node.value().list("status.addresses") {
                if let Some(address) = entry.text("address").and_then(|it| it.parse().ok()) {
                    parties.by_address.insert(address, Party::Node(address));
                }
            }
        }
        for (id, pod) in inventory.of_kind(Kind::Pod) {
            let workload = of_object(inventory.object(inventory.representative(id)));
            let name = (pod.namespace().to_owned(), pod.name().to_owned());
            parties.by_pod.insert(name, workload.clone());
            let value = pod.value();
            // The address of a pod that has ended is free, and soon another's.
            let has_ended = matches!(value.text("status.phase"), Some("Succeeded" | "Failed"));
            if has_ended || value.flag("spec.hostNetwork") == Some(true) {
                continue;
            }
            let listed = value.list("status.podIPs").iter();
            let addresses = listed
                .filter_map(|entry| entry.text("ip"))
                .chain(value.text("status.podIP"));
            for address in addresses.filter_map(|it| it.parse::<IpAddr>().ok()) {
                parties.by_address.insert(address, workload.clone());
            }
        }
        for (id, service) in inventory.of_kind(Kind::Service) {
            let value = service.value();
            let addresses = value
                .texts("spec.clusterIPs")
                .chain(value.text("spec.clusterIP"))
                .chain(value.texts("spec.externalIPs"));
            for address in addresses.filter_map(|it| it.parse::<IpAddr>().ok()) {
                parties.services.insert(address, id);
            }
        }
        parties
    }

    /// The Service that has this address.
    pub(crate) fn service(&self, address: IpAddr) -> Option<ObjectId> {
        self.services.get(&address).copied()
    }

    /// The addresses and ports that are written down for a Service without a selector.
    pub(crate) fn endpoints(
        &self,
        inventory: &Inventory,
        service: &Object,
        port: Port,
    ) -> Vec<(Party, u16)> {
        let value = service.value();
        if value
            .at("spec.selector")
            .as_object()
            .is_some_and(|it| !it.is_empty())
        {
            return Vec::new();
        }
        let is_meant = |entry: &Value| {
            let protocol = entry.text("protocol").unwrap_or("TCP");
            protocol == port.protocol.to_string()
        };
        let called = value.list("spec.ports").iter();
        let mut called =
            called.filter(|it| is_meant(it) && it.integer("port") == Some(i64::from(port.number)));
        let Some(name) = called.next().map(|it| it.text("name").unwrap_or_default()) else {
            return Vec::new();
        };
        let mut found = BTreeSet::new();
        let mut add = |ports: &[Value], addresses: &mut dyn Iterator<Item = &str>| {
            let ports: Vec<u16> = ports
                .iter()
                .filter(|it| is_meant(it) && it.text("name").unwrap_or_default() == name)
                .filter_map(|it| it.integer("port").and_then(|it| u16::try_from(it).ok()))
                .collect();
            for address in addresses.filter_map(|it| it.parse::<IpAddr>().ok()) {
                let party = self.at(address).unwrap_or(Party::Address(address));
                found.extend(ports.iter().map(|port| (party.clone(), *port)));
            }
        };
        for (_, slice) in inventory.of_kind(Kind::EndpointSlice) {
            let of = slice
                .value()
                .entry("metadata.labels", "kubernetes.io/service-name");
            if slice.namespace() != service.namespace() || of != Some(service.name()) {
                continue;
            }
            let endpoints = slice.value().list("endpoints").iter();
            let mut addresses = endpoints.flat_map(|it| it.texts("addresses"));
            add(slice.value().list("ports"), &mut addresses);
        }
        if let Some(endpoints) =
            inventory.find(Kind::Endpoints, service.namespace(), service.name())
        {
            for subset in endpoints.value().list("subsets") {
                let mut addresses = subset
                    .list("addresses")
                    .iter()
                    .filter_map(|it| it.text("ip"));
                add(subset.list("ports"), &mut addresses);
            }
        }
        found.into_iter().collect()
    }

    /// The addresses of Services.
    pub(crate) fn services(&self) -> impl Iterator<Item = IpAddr> {
        self.services.keys().copied()
    }

    /// The addresses of the nodes.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = IpAddr> {
        self.by_address
            .iter()
            .filter_map(|(address, party)| matches!(party, Party::Node(_)).then_some(*address))
    }

    /// Who has this address, in the cluster.
    pub(crate) fn at(&self, address: IpAddr) -> Option<Party> {
        self.by_address.get(&address).cloned()
    }

    /// The party that an event's subject is.
    pub(crate) fn subject(&self, subject: &Subject) -> Option<Party> {
        let name = (subject.namespace.clone(), subject.pod.clone());
        if let Some(known) = self.by_pod.get(&name) {
            return Some(known.clone());
        }
        if let Some(workload) = &subject.workload {
            return Some(Party::Workload {
                namespace: subject.namespace.clone(),
                kind: if workload.kind.is_empty() {
                    "Pod".to_owned()
                } else {
                    workload.kind.clone()
                },
                name: workload.name.clone(),
            });
        }
        if !subject.pod.is_empty() {
            return Some(Party::Workload {
                namespace: subject.namespace.clone(),
                kind: "Pod".to_owned(),
                name: subject.pod.clone(),
            });
        }
        if subject.is_container() {
            let id = subject
                .container_id
                .get(..12)
                .unwrap_or(&subject.container_id);
            return Some(Party::Unknown(id.to_owned()));
        }
        (subject.kind == SubjectKind::Host).then_some(Party::SomeNode)
    }
}

/// The party of a workload's object.
pub(crate) fn of_object(object: &Object) -> Party {
    Party::Workload {
        namespace: object.namespace().to_owned(),
        kind: object.kind_name().to_owned(),
        name: object.name().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use catseye_model::{Completeness, Object};
    use serde_json::json;

    use super::*;

    #[test]
    fn the_address_of_a_pod_that_has_ended_is_whose_it_is_now() {
        let pod = |name: &str, phase: &str| {
            let value = json!({"apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": name, "namespace": "shop"}, "spec": {"containers": []},
                "status": {"phase": phase, "podIP": "10.0.0.7", "podIPs": [{"ip": "10.0.0.7"}]}});
            Object::new(value, None).unwrap()
        };
        let pods = vec![
            pod("a-failed", "Failed"),
            pod("live", "Running"),
            pod("z-done", "Succeeded"),
        ];
        let parties = Parties::of(&Inventory::new(pods, Completeness::Cluster));
        let found = parties.at("10.0.0.7".parse().unwrap());
        assert_eq!(found.unwrap().to_string(), "shop/live[Pod]");
        let ended = vec![pod("z-done", "Succeeded")];
        let parties = Parties::of(&Inventory::new(ended, Completeness::Cluster));
        assert_eq!(parties.at("10.0.0.7".parse().unwrap()), None);
    }
}
