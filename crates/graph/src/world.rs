//! What edge kinds read: the Inventory, digested once.

use std::collections::{BTreeMap, BTreeSet};

use catseye_model::{
    Completeness, Container, Fields, Inventory, Kind, Object, ObjectId, PodView, Version,
};
use catseye_netpol::Reach;
use catseye_netpol::entry::{Entry, service};
use catseye_rbac::Rbac;

use crate::authority::Authority;
use crate::node::Node;

/// The node on which pods land that are not placed yet.
pub const SOMEWHERE: &str = "";

/// The node of the control plane on which pods land that are not placed yet. No node is called so:
/// names hold no space.
pub const CONTROL_PLANE: &str = "of the control plane";

/// The labels, and the taints, of nodes of the control plane.
pub const CONTROL_PLANE_ROLES: [&str; 2] = [
    "node-role.kubernetes.io/control-plane",
    "node-role.kubernetes.io/master",
];

/// The pods of one workload.
#[derive(Debug)]
pub struct Pods<'a> {
    /// The workload, under which its replicas stand.
    pub id: ObjectId,
    /// What they are made from.
    pub view: PodView<'a>,
    /// The nodes on which they run; the empty name for pods that are not placed yet.
    pub hosts: Vec<&'a str>,
}

impl<'a> Pods<'a> {
    /// The namespace.
    pub fn namespace(&self) -> &'a str {
        self.view.object.namespace()
    }

    /// The pods.
    pub fn node(&self) -> Node<'a> {
        Node::Pod(self.id)
    }

    /// A container's node.
    pub fn container(&self, place: usize) -> Node<'a> {
        Node::Container(self.id, u16::try_from(place).unwrap_or(u16::MAX))
    }

    /// The containers in which code runs: each with its node.
    pub fn containers(&self) -> impl Iterator<Item = (Node<'a>, &Container<'a>)> {
        self.view
            .containers
            .iter()
            .enumerate()
            .map(|(place, container)| (self.container(place), container))
    }

    /// The service account.
    pub fn account(&self) -> Node<'a> {
        Node::ServiceAccount(self.namespace(), self.view.service_account())
    }
}

/// How the graph is to be made.
#[derive(Debug, Clone, Copy, Default)]
pub struct Config {
    /// The version of Kubernetes; by default that of the nodes, else the newest known.
    pub version: Option<Version>,
}

/// The facts.
#[derive(Debug)]
pub struct World<'a> {
    /// All objects.
    pub inventory: &'a Inventory,
    /// Who may do what.
    pub authority: Authority<'a>,
    /// Who can speak to whom.
    pub reach: &'a Reach,
    /// The ways in.
    pub entries: Vec<Entry>,
    /// The workloads.
    pub pods: Vec<Pods<'a>>,
    /// The version of Kubernetes.
    pub version: Version,
    namespaces: BTreeSet<&'a str>,
    hosts: BTreeMap<&'a str, Option<ObjectId>>,
    accounts: BTreeSet<Node<'a>>,
    /// Where the workloads of each namespace stand in `pods`.
    in_namespace: BTreeMap<&'a str, Vec<usize>>,
    /// Where each workload stands in `pods`.
    places: BTreeMap<ObjectId, usize>,
}

impl<'a> World<'a> {
    /// Digests the facts.
    pub fn of(inventory: &'a Inventory, rbac: &'a Rbac, reach: &'a Reach, config: Config) -> Self {
        let authority = Authority::of(inventory, rbac);
        let pods = pods(inventory);
        let mut hosts: BTreeMap<&str, Option<ObjectId>> = BTreeMap::new();
        for (id, node) in inventory.of_kind(Kind::Node) {
            hosts.entry(node.name()).or_insert(Some(id));
        }
        for host in pods.iter().flat_map(|pods| &pods.hosts) {
            hosts.entry(host).or_insert(None);
        }
        let mut namespaces: BTreeSet<&str> = inventory
            .of_kind(Kind::Namespace)
            .map(|(_, namespace)| namespace.name())
            .collect();
        namespaces.extend(pods.iter().map(Pods::namespace));
        for kind in [
            Kind::ServiceAccount,
            Kind::Secret,
            Kind::Role,
            Kind::RoleBinding,
        ] {
            namespaces.extend(
                inventory
                    .of_kind(kind)
                    .map(|(_, object)| object.namespace()),
            );
        }
        let mut accounts = authority.accounts();
        accounts.extend(pods.iter().map(Pods::account));
        accounts.extend(
            inventory
                .of_kind(Kind::ServiceAccount)
                .map(|(_, account)| Node::ServiceAccount(account.namespace(), account.name())),
        );
        let mut in_namespace: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, pods) in pods.iter().enumerate() {
            in_namespace
                .entry(pods.namespace())
                .or_default()
                .push(place);
        }
        World {
            accounts,
            in_namespace,
            inventory,
            authority,
            reach,
            entries: reach.entries(inventory),
            places: pods
                .iter()
                .enumerate()
                .map(|(place, pods)| (pods.id, place))
                .collect(),
            version: config.version.unwrap_or_else(|| version(inventory)),
            pods,
            namespaces,
            hosts,
        }
    }

    /// Every namespace that is there or is named.
    pub fn namespaces(&self) -> impl Iterator<Item = &'a str> {
        self.namespaces.iter().copied()
    }

    /// Every node, with its object where there is one.
    pub fn hosts(&self) -> impl Iterator<Item = (&'a str, Option<ObjectId>)> {
        self.hosts.iter().map(|(name, id)| (*name, *id))
    }

    /// An object.
    pub fn object(&self, id: ObjectId) -> &'a Object {
        self.inventory.object(id)
    }

    /// The pods of a workload.
    pub fn pods_of(&self, workload: ObjectId) -> Option<&Pods<'a>> {
        self.places.get(&workload).map(|place| &self.pods[*place])
    }

    /// Every service account: those of the inventory, of pods and of bindings.
    pub fn accounts(&self) -> impl Iterator<Item = Node<'a>> {
        self.accounts.iter().copied()
    }

    /// The pods behind a Service, by its selector.
    pub fn behind_service(&self, namespace: &str, name: &str) -> Vec<&Pods<'a>> {
        let Some(selector) = self
            .inventory
            .find(Kind::Service, namespace, name)
            .and_then(service::selector)
        else {
            return Vec::new();
        };
        self.in_namespace
            .get(namespace)
            .into_iter()
            .flatten()
            .map(|place| &self.pods[*place])
            .filter(|pods| selector.matches(pods.view.labels()))
            .collect()
    }

    /// True when the namespace admits a pod that takes its node over: Pod Security Admission is
    /// told to enforce less than `baseline`, or nothing.
    pub fn admits_breakout(&self, namespace: &str) -> bool {
        let level = self
            .inventory
            .find(Kind::Namespace, "", namespace)
            .and_then(|namespace| namespace.label("pod-security.kubernetes.io/enforce"));
        // The API server reads an unknown level as `restricted`, and allows when there is none.
        matches!(level, None | Some("privileged"))
    }

    /// True when what is not here does not exist.
    pub fn is_whole_cluster(&self) -> bool {
        self.inventory.completeness() == Completeness::Cluster
    }
}

/// The workloads with the nodes on which their pods run.
fn pods(inventory: &Inventory) -> Vec<Pods<'_>> {
    let mut hosts: BTreeMap<ObjectId, BTreeSet<&str>> = BTreeMap::new();
    for (id, pod) in inventory.of_kind(Kind::Pod) {
        if let Some(host) = pod
            .value()
            .text("spec.nodeName")
            .filter(|name| !name.is_empty())
        {
            hosts
                .entry(inventory.representative(id))
                .or_default()
                .insert(host);
        }
    }
    inventory
        .workloads()
        .filter(|(_, view)| !is_finished(view.object))
        .map(|(id, view)| {
            let placed = hosts.remove(&id).unwrap_or_default();
            let hosts = if placed.is_empty() {
                unplaced(inventory, &view)
            } else {
                placed.into_iter().collect()
            };
            Pods { id, view, hosts }
        })
        .collect()
}

/// Where pods land that are not placed yet: somewhere, and, if they ask for it or run on every node and
/// tolerate it, on a node of the control plane.
fn unplaced<'a>(inventory: &Inventory, view: &PodView<'a>) -> Vec<&'a str> {
    if let Some(host) = view.spec.text("nodeName").filter(|name| !name.is_empty()) {
        return vec![host];
    }
    if inventory.of_kind(Kind::Node).next().is_some() {
        return vec![SOMEWHERE];
    }
    let asks = view
        .spec
        .entries("nodeSelector")
        .any(|(key, _)| CONTROL_PLANE_ROLES.contains(&key))
        || view
            .spec
            .list("affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms")
            .iter()
            .flat_map(|term| term.list("matchExpressions"))
            .any(|wanted| {
                let is_role = wanted
                    .text("key")
                    .is_some_and(|key| CONTROL_PLANE_ROLES.contains(&key));
                is_role && matches!(wanted.text("operator"), Some("Exists" | "In"))
            });
    if asks {
        return vec![CONTROL_PLANE];
    }
    let tolerates = view.spec.list("tolerations").iter().any(|toleration| {
        let is_all = toleration.text("operator") == Some("Exists");
        match toleration.text("key").filter(|key| !key.is_empty()) {
            Some(key) => CONTROL_PLANE_ROLES.contains(&key),
            None => is_all,
        }
    });
    if tolerates && view.object.kind() == Kind::DaemonSet {
        vec![SOMEWHERE, CONTROL_PLANE]
    } else {
        vec![SOMEWHERE]
    }
}

/// A pod or job that has run: nothing of it is left to attack.
fn is_finished(object: &Object) -> bool {
    match object.kind() {
        Kind::Pod => matches!(
            object.value().text("status.phase"),
            Some("Succeeded" | "Failed")
        ),
        Kind::Job => object.value().has("status.completionTime"),
        // A template alone runs nothing.
        Kind::PodTemplate => true,
        _ => false,
    }
}

/// The newest version of any kubelet: the API server is never older.
fn version(inventory: &Inventory) -> Version {
    inventory
        .of_kind(Kind::Node)
        .filter_map(|(_, node)| node.value().text("status.nodeInfo.kubeletVersion"))
        .filter_map(|version| version.parse().ok())
        .max()
        .unwrap_or(Version::LATEST)
}
