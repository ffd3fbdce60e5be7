//! What changed between two states of a cluster: who can send what to whom now, and could not before.
//!
//! Workloads are the same when namespace, kind and name are. Addresses are cut wherever either state
//! tells them apart, and put together again where the change is the same.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::address::AddressSet;
use crate::connections::Party;
use crate::port::PortSet;
use crate::reach::Reach;
use crate::workload::Workload;

/// Who sends or is sent to, by a name that two states share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// Addresses.
    Addresses(AddressSet),
    /// A workload.
    Workload {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// Its kind.
        kind: String,
    },
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Name::Addresses(addresses) => addresses.fmt(f),
            Name::Workload {
                namespace,
                name,
                kind,
            } => write!(f, "{namespace}/{name}[{kind}]"),
        }
    }
}

/// A connection that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Who sends.
    pub source: Name,
    /// Who is sent to.
    pub destination: Name,
    /// The ports before.
    pub before: PortSet,
    /// The ports after.
    pub after: PortSet,
}

/// What differs between two states.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// The connections that differ, by source and destination.
    pub changes: Vec<Change>,
    /// The workloads that were there before only.
    pub removed: Vec<Name>,
    /// The workloads that are there after only.
    pub added: Vec<Name>,
}

impl Difference {
    /// What differs between a state and a later one.
    pub fn between(before: &Reach, after: &Reach) -> Self {
        let cuts = common_cuts(before, after);
        let (old, new) = (flat(before, &cuts), flat(after, &cuts));
        // The same change for several ranges of addresses is one change.
        let mut joined: BTreeMap<(Ends, PortSet, PortSet), Vec<AddressSet>> = BTreeMap::new();
        let mut changes = Vec::new();
        let pairs: BTreeSet<&(Name, Name)> = old.keys().chain(new.keys()).collect();
        let none = PortSet::none();
        for pair in pairs {
            let (was, is) = (
                old.get(pair).unwrap_or(&none),
                new.get(pair).unwrap_or(&none),
            );
            if was == is {
                continue;
            }
            let ends = match pair {
                (Name::Addresses(from), to) => Some((Ends::From(to.clone()), from)),
                (from, Name::Addresses(to)) => Some((Ends::To(from.clone()), to)),
                _ => None,
            };
            match ends {
                Some((ends, addresses)) => joined
                    .entry((ends, was.clone(), is.clone()))
                    .or_default()
                    .push(addresses.clone()),
                None => changes.push(Change {
                    source: pair.0.clone(),
                    destination: pair.1.clone(),
                    before: was.clone(),
                    after: is.clone(),
                }),
            }
        }
        for ((ends, before, after), addresses) in joined {
            let addresses = Name::Addresses(AddressSet::union_of(&addresses));
            let (source, destination) = match ends {
                Ends::From(workload) => (addresses, workload),
                Ends::To(workload) => (workload, addresses),
            };
            changes.push(Change {
                source,
                destination,
                before,
                after,
            });
        }
        changes.sort_by(|a, b| (&a.source, &a.destination).cmp(&(&b.source, &b.destination)));
        let (old, new) = (names(before), names(after));
        Difference {
            changes,
            removed: old.difference(&new).cloned().collect(),
            added: new.difference(&old).cloned().collect(),
        }
    }

    /// True when nothing differs.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.removed.is_empty() && self.added.is_empty()
    }
}

/// The workload at the other end of addresses.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Ends {
    From(Name),
    To(Name),
}

/// The name of a workload.
fn name(workload: &Workload) -> Name {
    Name::Workload {
        namespace: workload.namespace.clone(),
        name: workload.name.clone(),
        kind: workload.kind.clone(),
    }
}

fn names(reach: &Reach) -> BTreeSet<Name> {
    reach
        .workloads()
        .map(|(_, workload)| name(workload))
        .collect()
}

/// The first addresses of all stretches that either state tells apart.
fn common_cuts(before: &Reach, after: &Reach) -> Vec<AddressSet> {
    let mut firsts: BTreeSet<IpAddr> = BTreeSet::new();
    for (_, group) in before.groups().chain(after.groups()) {
        firsts.extend(group.ranges().iter().map(|(first, _)| *first));
    }
    let mut cuts = Vec::new();
    for (first, last) in AddressSet::all().ranges() {
        let mut starts: Vec<IpAddr> = firsts.range(*first..=*last).copied().collect();
        starts.retain(|start| start != first);
        let mut from = *first;
        for start in starts {
            if let Some(end) = crate::interval::Point::previous(start) {
                cuts.push(AddressSet::range(from, end));
            }
            from = start;
        }
        cuts.push(AddressSet::range(from, *last));
    }
    cuts
}

/// Every connection by names, addresses cut.
fn flat(reach: &Reach, cuts: &[AddressSet]) -> BTreeMap<(Name, Name), PortSet> {
    let parties = |party: &Party| match party {
        Party::Workload(id) => vec![name(reach.workload(*id))],
        Party::Addresses(addresses) => {
            let inside = cuts.iter().filter(|cut| addresses.covers(cut));
            inside.cloned().map(Name::Addresses).collect()
        }
    };
    let mut flat: BTreeMap<(Name, Name), PortSet> = BTreeMap::new();
    for connection in reach.connections() {
        for source in parties(&connection.source) {
            for destination in parties(&connection.destination) {
                let known = flat.entry((source.clone(), destination)).or_default();
                *known = known.union(&connection.ports);
            }
        }
    }
    flat
}
