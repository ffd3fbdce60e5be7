//! All pairs as people see them: workloads and address ranges, one line a pair.

use std::collections::BTreeMap;

use crate::address::AddressSet;
use crate::pairs::Destinations;
use crate::port::PortSet;
use crate::reach::{ClassId, Endpoint, Reach};
use crate::workload::WorkloadId;

/// Who sends or is sent to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// Addresses outside the pods' network.
    Addresses(AddressSet),
    /// The pods of a workload.
    Workload(WorkloadId),
}

/// What one party can send to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Who sends.
    pub source: Party,
    /// Who is sent to.
    pub destination: Party,
    /// On which ports. Where pods of a workload differ: what any of them can.
    pub ports: PortSet,
}

impl Reach {
    /// Every connection between two different workloads, or a workload and addresses, that some port
    /// allows: by source, then destination. Addresses that differ in nothing are one party.
    pub fn connections(&self) -> Vec<Connection> {
        let mut between: BTreeMap<(WorkloadId, WorkloadId), PortSet> = BTreeMap::new();
        let mut outgoing: BTreeMap<(WorkloadId, u32), PortSet> = BTreeMap::new();
        let mut incoming: BTreeMap<(u32, WorkloadId), PortSet> = BTreeMap::new();
        self.for_each_source(|source, groups| {
            let receivers = |group: &Destinations| {
                let classes: Vec<ClassId> = group.classes.iter().map(ClassId).collect();
                self.workloads_in(&classes)
            };
            match source {
                Endpoint::Addresses(addresses) => {
                    for group in groups {
                        for receiver in receivers(group) {
                            add(&mut incoming, (addresses.0, receiver), group.ports);
                        }
                    }
                }
                Endpoint::Stranger(_) => {}
                Endpoint::Class(class) => {
                    let senders = self.workloads_in(&[class]);
                    for group in groups {
                        let receivers = receivers(group);
                        for sender in &senders {
                            for receiver in receivers.iter().filter(|receiver| *receiver != sender)
                            {
                                add(&mut between, (*sender, *receiver), group.ports);
                            }
                            for addresses in &group.addresses {
                                add(&mut outgoing, (*sender, addresses.0), group.ports);
                            }
                        }
                    }
                }
            }
        });
        let mut connections = Vec::new();
        for ((source, destination), ports) in between {
            connections.push(Connection {
                source: Party::Workload(source),
                destination: Party::Workload(destination),
                ports,
            });
        }
        for (source, addresses, ports) in self.merged(
            outgoing
                .into_iter()
                .map(|((workload, group), ports)| (workload, group, ports)),
        ) {
            connections.push(Connection {
                source: Party::Workload(source),
                destination: Party::Addresses(addresses),
                ports,
            });
        }
        for (destination, addresses, ports) in self.merged(
            incoming
                .into_iter()
                .map(|((group, workload), ports)| (workload, group, ports)),
        ) {
            connections.push(Connection {
                source: Party::Addresses(addresses),
                destination: Party::Workload(destination),
                ports,
            });
        }
        connections.sort_by(|a, b| (&a.source, &a.destination).cmp(&(&b.source, &b.destination)));
        connections
    }

    /// The workloads that have pods in any of the classes, ascending.
    fn workloads_in(&self, classes: &[ClassId]) -> Vec<WorkloadId> {
        let members = classes.iter().flat_map(|class| self.members(*class));
        let mut workloads: Vec<WorkloadId> = members.map(|(workload, _)| *workload).collect();
        workloads.sort_unstable();
        workloads.dedup();
        workloads
    }

    /// Joins the groups of addresses that a workload may use the same ports with.
    fn merged(
        &self,
        parts: impl Iterator<Item = (WorkloadId, u32, PortSet)>,
    ) -> Vec<(WorkloadId, AddressSet, PortSet)> {
        let mut joined: BTreeMap<(WorkloadId, PortSet), Vec<&AddressSet>> = BTreeMap::new();
        for (workload, group, ports) in parts {
            let addresses = self.addresses(crate::reach::GroupId(group));
            joined.entry((workload, ports)).or_default().push(addresses);
        }
        joined
            .into_iter()
            .map(|((workload, ports), sets)| (workload, AddressSet::union_of(sets), ports))
            .collect()
    }
}

fn add<K: Ord>(known: &mut BTreeMap<K, PortSet>, key: K, ports: &PortSet) {
    let entry = known.entry(key).or_default();
    if !entry.covers(ports) {
        *entry = entry.union(ports);
    }
}
