//! Classes: pods that no policy can tell apart.
//!
//! Only labels whose keys some selector names matter, and only ports whose names some rule names. Pods
//! that agree in these and in their namespace are one class; ten thousand pods are typically a few
//! hundred classes. Classes are numbered namespace by namespace, so the pods of a namespace are a
//! range of numbers.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use catseye_model::selector::Condition;
use catseye_model::value::Map;
use catseye_model::{Fields as _, Value};
use catseye_model::{Inventory, Kind, Selector};

use crate::bits::Bits;
use crate::policy::{Namespaces, Peer, Pods, Policy, PortMatch};
use crate::port::Protocol;
use crate::workload::{Pod, WorkloadId};

/// The label that the API server gives every namespace.
pub(crate) const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// A namespace and the numbers of its classes.
#[derive(Debug)]
pub(crate) struct Namespace {
    pub(crate) name: String,
    labels: Value,
    first: u32,
    end: u32,
}

/// What policies can see of the pods of a class.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClassKey {
    /// Place of the namespace.
    namespace: usize,
    /// The node's addresses, for pods in the node's network.
    host: Option<Vec<IpAddr>>,
    /// Numbers of key and value of the labels that selectors name.
    labels: Vec<(u32, u32)>,
    /// Number of the name, protocol and number of the ports that rules name.
    ports: Vec<(u32, Protocol, u16)>,
}

/// The classes, and who belongs to them.
#[derive(Debug)]
pub(crate) struct Classes {
    pub(crate) namespaces: Vec<Namespace>,
    pub(crate) keys: Vec<ClassKey>,
    /// For each class, its workloads, ascending, with how many of their pods are in it.
    pub(crate) members: Vec<Vec<(WorkloadId, u32)>>,
    terms: Terms,
    /// Classes in the pods' network by label key and value.
    by_value: HashMap<(u32, u32), Bits>,
    by_key: HashMap<u32, Bits>,
    /// Classes in the node's network.
    hosts: Bits,
}

/// What selectors and rules name, numbered.
#[derive(Debug, Default)]
struct Terms {
    keys: HashMap<String, u32>,
    values: HashMap<String, u32>,
    port_names: HashMap<String, u32>,
}

impl Classes {
    pub(crate) fn of(inventory: &Inventory, policies: &[Policy], pods: &[Pod]) -> Self {
        let terms = Terms::of(policies);
        let mut namespaces = namespaces(inventory, pods);
        let mut found: BTreeMap<ClassKey, BTreeMap<WorkloadId, u32>> = BTreeMap::new();
        for pod in pods {
            let members = found.entry(terms.key(pod, &namespaces)).or_default();
            *members.entry(pod.workload).or_default() += 1;
        }
        let mut keys = Vec::with_capacity(found.len());
        let mut members = Vec::with_capacity(found.len());
        let mut by_value: HashMap<(u32, u32), Bits> = HashMap::new();
        let mut by_key: HashMap<u32, Bits> = HashMap::new();
        let mut hosts = Bits::default();
        for (number, (key, workloads)) in (0_u32..).zip(found) {
            let namespace = &mut namespaces[key.namespace];
            if namespace.first == namespace.end {
                namespace.first = number;
            }
            namespace.end = number + 1;
            if key.host.is_some() {
                hosts.push(number);
            } else {
                for (label, value) in &key.labels {
                    by_value.entry((*label, *value)).or_default().push(number);
                    by_key.entry(*label).or_default().push(number);
                }
            }
            keys.push(key);
            members.push(workloads.into_iter().collect());
        }
        Classes {
            namespaces,
            keys,
            members,
            terms,
            by_value,
            by_key,
            hosts,
        }
    }

    pub(crate) fn len(&self) -> u32 {
        // Fewer than pods, which an Inventory numbers in 32 bits.
        u32::try_from(self.keys.len()).unwrap_or(u32::MAX)
    }

    /// The classes in the node's network.
    pub(crate) fn hosts(&self) -> &Bits {
        &self.hosts
    }

    /// The node's addresses of a class in the node's network.
    pub(crate) fn host(&self, class: u32) -> Option<&[IpAddr]> {
        self.keys[class as usize].host.as_deref()
    }

    /// The namespace of a class.
    pub(crate) fn namespace(&self, class: u32) -> &Namespace {
        &self.namespaces[self.keys[class as usize].namespace]
    }

    /// The labels of a namespace that is an object, or that a pod mentions.
    pub(crate) fn labels_of_namespace(&self, name: &str) -> Option<&Value> {
        let found = self
            .namespaces
            .binary_search_by(|namespace| namespace.name.as_str().cmp(name));
        found.ok().map(|found| &self.namespaces[found].labels)
    }

    /// The ports that a class gives this name, of one protocol or of any.
    pub(crate) fn ports_named(
        &self,
        class: u32,
        name: &str,
        protocol: Option<Protocol>,
    ) -> impl Iterator<Item = (Protocol, u16)> + '_ {
        let wanted = self.terms.port_names.get(name).copied();
        self.keys[class as usize]
            .ports
            .iter()
            .filter(move |(name, of, _)| {
                Some(*name) == wanted && protocol.is_none_or(|wanted| wanted == *of)
            })
            .map(|(_, protocol, number)| (*protocol, *number))
    }

    /// True when the two classes give the same numbers to all names that rules name.
    pub(crate) fn port_names(&self, class: u32) -> &[(u32, Protocol, u16)] {
        &self.keys[class as usize].ports
    }

    /// The classes that a selector of pods selects; pods in the node's network are never selected,
    /// because nothing at the node's address tells them from the node.
    pub(crate) fn selected(&self, pods: &Pods) -> Bits {
        let within = match &pods.namespaces {
            Namespaces::Named(name) => self
                .namespaces
                .binary_search_by(|namespace| namespace.name.as_str().cmp(name))
                .map_or_else(
                    |_| Bits::default(),
                    |found| self.namespaces[found].classes(),
                ),
            Namespaces::Labelled(selector) if selector.selects_everything() => {
                Bits::range(0, self.len())
            }
            Namespaces::Labelled(selector) => Bits::union_of(
                self.namespaces
                    .iter()
                    .filter(|namespace| selector.matches(&namespace.labels))
                    .map(Namespace::classes),
            ),
        };
        self.labelled(&pods.labels, within.difference(&self.hosts))
    }

    fn labelled(&self, selector: &Selector, within: Bits) -> Bits {
        let mut selected = within;
        for requirement in selector.requirements() {
            if selected.is_empty() {
                break;
            }
            // A key that no pod carries was never met.
            let key = self.terms.keys.get(requirement.key.as_str()).copied();
            let with_key = key.and_then(|key| self.by_key.get(&key));
            let with_value = |values: &[String]| {
                let sets = values.iter().filter_map(|value| {
                    let value = self.terms.values.get(value.as_str()).copied()?;
                    let set = self.by_value.get(&(key?, value))?;
                    Some(selected.intersection(set))
                });
                Bits::union_of(sets)
            };
            selected = match &requirement.condition {
                Condition::In(values) => with_value(values),
                Condition::NotIn(values) => selected.difference(&with_value(values)),
                Condition::Exists => {
                    with_key.map_or_else(Bits::default, |set| selected.intersection(set))
                }
                Condition::DoesNotExist => match with_key {
                    Some(set) => selected.difference(set),
                    None => selected,
                },
            };
        }
        selected
    }
}

impl Namespace {
    fn classes(&self) -> Bits {
        Bits::range(self.first, self.end)
    }
}

impl Terms {
    fn of(policies: &[Policy]) -> Self {
        let mut terms = Terms::default();
        for policy in policies {
            terms.add_selector(&policy.subject.labels);
            for rule in policy.ingress.iter().chain(&policy.egress).flatten() {
                for peer in rule.peers.iter().flatten() {
                    if let Peer::Pods(pods) = peer {
                        terms.add_selector(&pods.labels);
                    }
                }
                for port in rule.ports.iter().flatten() {
                    if let PortMatch::Named(name, _) = port {
                        number(&mut terms.port_names, name);
                    }
                }
            }
        }
        terms
    }

    fn add_selector(&mut self, selector: &Selector) {
        for requirement in selector.requirements() {
            number(&mut self.keys, &requirement.key);
            if let Condition::In(values) | Condition::NotIn(values) = &requirement.condition {
                for value in values {
                    number(&mut self.values, value);
                }
            }
        }
    }

    fn key(&self, pod: &Pod, namespaces: &[Namespace]) -> ClassKey {
        let namespace = namespaces
            .binary_search_by(|namespace| namespace.name.as_str().cmp(pod.namespace))
            .expect("every pod's namespace was listed");
        let mut labels = Vec::new();
        // Selectors do not see pods in the node's network.
        if pod.host.is_none() {
            for (key, value) in pod.labels.as_object().into_iter().flatten() {
                if let (Some(key), Some(value)) = (self.keys.get(key.as_str()), value.as_str()) {
                    // Values that no selector names are all alike: present, and none of those.
                    let value = self.values.get(value).copied().unwrap_or(u32::MAX);
                    labels.push((*key, value));
                }
            }
            labels.sort_unstable();
        }
        let mut ports: Vec<_> = pod
            .ports
            .iter()
            .filter_map(|port| {
                let name = *self.port_names.get(port.name)?;
                Some((name, port.protocol, port.number))
            })
            .collect();
        ports.sort_unstable();
        ClassKey {
            namespace,
            host: pod.host.clone(),
            labels,
            ports,
        }
    }
}

fn number(terms: &mut HashMap<String, u32>, term: &str) {
    if !terms.contains_key(term) {
        let next = u32::try_from(terms.len()).unwrap_or(u32::MAX);
        terms.insert(term.to_owned(), next);
    }
}

/// The namespaces by name: those that are objects, and those that pods mention.
fn namespaces(inventory: &Inventory, pods: &[Pod]) -> Vec<Namespace> {
    let no_labels = || Value::Object(Map::default());
    let mut names: BTreeMap<&str, Value> = BTreeMap::new();
    for pod in pods {
        names.entry(pod.namespace).or_insert_with(no_labels);
    }
    for (_, object) in inventory.of_kind(Kind::Namespace) {
        let labels = object.value().at("metadata.labels");
        let labels = Some(labels.clone()).filter(Value::is_object);
        names.insert(object.name(), labels.unwrap_or_else(no_labels));
    }
    names
        .into_iter()
        .map(|(name, mut labels)| {
            // The API server sets it and lets nobody change it.
            labels.set(NAME_LABEL, Value::from(name));
            Namespace {
                name: name.to_owned(),
                labels,
                first: 0,
                end: 0,
            }
        })
        .collect()
}
