//! NetworkPolicies of least privilege: for each workload, exactly what was seen.
//!
//! A policy selects the workload's pods by its own selector. Peers in the cluster are named by theirs,
//! because addresses of pods change; peers outside by address, or, where they have a name whose
//! addresses change, by port alone. What their names are stands in the egress contract, for network
//! plugins that know names.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use catseye_model::{Fields as _, Inventory, Kind, Object, PodView};
use serde_json::{Value, json};

use crate::map::{Edge, FlowMap};
use crate::party::{Party, of_object};

/// How peers outside the cluster that have a name are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum External {
    /// Every public address at the port that was used: addresses behind a name change.
    #[default]
    ByPort,
    /// The addresses that were seen, and no other.
    Exact,
}

/// What to generate.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only for workloads of this namespace.
    pub namespace: Option<String>,
    /// Only for workloads of this name.
    pub workload: Option<String>,
    /// How named peers outside are allowed.
    pub external: External,
}

/// The policies, and what could not be put into them.
#[derive(Debug, Clone, Default)]
pub struct Generated {
    /// The policies, by namespace and name, as manifests.
    pub policies: Vec<Value>,
    /// Which workload may call which names outside: workload to name to ports.
    pub contract: BTreeMap<Party, BTreeMap<String, BTreeSet<String>>>,
    /// Workloads without labels, which no policy can select.
    pub unselectable: Vec<Party>,
    /// Observed edges that a policy refused, and that stay refused.
    pub left_refused: usize,
    /// Edges with an end that is not known; nothing is said of them.
    pub left_unknown: usize,
}

/// Labels that every pod of a workload carries, and with them the workload itself.
struct Selected<'i> {
    namespace: String,
    labels: BTreeMap<String, String>,
    on_host: bool,
    object: &'i Object,
}

/// Makes policies of what was observed.
pub fn generate(map: &FlowMap<'_>, options: &Options) -> Generated {
    let workloads = selections(map.inventory());
    let nodes: Vec<IpAddr> = map.nodes().collect();
    let mut generated = Generated::default();
    let mut ingress: BTreeMap<&Party, Rules> = BTreeMap::new();
    let mut egress: BTreeMap<&Party, Rules> = BTreeMap::new();
    for edge in map.edges() {
        if edge.was_refused() {
            generated.left_refused += 1;
            continue;
        }
        let unknown = |party: &Party| matches!(party, Party::Unknown(_));
        if unknown(&edge.from) || unknown(&edge.to) {
            generated.left_unknown += 1;
            continue;
        }
        if workloads.contains_key(&edge.to) {
            ingress
                .entry(&edge.to)
                .or_default()
                .add(edge, &edge.from, &workloads, &nodes, options);
        }
        if workloads.contains_key(&edge.from) {
            egress
                .entry(&edge.from)
                .or_default()
                .add(edge, &edge.to, &workloads, &nodes, options);
            if let Party::Name(name) = &edge.to {
                let names = generated.contract.entry(edge.from.clone()).or_default();
                let ports = names.entry(name.clone()).or_default();
                ports.insert(format!("{}/{}", edge.transport, edge.port));
            }
        }
    }
    let mut names: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for selected in workloads.values() {
        let name = (selected.namespace.as_str(), selected.object.name());
        *names.entry(name).or_default() += 1;
    }
    for (party, selected) in &workloads {
        let asked = options
            .namespace
            .as_ref()
            .is_none_or(|it| *it == selected.namespace)
            && options
                .workload
                .as_ref()
                .is_none_or(|it| it == selected.object.name());
        // Nothing was seen of it: a policy made from nothing would cut it off by guesswork.
        let seen = ingress.contains_key(party) || egress.contains_key(party);
        if !asked || !seen || selected.on_host {
            continue;
        }
        if selected.labels.is_empty() {
            generated.unselectable.push(party.clone());
            continue;
        }
        let name = (selected.namespace.as_str(), selected.object.name());
        let is_shared = names.get(&name).is_some_and(|count| *count > 1);
        let spec = json!({
            "podSelector": {"matchLabels": selected.labels},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": ingress.remove(party).unwrap_or_default().written("from"),
            "egress": egress.remove(party).unwrap_or_default().written("to"),
        });
        generated.policies.push(json!({
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {
                "name": name_of(selected.object, is_shared),
                "namespace": selected.namespace,
                "labels": {"app.kubernetes.io/managed-by": "catseye"},
            },
            "spec": spec,
        }));
    }
    generated.contract.retain(|party, _| match party {
        Party::Workload {
            namespace, name, ..
        } => {
            options.namespace.as_ref().is_none_or(|it| it == namespace)
                && options.workload.as_ref().is_none_or(|it| it == name)
        }
        _ => false,
    });
    generated
}

/// The workloads with the labels that select them.
fn selections(inventory: &Inventory) -> BTreeMap<Party, Selected<'_>> {
    let mut found = BTreeMap::new();
    for (_, view) in inventory.workloads() {
        let object = view.object;
        if object.kind() == Kind::PodTemplate {
            continue;
        }
        found.insert(
            of_object(object),
            Selected {
                namespace: object.namespace().to_owned(),
                labels: labels_of(object, &view),
                on_host: view.host_network(),
                object,
            },
        );
    }
    found
}

/// The longest name of an object.
const LONGEST_NAME: usize = 253;

/// The name of a workload's policy: with its kind where workloads of several kinds have one name.
fn name_of(object: &Object, is_shared: bool) -> String {
    let mut name = "observed-".to_owned();
    if is_shared {
        name.push_str(&object.kind_name().to_lowercase());
        name.push('-');
    }
    name.push_str(object.name());
    if name.len() <= LONGEST_NAME {
        return name;
    }
    // FNV-1a: what is cut off tells two long names apart.
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let begin: String = name.chars().take(LONGEST_NAME - 17).collect();
    format!("{}-{hash:016x}", begin.trim_end_matches(['-', '.']))
}

/// The workload's own selector; where it has none that stays, the labels of its pods that do not change.
fn labels_of(object: &Object, view: &PodView<'_>) -> BTreeMap<String, String> {
    // A Job that was not given a selector has one that is its alone, and gone with it.
    let selector = lasting(object.value().at("spec.selector.matchLabels"));
    if selector.is_empty() {
        lasting(view.labels())
    } else {
        selector
    }
}

/// The labels that controllers do not make up anew for each object.
fn lasting(labels: &catseye_model::Value) -> BTreeMap<String, String> {
    let changing = [
        "pod-template-hash",
        "controller-revision-hash",
        "pod-template-generation",
        "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index",
        "batch.kubernetes.io/controller-uid",
        "controller-uid",
        "batch.kubernetes.io/job-name",
        "job-name",
    ];
    let mut found = BTreeMap::new();
    if let Some(map) = labels.as_object() {
        for (key, value) in map {
            if let Some(value) = value.as_str()
                && !changing.contains(&key.as_str())
            {
                found.insert(key.to_string(), value.to_owned());
            }
        }
    }
    found
}

/// The rules of one direction: peers by the ports that they share.
#[derive(Debug, Default)]
struct Rules {
    ports_of: BTreeMap<String, (Value, BTreeSet<(String, u16)>)>,
}

impl Rules {
    fn add(
        &mut self,
        edge: &Edge,
        peer: &Party,
        workloads: &BTreeMap<Party, Selected<'_>>,
        nodes: &[IpAddr],
        options: &Options,
    ) {
        // The workload that the policy is of is at the other end.
        let own = if peer == &edge.from {
            &edge.to
        } else {
            &edge.from
        };
        let Party::Workload {
            namespace: own_namespace,
            ..
        } = own
        else {
            return;
        };
        let port = (edge.transport.to_string(), edge.port);
        for entry in entries(edge, peer, own_namespace, workloads, nodes, options) {
            let (_, ports) = self
                .ports_of
                .entry(entry.to_string())
                .or_insert_with(|| (entry, BTreeSet::new()));
            ports.insert(port.clone());
        }
    }

    /// The rules as they are written; peers with the same ports share one.
    fn written(self, side: &str) -> Vec<Value> {
        let mut by_ports: BTreeMap<BTreeSet<(String, u16)>, Vec<Value>> = BTreeMap::new();
        for (peer, ports) in self.ports_of.into_values() {
            by_ports.entry(ports).or_default().push(peer);
        }
        by_ports
            .into_iter()
            .map(|(ports, peers)| {
                let ports: Vec<Value> = ports
                    .into_iter()
                    .map(|(protocol, port)| json!({"port": port, "protocol": protocol}))
                    .collect();
                json!({side: peers, "ports": ports})
            })
            .collect()
    }
}

/// The entries of a rule that stand for a peer.
fn entries(
    edge: &Edge,
    peer: &Party,
    own_namespace: &str,
    workloads: &BTreeMap<Party, Selected<'_>>,
    nodes: &[IpAddr],
    options: &Options,
) -> Vec<Value> {
    let blocks = |addresses: &mut dyn Iterator<Item = IpAddr>| -> Vec<Value> {
        addresses
            .map(|address| {
                let length = if address.is_ipv4() { 32 } else { 128 };
                json!({"ipBlock": {"cidr": format!("{address}/{length}")}})
            })
            .collect()
    };
    match peer {
        Party::Workload { namespace, .. } => {
            let Some(selected) = workloads.get(peer).filter(|it| !it.labels.is_empty()) else {
                // A pod that is not in the Inventory: its namespace is all that is known to stay.
                let name = json!({"matchLabels": {"kubernetes.io/metadata.name": namespace}});
                return vec![json!({"namespaceSelector": name})];
            };
            // No selector recognises a pod in the node's network: its traffic is the node's.
            if selected.on_host {
                return blocks(&mut nodes.iter().copied());
            }
            let mut entry = json!({"podSelector": {"matchLabels": selected.labels}});
            if namespace != own_namespace {
                entry["namespaceSelector"] =
                    json!({"matchLabels": {"kubernetes.io/metadata.name": namespace}});
            }
            vec![entry]
        }
        Party::Address(address) | Party::Node(address) => {
            // Callers from the internet are never the same twice.
            if peer == &edge.from && is_public(*address) {
                return anywhere(&edge.addresses);
            }
            blocks(&mut std::iter::once(*address))
        }
        Party::Name(_) => {
            let by_port = options.external == External::ByPort || edge.more_addresses;
            if by_port && edge.addresses.iter().all(|it| is_public(*it)) {
                return anywhere(&edge.addresses);
            }
            blocks(&mut edge.addresses.iter().copied())
        }
        // Kubelets reach the pods of their node whatever policies say.
        Party::SomeNode | Party::Unknown(_) => Vec::new(),
    }
}

/// Every public address of the families that were seen.
fn anywhere(addresses: &BTreeSet<IpAddr>) -> Vec<Value> {
    let mut entries = Vec::new();
    if addresses.iter().any(IpAddr::is_ipv4) {
        entries.push(json!({"ipBlock": {"cidr": "0.0.0.0/0",
            "except": ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"]}}));
    }
    if addresses.iter().any(IpAddr::is_ipv6) {
        entries.push(json!({"ipBlock": {"cidr": "2000::/3"}}));
    }
    entries
}

pub(crate) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || (a == 100 && (64..128).contains(&b)))
        }
        IpAddr::V6(v6) => v6.segments()[0] & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(kind: &str, name: &str, spec: &catseye_model::Value) -> Object {
        let value = catseye_model::json!({"apiVersion": "batch/v1", "kind": kind,
            "metadata": {"name": name, "namespace": "shop"}, "spec": spec.clone()});
        Object::new(value, None).unwrap()
    }

    #[test]
    fn a_name_says_the_kind_where_it_must_and_is_never_too_long() {
        let job = |name: &str| object("Job", name, &catseye_model::json!({}));
        assert_eq!(name_of(&job("web"), false), "observed-web");
        assert_eq!(name_of(&job("web"), true), "observed-job-web");
        let long = name_of(&job(&"a".repeat(250)), false);
        assert_eq!(long.len(), LONGEST_NAME);
        assert_ne!(long, name_of(&job(&format!("{}b", "a".repeat(249))), false));
    }

    #[test]
    fn a_job_without_a_selector_of_its_own_is_selected_by_the_labels_of_its_template() {
        let spec = catseye_model::json!({
            "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": "u-1"}},
            "template": {"metadata": {"labels": {"app": "import", "controller-uid": "u-1", "job-name": "import-1"}},
                "spec": {"containers": [{"name": "c", "image": "i"}]}},
        });
        let job = object("Job", "import-1", &spec);
        let view = PodView::of(&job).unwrap();
        assert_eq!(
            labels_of(&job, &view),
            [("app".to_owned(), "import".to_owned())].into()
        );
    }
}
