//! Observed against allowed: what policies say of each edge, and what they allow that nobody used.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use catseye_model::ObjectId;
use catseye_netpol::{ClassId, Direction, Endpoint, Port, Reach, WorkloadId};
use serde::Serialize;

use crate::map::{Edge, FlowMap};
use crate::party::{Party, of_object};
use crate::policy::is_public;

/// What policies say of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// They allow it, and one of them speaks of it.
    Allowed,
    /// Nothing speaks of it, so it passes.
    Unrestricted,
    /// They refuse it, and it was seen to pass: nobody enforces them, or it was before them.
    ObservedButDenied,
    /// They refuse it, and it was refused.
    Refused,
    /// It cannot be said: an end is not in the Inventory, or is the node itself.
    Unknown,
}

/// An edge and what policies say of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Judged<'m> {
    /// The edge.
    pub edge: &'m Edge,
    /// What is said.
    pub standing: Standing,
}

/// What a policy allows and nobody was seen to use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unused {
    /// Who may begin.
    pub from: Party,
    /// Who may be called.
    pub to: Party,
    /// On which ports, of which none was used.
    pub ports: String,
}

impl FlowMap<'_> {
    /// Every edge with what policies say of it.
    pub fn judged(&self) -> Vec<Judged<'_>> {
        let workloads = Workloads::of(self.reach(), self);
        self.edges()
            .map(|edge| Judged {
                edge,
                standing: workloads.standing(self.reach(), edge),
            })
            .collect()
    }

    /// Connections between workloads that some policy restricts to, and of which no port was used.
    pub fn unused(&self) -> Vec<Unused> {
        let reach = self.reach();
        let mut used: BTreeMap<(Party, Party), BTreeSet<Port>> = BTreeMap::new();
        for edge in self.edges() {
            let ports = used
                .entry((edge.from.clone(), edge.to.clone()))
                .or_default();
            ports.extend(edge.policy_port());
        }
        let party = |id: WorkloadId| {
            let object = self.inventory().object(reach.workload(id).object);
            of_object(object)
        };
        let mut unused = Vec::new();
        for connection in reach.connections() {
            let (catseye_netpol::Party::Workload(from), catseye_netpol::Party::Workload(to)) =
                (&connection.source, &connection.destination)
            else {
                continue;
            };
            // Where nothing is restricted, everything would stand here.
            if !is_selected(reach, *to, Direction::Ingress)
                && !is_selected(reach, *from, Direction::Egress)
            {
                continue;
            }
            let (from, to) = (party(*from), party(*to));
            let ports = used.get(&(from.clone(), to.clone()));
            let any = ports
                .is_some_and(|ports| ports.iter().any(|port| connection.ports.contains(*port)));
            if !any {
                unused.push(Unused {
                    from,
                    to,
                    ports: connection.ports.to_string(),
                });
            }
        }
        unused.sort();
        unused
    }
}

fn is_selected(reach: &Reach, workload: WorkloadId, direction: Direction) -> bool {
    let classes = &reach.workload(workload).classes;
    classes
        .iter()
        .any(|class| reach.policies_selecting(*class, direction).next().is_some())
}

/// The workloads of a [`Reach`] by party.
pub(crate) struct Workloads {
    by_party: BTreeMap<Party, WorkloadId>,
    /// Addresses of Services. Where one is the end of an edge it is not known what stands behind it, and
    /// most network plugins judge that.
    services: BTreeSet<IpAddr>,
}

impl Workloads {
    pub(crate) fn of(reach: &Reach, map: &FlowMap<'_>) -> Self {
        let inventory = map.inventory();
        let party = |object: ObjectId| of_object(inventory.object(object));
        let by_party = reach
            .workloads()
            .map(|(id, workload)| (party(workload.object), id))
            .collect();
        Workloads {
            by_party,
            services: map.services().collect(),
        }
    }

    /// The endpoints that a party stands for; none where that cannot be said.
    fn endpoints(&self, reach: &Reach, party: &Party, edge: &Edge) -> Option<Vec<Endpoint>> {
        match party {
            Party::Workload { .. } => {
                let workload = reach.workload(*self.by_party.get(party)?);
                let classes: Vec<ClassId> = workload.classes.clone();
                // In the node's network it is the node that calls, at an address that is not told here.
                if classes.iter().any(|class| reach.is_on_host(*class)) {
                    return None;
                }
                (!classes.is_empty()).then(|| classes.into_iter().map(Endpoint::Class).collect())
            }
            Party::Address(address) if self.services.contains(address) => None,
            // What a pod calls on a node is refused or allowed by address; what a node calls passes anyhow.
            Party::Node(address) if party == &edge.to => {
                Some(vec![Endpoint::Addresses(reach.group_of(*address)?)])
            }
            Party::Address(address) => Some(vec![Endpoint::Addresses(reach.group_of(*address)?)]),
            Party::Name(_) => {
                let groups: BTreeSet<_> = edge
                    .addresses
                    .iter()
                    .filter_map(|address| reach.group_of(*address))
                    .collect();
                (!groups.is_empty()).then(|| groups.into_iter().map(Endpoint::Addresses).collect())
            }
            Party::Node(_) | Party::SomeNode | Party::Unknown(_) => None,
        }
    }

    /// Whether the policies of `reach` let the edge pass, for every pair of its ends.
    pub(crate) fn passes(&self, reach: &Reach, edge: &Edge) -> Option<bool> {
        let port = edge.policy_port()?;
        let from = self.endpoints(reach, &edge.from, edge)?;
        let to = self.endpoints(reach, &edge.to, edge)?;
        // Between two addresses outside there is nothing to decide.
        let decided = |end: &[Endpoint]| end.iter().any(|it| matches!(it, Endpoint::Class(_)));
        if !decided(&from) && !decided(&to) {
            return None;
        }
        let passes = from.iter().all(|source| {
            to.iter()
                .all(|destination| reach.connection(*source, *destination).contains(port))
        });
        // Of the addresses that were not kept nothing is known, unless all are alike for a policy.
        let kept_are_all = !edge.more_addresses || edge.addresses.iter().all(|it| is_public(*it));
        (!passes || kept_are_all).then_some(passes)
    }

    fn standing(&self, reach: &Reach, edge: &Edge) -> Standing {
        let Some(passes) = self.passes(reach, edge) else {
            return Standing::Unknown;
        };
        let spoken = |party: &Party, direction| {
            self.by_party
                .get(party)
                .is_some_and(|id| is_selected(reach, *id, direction))
        };
        let restricted =
            spoken(&edge.to, Direction::Ingress) || spoken(&edge.from, Direction::Egress);
        match (passes, restricted) {
            (true, true) => Standing::Allowed,
            (true, false) => Standing::Unrestricted,
            (false, _) if edge.was_refused() => Standing::Refused,
            (false, _) => Standing::ObservedButDenied,
        }
    }
}
