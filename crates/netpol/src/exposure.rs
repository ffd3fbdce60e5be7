//! What pods outside the Inventory, and addresses, may exchange with a workload.
//!
//! Only what the workload's own policies decide is looked at: which policies select a pod that is not
//! here cannot be known. A stranger is told of where it may do something else than anyone may.

use std::collections::BTreeSet;

use crate::address::AddressSet;
use crate::policy::{Direction, PortMatch, Tier};
use crate::port::PortSet;
use crate::reach::{ClassId, Endpoint, Reach};
use crate::stranger::StrangerId;
use crate::workload::WorkloadId;

/// What the world may exchange with a workload in one direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// The workload.
    pub workload: WorkloadId,
    /// Ingress: what may reach it. Egress: what it may reach.
    pub direction: Direction,
    /// True when no policy that speaks of this direction selects its pods.
    pub unprotected: bool,
    /// Addresses with the ports, where there are any.
    pub addresses: Vec<(AddressSet, PortSet)>,
    /// What any pod of the cluster may exchange with it.
    pub anyone: PortSet,
    /// Pods of some description that may do something else than anyone.
    pub strangers: Vec<StrangerExposure>,
    /// Names of ports that its rules for anyone allow it to reach: which numbers they are, the
    /// destination decides. Empty for ingress, where the workload itself decides.
    pub names: Vec<String>,
}

/// What pods of some description may exchange with a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrangerExposure {
    /// The pods.
    pub stranger: StrangerId,
    /// On which ports; none where a rule takes from them what anyone else may.
    pub ports: PortSet,
    /// Names of ports that rules about them allow to be reached.
    pub names: Vec<String>,
    /// The workloads of the Inventory that fit the description already.
    pub known: Vec<WorkloadId>,
}

impl Reach {
    /// The exposure of every workload, both directions; ask [`Reach::with_strangers`], or only
    /// addresses and anyone are told.
    pub fn exposure(&self) -> Vec<Exposure> {
        let mut exposures = Vec::new();
        for (workload, _) in self.workloads() {
            for direction in [Direction::Egress, Direction::Ingress] {
                exposures.push(self.exposure_of(workload, direction));
            }
        }
        exposures
    }

    /// The exposure of one workload in one direction. Where its pods differ: of any of them.
    pub fn exposure_of(&self, workload: WorkloadId, direction: Direction) -> Exposure {
        let classes = &self.workload(workload).classes;
        let ports = |other: Endpoint| {
            let each = classes.iter().map(|class| match direction {
                Direction::Ingress => self.connection(other, Endpoint::Class(*class)),
                Direction::Egress => self.connection(Endpoint::Class(*class), other),
            });
            each.fold(PortSet::none(), |all, one| all.union(&one))
        };
        let anyone = ports(Endpoint::Stranger(StrangerId::ANYONE));
        let names = self.names_allowed(classes, direction, StrangerId::ANYONE);
        let mut strangers = Vec::new();
        for (stranger, _) in self.strangers().skip(1) {
            let theirs = ports(Endpoint::Stranger(stranger));
            let their_names = self.names_allowed(classes, direction, stranger);
            if theirs != anyone || their_names != names {
                strangers.push(StrangerExposure {
                    stranger,
                    ports: theirs,
                    names: their_names,
                    known: self.workloads_like(stranger),
                });
            }
        }
        let mut addresses: Vec<(AddressSet, PortSet)> = Vec::new();
        for (group, set) in self.groups() {
            let theirs = ports(Endpoint::Addresses(group));
            if theirs.is_none() {
                continue;
            }
            match addresses.iter_mut().find(|(_, known)| *known == theirs) {
                Some((known, _)) => *known = known.union(set),
                None => addresses.push((set.clone(), theirs)),
            }
        }
        Exposure {
            workload,
            direction,
            unprotected: classes
                .iter()
                .all(|class| self.policies_selecting(*class, direction).next().is_none()),
            addresses,
            anyone,
            strangers,
            names,
        }
    }

    /// The workloads whose pods fit a stranger's description.
    pub fn workloads_like(&self, stranger: StrangerId) -> Vec<WorkloadId> {
        let classes = self.class_table().selected(self.stranger(stranger).pods());
        let members = classes
            .iter()
            .flat_map(|class| self.members(ClassId(class)));
        let workloads: BTreeSet<WorkloadId> = members.map(|(workload, _)| *workload).collect();
        workloads.into_iter().collect()
    }

    /// Names of ports in egress rules of `NetworkPolicies` that speak of a stranger. Rules of
    /// administrators are left out: what they leave over depends on the number behind the name.
    fn names_allowed(
        &self,
        classes: &[ClassId],
        direction: Direction,
        stranger: StrangerId,
    ) -> Vec<String> {
        if direction == Direction::Ingress {
            return Vec::new();
        }
        let peer = self.peer(Endpoint::Stranger(stranger));
        let mut names = BTreeSet::new();
        for class in classes {
            let policies = self.policies_selecting(*class, direction);
            for rule in policies
                .filter(|policy| policy.tier == Tier::Namespace)
                .flat_map(|policy| policy.rules(direction).unwrap_or_default())
            {
                let speaks = rule.peers.as_ref().is_none_or(|peers| {
                    let mut sets = peers.iter().map(|one| self.peer_table().one(one));
                    sets.any(|set| set.contains(peer))
                });
                if !speaks {
                    continue;
                }
                for port in rule.ports.iter().flatten() {
                    if let PortMatch::Named(name, _) = port {
                        names.insert(name.clone());
                    }
                }
            }
        }
        names.into_iter().collect()
    }
}
