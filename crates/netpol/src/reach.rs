//! Who can reach whom: the answers.

use std::collections::BTreeSet;
use std::net::IpAddr;

use catseye_model::Inventory;

use crate::address::AddressSet;
use crate::class::Classes;
use crate::decision::{Decisions, PortSets};
use crate::peer::Peers;
use crate::policy::{self, Direction, Policy, PortMatch, Unread};
use crate::port::{Port, PortSet, Protocol};
use crate::stranger::{self, Stranger, StrangerId};
use crate::workload::{self, Workload, WorkloadId};

/// A class's place among those of a [`Reach`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassId(pub u32);

/// The place of a group of addresses among those of a [`Reach`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u32);

/// Where a connection begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// A pod of a class.
    Class(ClassId),
    /// An address of a group.
    Addresses(GroupId),
    /// A pod that the Inventory does not hold.
    Stranger(StrangerId),
}

/// The network reachability of an Inventory, ready to be asked.
///
/// Building it costs a few set operations per rule; a question about a pair costs a few lookups. Pairs
/// are never stored.
#[derive(Debug)]
pub struct Reach {
    workloads: Vec<Workload>,
    policies: Vec<Policy>,
    unread: Vec<Unread>,
    classes: Classes,
    peers: Peers,
    ports: PortSets,
    pub(crate) ingress: Decisions,
    pub(crate) egress: Decisions,
}

impl Reach {
    /// Reads workloads and policies, and decides.
    pub fn of(inventory: &Inventory) -> Self {
        let (policies, unread) = policy::all(inventory);
        Self::decided(inventory, policies, unread, vec![Stranger::anyone()])
    }

    /// As [`Reach::of`], with a stranger for every kind of pods that some rule speaks of, so that
    /// [`Reach::exposure`] can tell what pods outside the Inventory may do.
    pub fn with_strangers(inventory: &Inventory) -> Self {
        let (policies, unread) = policy::all(inventory);
        let strangers = stranger::named_by(&policies);
        Self::decided(inventory, policies, unread, strangers)
    }

    fn decided(
        inventory: &Inventory,
        policies: Vec<Policy>,
        unread: Vec<Unread>,
        strangers: Vec<Stranger>,
    ) -> Self {
        let (mut workloads, pods) = workload::all(inventory);
        let classes = Classes::of(inventory, &policies, &pods);
        for (class, members) in (0_u32..).zip(&classes.members) {
            for (workload, _) in members {
                workloads[workload.0 as usize].classes.push(ClassId(class));
            }
        }
        let peers = Peers::of(inventory, &policies, &classes, strangers);
        let mut ports = PortSets::default();
        let mut decide =
            |direction| Decisions::of(direction, &policies, &peers, &classes, &mut ports);
        let (ingress, egress) = (decide(Direction::Ingress), decide(Direction::Egress));
        Reach {
            workloads,
            policies,
            unread,
            classes,
            peers,
            ports,
            ingress,
            egress,
        }
    }

    /// The workloads, by namespace and name.
    pub fn workloads(&self) -> impl Iterator<Item = (WorkloadId, &Workload)> {
        (0..).map(WorkloadId).zip(&self.workloads)
    }

    /// The workload of an id that this value gave out.
    pub fn workload(&self, id: WorkloadId) -> &Workload {
        &self.workloads[id.0 as usize]
    }

    /// The policies in the order of decision.
    pub fn policies(&self) -> &[Policy] {
        &self.policies
    }

    /// Policies that are not taken into account, or not all of them.
    pub fn unread(&self) -> &[Unread] {
        &self.unread
    }

    /// The classes.
    pub fn classes(&self) -> impl Iterator<Item = ClassId> {
        (0..self.classes.len()).map(ClassId)
    }

    /// The workloads with pods of a class, and how many pods (or templates) each has there.
    pub fn members(&self, class: ClassId) -> &[(WorkloadId, u32)] {
        &self.classes.members[class.0 as usize]
    }

    /// The namespace of a class.
    pub fn namespace(&self, class: ClassId) -> &str {
        &self.classes.namespace(class.0).name
    }

    /// True for pods in the node's network, which policies do not select and do not recognise.
    pub fn is_on_host(&self, class: ClassId) -> bool {
        self.classes.host(class.0).is_some()
    }

    /// The groups of addresses: disjoint, together every address there is.
    pub fn groups(&self) -> impl Iterator<Item = (GroupId, &AddressSet)> {
        (0..).map(GroupId).zip(&self.peers.addresses)
    }

    /// The addresses of a group.
    pub fn addresses(&self, group: GroupId) -> &AddressSet {
        &self.peers.addresses[group.0 as usize]
    }

    /// The group of an address.
    pub fn group_of(&self, address: IpAddr) -> Option<GroupId> {
        self.groups()
            .find(|(_, addresses)| addresses.contains(address))
            .map(|(group, _)| group)
    }

    /// The strangers: first [`StrangerId::ANYONE`], then those that rules describe.
    pub fn strangers(&self) -> impl Iterator<Item = (StrangerId, &Stranger)> {
        (0..).map(StrangerId).zip(&self.peers.strangers)
    }

    /// A stranger of an id that this value gave out.
    pub fn stranger(&self, id: StrangerId) -> &Stranger {
        &self.peers.strangers[id.0 as usize]
    }

    /// True when every pod that fits the first description fits the second.
    pub fn implies(&self, narrow: StrangerId, broad: StrangerId) -> bool {
        let broad = self.stranger(broad).pods();
        self.stranger(narrow).meets(broad, &self.classes)
    }

    /// Every endpoint but strangers: the classes, then the groups of addresses.
    pub fn endpoints(&self) -> impl Iterator<Item = Endpoint> {
        let classes = self.classes().map(Endpoint::Class);
        classes.chain(self.groups().map(|(group, _)| Endpoint::Addresses(group)))
    }

    /// The policies that select the pods of a class and speak of a direction, in order of decision.
    pub fn policies_selecting(
        &self,
        class: ClassId,
        direction: Direction,
    ) -> impl Iterator<Item = &Policy> {
        self.decisions(direction).selecting[class.0 as usize]
            .iter()
            .map(|policy| &self.policies[*policy as usize])
    }

    /// The ports on which the source can reach the destination.
    ///
    /// Between pods of one class this is about two different pods: a pod always reaches itself.
    /// Of a stranger, what the other end decides; which policies select it is not known. Between
    /// addresses and strangers there is nothing to decide, and nothing is said.
    pub fn connection(&self, source: Endpoint, destination: Endpoint) -> PortSet {
        let sends = match source {
            Endpoint::Class(class) => Some(self.egress.row(class.0).ports(self.peer(destination))),
            _ => None,
        };
        let accepts = match destination {
            Endpoint::Class(class) => Some(self.ingress.row(class.0).ports(self.peer(source))),
            _ => None,
        };
        match (sends, accepts) {
            (Some(Some(sends)), Some(Some(accepts))) if sends != accepts => {
                self.ports.set(sends).intersection(self.ports.set(accepts))
            }
            (Some(Some(both)), Some(Some(_))) => self.ports.set(both).clone(),
            (Some(Some(one)), None) | (None, Some(Some(one))) => self.ports.set(one).clone(),
            _ => PortSet::none(),
        }
    }

    /// All ports, cut into disjoint sets that no rule and no declared name tells apart: what holds for
    /// one port of a set holds for all.
    pub fn port_atoms(&self) -> Vec<PortSet> {
        let mut cuts: BTreeSet<(Protocol, u16)> = BTreeSet::new();
        let mut cut = |set: &PortSet| {
            for (protocol, first, last) in set.ranges() {
                cuts.insert((protocol, first));
                if let Some(after) = last.checked_add(1) {
                    cuts.insert((protocol, after));
                }
            }
        };
        cut(&PortSet::all());
        for policy in &self.policies {
            let rules = policy.ingress.iter().chain(&policy.egress).flatten();
            for port in rules.flat_map(|rule| rule.ports.iter().flatten()) {
                if let PortMatch::Numbers(set) = port {
                    cut(set);
                }
            }
        }
        for class in 0..self.classes.len() {
            for (_, protocol, number) in self.classes.port_names(class) {
                cut(&PortSet::one(Port {
                    protocol: *protocol,
                    number: *number,
                }));
            }
        }
        let cuts: Vec<(Protocol, u16)> = cuts.into_iter().collect();
        let mut atoms = Vec::with_capacity(cuts.len());
        for (place, (protocol, first)) in cuts.iter().enumerate() {
            let last = match cuts.get(place + 1) {
                Some((next, number)) if next == protocol => number - 1,
                _ => u16::MAX,
            };
            atoms.push([(*protocol, *first, last)].into_iter().collect());
        }
        atoms
    }

    /// How many different answers there are to "who may send here" and "whom may this send to".
    pub fn distinct_rows(&self) -> usize {
        self.ingress.rows.len() + self.egress.rows.len()
    }

    pub(crate) fn decisions(&self, direction: Direction) -> &Decisions {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }

    /// The number of an endpoint among all peers.
    pub(crate) fn peer(&self, endpoint: Endpoint) -> u32 {
        match endpoint {
            Endpoint::Class(class) => class.0,
            Endpoint::Addresses(group) => self.classes.len() + group.0,
            Endpoint::Stranger(stranger) => self.first_stranger() + stranger.0,
        }
    }

    /// The endpoint of a number among all peers.
    pub(crate) fn endpoint(&self, peer: u32) -> Endpoint {
        let classes = self.classes.len();
        if peer < classes {
            Endpoint::Class(ClassId(peer))
        } else if peer < self.first_stranger() {
            Endpoint::Addresses(GroupId(peer - classes))
        } else {
            Endpoint::Stranger(StrangerId(peer - self.first_stranger()))
        }
    }

    /// The number of the first stranger among all peers.
    pub(crate) fn first_stranger(&self) -> u32 {
        let groups = u32::try_from(self.peers.addresses.len()).unwrap_or(u32::MAX);
        self.classes.len().saturating_add(groups)
    }

    pub(crate) fn class_table(&self) -> &Classes {
        &self.classes
    }

    pub(crate) fn peer_table(&self) -> &Peers {
        &self.peers
    }

    pub(crate) fn port_sets(&self) -> &PortSets {
        &self.ports
    }
}
