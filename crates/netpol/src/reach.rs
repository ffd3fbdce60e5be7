//! Who can reach whom: the answers.

use std::net::IpAddr;

use catseye_model::Inventory;

use crate::address::AddressSet;
use crate::bits::Bits;
use crate::class::Classes;
use crate::decision::{Decisions, PortSets};
use crate::peer::Peers;
use crate::policy::{self, Direction, Policy, Unread};
use crate::port::PortSet;
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
        let (mut workloads, pods) = workload::all(inventory);
        let classes = Classes::of(inventory, &policies, &pods);
        for (class, members) in (0_u32..).zip(&classes.members) {
            for (workload, _) in members {
                workloads[workload.0 as usize].classes.push(ClassId(class));
            }
        }
        let peers = Peers::of(inventory, &policies, &classes);
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

    /// Every endpoint: the classes, then the groups of addresses.
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
    /// Between two groups of addresses there is nothing to decide, and nothing is said.
    pub fn connection(&self, source: Endpoint, destination: Endpoint) -> PortSet {
        let sends = match source {
            Endpoint::Class(class) => {
                let row = self.egress.row(class.0);
                row.ports(self.peer(destination))
            }
            Endpoint::Addresses(_) => None,
        };
        let accepts = match destination {
            Endpoint::Class(class) => {
                let row = self.ingress.row(class.0);
                row.ports(self.peer(source))
            }
            Endpoint::Addresses(_) => None,
        };
        let set = |number: Option<u32>| {
            number.map_or_else(PortSet::none, |number| self.ports.set(number).clone())
        };
        match (source, destination) {
            (Endpoint::Class(_), Endpoint::Class(_)) => match (sends, accepts) {
                (Some(sends), Some(accepts)) if sends == accepts => set(Some(sends)),
                (Some(sends), Some(accepts)) => {
                    let (sends, accepts) = (self.ports.set(sends), self.ports.set(accepts));
                    sends.intersection(accepts)
                }
                _ => PortSet::none(),
            },
            (Endpoint::Class(_), Endpoint::Addresses(_)) => set(sends),
            (Endpoint::Addresses(_), Endpoint::Class(_)) => set(accepts),
            (Endpoint::Addresses(_), Endpoint::Addresses(_)) => PortSet::none(),
        }
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
        }
    }

    /// The endpoint of a number among all peers.
    pub(crate) fn endpoint(&self, peer: u32) -> Endpoint {
        match peer.checked_sub(self.classes.len()) {
            None => Endpoint::Class(ClassId(peer)),
            Some(group) => Endpoint::Addresses(GroupId(group)),
        }
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

    /// Every peer that is a class.
    pub(crate) fn class_bits(&self) -> Bits {
        Bits::range(0, self.classes.len())
    }
}
