//! The workloads of an Inventory and the pods that they run, as far as the network sees them.
//!
//! Replicas are one workload. Its pods are those that the Inventory holds; where it holds none, the
//! template stands for them. What has run to its end (`Succeeded`, `Failed`) has no network any more.

use std::collections::BTreeMap;
use std::net::IpAddr;

use catseye_model::Value;
use catseye_model::{Completeness, Container, Fields, Inventory, Kind, Object, ObjectId, PodView};

use crate::port::{PortSet, Protocol};
use crate::reach::ClassId;

/// A workload's place among those of a [`crate::Reach`]; they are sorted by namespace and name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkloadId(pub u32);

/// A workload: what its pods are reached as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    /// The object that stands for it.
    pub object: ObjectId,
    /// Its namespace.
    pub namespace: String,
    /// Its kind: that of its controller, also where only the pods are in the Inventory.
    pub kind: String,
    /// Its name: that of its controller, also where only the pods are in the Inventory.
    pub name: String,
    /// The ports that its containers declare. A container may listen on others too.
    pub declared: PortSet,
    /// Its classes: several where its pods carry labels that policies tell apart.
    pub classes: Vec<ClassId>,
}

impl std::fmt::Display for Workload {
    /// `shop/cart[Deployment]`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}[{}]", self.namespace, self.name, self.kind)
    }
}

/// A pod, or a template that stands for pods, as policies see it.
#[derive(Debug)]
pub(crate) struct Pod<'a> {
    pub(crate) workload: WorkloadId,
    pub(crate) namespace: &'a str,
    pub(crate) labels: &'a Value,
    /// `None` in the pods' network; in the node's, the addresses of the node as far as known.
    pub(crate) host: Option<Vec<IpAddr>>,
    pub(crate) ports: Vec<NamedPort<'a>>,
}

/// A port that a container gives a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NamedPort<'a> {
    pub(crate) name: &'a str,
    pub(crate) protocol: Protocol,
    pub(crate) number: u16,
}

/// The workloads and their pods.
pub(crate) fn all(inventory: &Inventory) -> (Vec<Workload>, Vec<Pod<'_>>) {
    // By representative: the pods that are there.
    let mut pods_of: BTreeMap<ObjectId, Vec<&Object>> = BTreeMap::new();
    for (id, object) in inventory.of_kind(Kind::Pod) {
        if !has_ended(object) {
            let representative = inventory.representative(id);
            pods_of.entry(representative).or_default().push(object);
        }
    }
    let mut found: Vec<(Workload, PodView<'_>, Vec<&Object>)> = Vec::new();
    for (id, view) in inventory.workloads() {
        let object = view.object;
        if object.kind() == Kind::PodTemplate {
            continue;
        }
        // Where nothing is listed, the view itself stands for the pods.
        let pods = match pods_of.remove(&id) {
            Some(pods) if pods.len() == 1 && std::ptr::eq(pods[0], object) => Vec::new(),
            Some(pods) => pods,
            None if object.kind() == Kind::Pod || is_at_rest(inventory, object) => continue,
            None => Vec::new(),
        };
        let (kind, name) = identity(object);
        let workload = Workload {
            object: id,
            namespace: object.namespace().to_owned(),
            kind,
            name,
            declared: declared(&view),
            classes: Vec::new(),
        };
        found.push((workload, view, pods));
    }
    found.sort_by(|(a, ..), (b, ..)| {
        let namespaces = a.namespace.cmp(&b.namespace);
        let names = || (&a.name, &a.kind, a.object).cmp(&(&b.name, &b.kind, b.object));
        namespaces.then_with(names)
    });
    let mut workloads = Vec::with_capacity(found.len());
    let mut pods = Vec::new();
    for (number, (workload, view, objects)) in (0_u32..).zip(found) {
        workloads.push(workload);
        let number = WorkloadId(number);
        if objects.is_empty() {
            pods.push(pod(inventory, number, &view));
        }
        for view in objects.into_iter().filter_map(PodView::of) {
            pods.push(pod(inventory, number, &view));
        }
    }
    (workloads, pods)
}

fn has_ended(pod: &Object) -> bool {
    matches!(
        pod.value().text("status.phase"),
        Some("Succeeded" | "Failed")
    )
}

/// In a whole cluster, a workload of which no pod is there and that wants none now.
fn is_at_rest(inventory: &Inventory, object: &Object) -> bool {
    inventory.completeness() == Completeness::Cluster
        && object.value().integer("spec.replicas") == Some(0)
}

/// Kind and name of the workload: a lone pod of an absent controller goes by the controller's.
fn identity(object: &Object) -> (String, String) {
    if object.kind() == Kind::Pod {
        let references = object.value().list("metadata.ownerReferences");
        let controller = references
            .iter()
            .find(|reference| reference.flag("controller") == Some(true))
            .or_else(|| references.first())
            .filter(|reference| reference.text("kind") != Some("Node"));
        if let Some(controller) = controller
            && let Some(name) = controller.text("name")
        {
            let kind = controller.text("kind").unwrap_or("Pod");
            return (kind.to_owned(), name.to_owned());
        }
    }
    (object.kind_name().to_owned(), object.name().to_owned())
}

fn declared(view: &PodView) -> PortSet {
    ports(view)
        .map(|(protocol, number, _)| (protocol, number, number))
        .collect()
}

/// The ports that long-running containers declare, with their names.
fn ports<'a>(view: &PodView<'a>) -> impl Iterator<Item = (Protocol, u16, Option<&'a str>)> {
    view.long_running_containers()
        .flat_map(Container::ports)
        .filter_map(|port| {
            let number = u16::try_from(port.number?).ok().filter(|n| *n > 0)?;
            Some((Protocol::named(port.protocol)?, number, port.name))
        })
}

fn pod<'a>(inventory: &Inventory, workload: WorkloadId, view: &PodView<'a>) -> Pod<'a> {
    let mut named: Vec<NamedPort<'a>> = ports(view)
        .filter_map(|(protocol, number, name)| {
            Some(NamedPort {
                name: name?,
                protocol,
                number,
            })
        })
        .collect();
    named.sort_unstable();
    named.dedup();
    Pod {
        workload,
        namespace: view.object.namespace(),
        labels: view.labels(),
        host: view
            .host_network()
            .then(|| node_addresses(inventory, view.object)),
        ports: named,
    }
}

/// The addresses of the node on which a pod runs, as far as the Inventory tells.
fn node_addresses(inventory: &Inventory, pod: &Object) -> Vec<IpAddr> {
    let status = pod.value().at("status");
    let mut addresses: Vec<IpAddr> = status
        .list("hostIPs")
        .iter()
        .filter_map(|entry| entry.text("ip"))
        .chain(status.text("hostIP"))
        .filter_map(|text| text.parse().ok())
        .collect();
    if let Some(name) = pod.value().text("spec.nodeName")
        && let Some(node) = inventory.find(Kind::Node, "", name)
    {
        addresses.extend(crate::peer::addresses_of(node));
    }
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}
