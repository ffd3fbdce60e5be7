//! Equal answers as one line: `every workload in shop => every workload in ops : TCP 443`.
//!
//! Only what is exactly alike is put together: all other workloads of the cluster, or all other
//! workloads of a namespace. A workload is never meant to reach itself by this.

use std::collections::{BTreeMap, BTreeSet};

use catseye_netpol::{Party, PortSet, Reach, WorkloadId};

use super::listing::Row;
use super::party::told_addresses;

type Line = (String, String, String);

/// The lines of a listing.
pub(super) fn lines(reach: &Reach, rows: &[Row]) -> Vec<Line> {
    let groups = Groups::of(reach);
    // By source and ports: all destinations.
    let mut by_source: BTreeMap<(&Party, &PortSet), Vec<&Party>> = BTreeMap::new();
    for row in rows {
        let destinations = by_source.entry((&row.source, &row.ports)).or_default();
        destinations.push(&row.destination);
    }
    // By destination, in words, and ports: all sources.
    let mut by_destination: BTreeMap<(String, &PortSet), BTreeSet<&Party>> = BTreeMap::new();
    for ((source, ports), destinations) in by_source {
        let itself = match source {
            Party::Workload(id) => Some(*id),
            Party::Addresses(_) => None,
        };
        for destination in groups.collapsed(&destinations, itself) {
            by_destination
                .entry((destination, ports))
                .or_default()
                .insert(source);
        }
    }
    let mut lines = Vec::new();
    for ((destination, ports), sources) in by_destination {
        let sources: Vec<&Party> = sources.into_iter().collect();
        // The destination is missing among those that reach it, when it is one workload.
        let itself = groups.workload_called(&destination);
        for source in groups.collapsed(&sources, itself) {
            lines.push((source, destination.clone(), ports.to_string()));
        }
    }
    lines.sort();
    lines
}

/// The workloads of the cluster and of each namespace.
struct Groups<'a> {
    reach: &'a Reach,
    all: BTreeSet<WorkloadId>,
    namespaces: BTreeMap<&'a str, BTreeSet<WorkloadId>>,
    names: BTreeMap<String, WorkloadId>,
}

impl<'a> Groups<'a> {
    fn of(reach: &'a Reach) -> Self {
        let mut namespaces: BTreeMap<&str, BTreeSet<WorkloadId>> = BTreeMap::new();
        let mut names = BTreeMap::new();
        for (id, workload) in reach.workloads() {
            namespaces
                .entry(&workload.namespace)
                .or_default()
                .insert(id);
            names.insert(workload.to_string(), id);
        }
        Groups {
            reach,
            all: reach.workloads().map(|(id, _)| id).collect(),
            namespaces,
            names,
        }
    }

    fn workload_called(&self, name: &str) -> Option<WorkloadId> {
        self.names.get(name).copied()
    }

    /// The parties in as few words as they need; `itself` is the other end, which may be missing.
    fn collapsed(&self, parties: &[&Party], itself: Option<WorkloadId>) -> Vec<String> {
        let mut words = Vec::new();
        let mut workloads: BTreeSet<WorkloadId> = BTreeSet::new();
        for party in parties {
            match party {
                Party::Addresses(addresses) => words.push(told_addresses(addresses)),
                Party::Workload(id) => {
                    workloads.insert(*id);
                }
            }
        }
        let holds_all = |group: &BTreeSet<WorkloadId>| {
            group
                .iter()
                .all(|id| workloads.contains(id) || Some(*id) == itself)
                && group.iter().filter(|id| workloads.contains(id)).count() > 1
        };
        if holds_all(&self.all) {
            words.push("every workload".to_owned());
            return words;
        }
        let mut told: BTreeSet<WorkloadId> = BTreeSet::new();
        for (namespace, group) in &self.namespaces {
            if holds_all(group) {
                words.push(format!("every workload in {namespace}"));
                told.extend(group);
            }
        }
        let rest = workloads.difference(&told);
        words.extend(rest.map(|id| self.reach.workload(*id).to_string()));
        words
    }
}
