//! The connections that sensors saw, as parts of the network's picture.

use std::collections::{BTreeMap, BTreeSet};

use catseye_flows::{Edge, Party, Standing};
use catseye_netpol::{Reach, WorkloadId};
use jiff::Timestamp;

use super::network::{Group, group_of};
use crate::api::ask::Ask;
use crate::api::contract::network::{Availability, Flow, Level};
use crate::api::contract::problem::Problem;
use crate::api::derived::Derived;
use crate::runtime::Observed;

/// Ports told of a connection between two nodes.
const MOST_PORTS: usize = 50;
/// Names told of a port.
const MOST_NAMES: usize = 8;

/// What was seen, for the state that is asked about.
pub(super) struct Seen {
    observed: Option<std::sync::Arc<Observed>>,
    until: Option<Timestamp>,
}

/// How finely the picture is drawn.
pub(super) struct Scale<'a> {
    pub(super) level: Level,
    pub(super) expand: &'a [&'a str],
}

impl Seen {
    pub(super) fn of(ask: &Ask, derived: &Derived) -> Result<Self, Problem> {
        Ok(Seen {
            observed: ask.edge.hub.observed_network(&derived.world),
            until: ask.at,
        })
    }

    /// Whether anything is seen at all.
    pub(super) fn availability(&self) -> Availability {
        let Some(observed) = &self.observed else {
            return Availability {
                available: false,
                reason: "no sensor reports flows: what is shown is what policies allow".to_owned(),
            };
        };
        let mut reasons = Vec::new();
        if observed.losses > 0 {
            reasons.push(format!(
                "sensors lost events {} times: what is absent may have been there",
                observed.losses
            ));
        }
        if observed.dropped > 0 {
            reasons.push(format!(
                "{} pairs that were silent longest went for want of room",
                observed.dropped
            ));
        }
        Availability {
            available: true,
            reason: reasons.join("; "),
        }
    }

    /// The edges with what policies say of each.
    pub(super) fn edges(&self) -> impl Iterator<Item = (&Edge, Standing)> {
        let edges = self.observed.iter().flat_map(|it| &it.edges);
        edges
            .map(|(edge, standing)| (edge, *standing))
            .filter(|(edge, _)| self.until.is_none_or(|until| edge.first <= until))
    }

    /// The flows between nodes of the picture; nodes that only they have are added to `groups`.
    pub(super) fn between(
        &self,
        derived: &Derived,
        reach: &Reach,
        scale: &Scale<'_>,
        groups: &mut BTreeMap<String, Group>,
    ) -> BTreeMap<(String, String), Vec<Flow>> {
        let places = Places::of(derived, reach);
        let mut seen: BTreeMap<(String, String), BTreeMap<(String, u16), Flow>> = BTreeMap::new();
        for (edge, standing) in self.edges() {
            let mut id = |party: &Party, begins: bool| {
                let (id, group) = places.node(party, begins, derived, reach, scale);
                let known = groups.entry(id.clone()).or_insert(group);
                if let Party::Name(name) = party {
                    known.names.insert(name.clone());
                }
                id
            };
            let key = (id(&edge.from, true), id(&edge.to, false));
            let ports = seen.entry(key).or_default();
            let port = (edge.transport.to_string(), edge.port);
            if ports.len() >= MOST_PORTS && !ports.contains_key(&port) {
                continue;
            }
            let flow = ports.entry(port.clone()).or_insert_with(|| Flow {
                protocol: port.0,
                port: port.1,
                connections: 0,
                denied: 0,
                failed: 0,
                sent: 0,
                received: 0,
                latency_ms: None,
                names: Vec::new(),
                standing: String::new(),
                last: edge.last,
            });
            add(flow, edge, standing);
        }
        seen.into_iter()
            .map(|(key, ports)| (key, ports.into_values().collect()))
            .collect()
    }
}

fn add(flow: &mut Flow, edge: &Edge, standing: Standing) {
    let before = flow.connections;
    flow.connections = flow.connections.saturating_add(edge.count);
    flow.denied = flow.denied.saturating_add(edge.denied);
    flow.failed = flow.failed.saturating_add(edge.failed);
    flow.sent = flow.sent.saturating_add(edge.sent);
    flow.received = flow.received.saturating_add(edge.received);
    flow.last = flow.last.max(edge.last);
    if let Some(latency) = edge.latency
        && latency.count > 0
    {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a mean to look at; counts stay far below 2^52"
        )]
        let mean = latency.sum as f64 / latency.count as f64 / 1000.0;
        // Of several workloads at one node: weighed by what each was seen with.
        #[expect(clippy::cast_precision_loss, reason = "as above")]
        let (old, new) = (before as f64, edge.count.max(1) as f64);
        let joined = flow
            .latency_ms
            .map_or(mean, |known| (known * old + mean * new) / (old + new));
        flow.latency_ms = Some((joined * 1000.0).round() / 1000.0);
    }
    if let Party::Name(name) = &edge.to
        && flow.names.len() < MOST_NAMES
        && !flow.names.contains(name)
    {
        flow.names.push(name.clone());
    }
    // The worst that is said of any of them.
    let rank = |word: &str| {
        [
            "",
            "unknown",
            "allowed",
            "unrestricted",
            "refused",
            "observed-but-denied",
        ]
        .iter()
        .position(|known| *known == word)
    };
    let word = word(standing);
    if rank(word) > rank(&flow.standing) {
        word.clone_into(&mut flow.standing);
    }
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Allowed => "allowed",
        Standing::Unrestricted => "unrestricted",
        Standing::ObservedButDenied => "observed-but-denied",
        Standing::Refused => "refused",
        Standing::Unknown => "unknown",
    }
}

/// Where parties stand in the picture.
struct Places {
    workloads: BTreeMap<(String, String, String), WorkloadId>,
}

impl Places {
    fn of(derived: &Derived, reach: &Reach) -> Self {
        let inventory = derived.inventory();
        let workloads = reach.workloads().map(|(id, workload)| {
            let object = inventory.object(workload.object);
            let key = (
                object.namespace().to_owned(),
                object.kind_name().to_owned(),
                object.name().to_owned(),
            );
            (key, id)
        });
        Places {
            workloads: workloads.collect(),
        }
    }

    fn node(
        &self,
        party: &Party,
        begins: bool,
        derived: &Derived,
        reach: &Reach,
        scale: &Scale<'_>,
    ) -> (String, Group) {
        match party {
            Party::Workload {
                namespace,
                kind,
                name,
            } => {
                let key = (namespace.clone(), kind.clone(), name.clone());
                if let Some(id) = self.workloads.get(&key) {
                    return group_of(derived, reach, *id, scale.level, scale.expand);
                }
                // Gone since, or never in the state: it stands for itself.
                let group = Group {
                    kind: "workload",
                    name: name.clone(),
                    namespace: namespace.clone(),
                    ..Group::default()
                };
                (format!("wl:{kind}/{namespace}/{name}"), group)
            }
            Party::Name(name) => external(format!("name:{name}"), name.clone()),
            // Who calls from the internet is never the same twice.
            Party::Address(address) if begins && is_public(*address) => {
                external("ip:internet".to_owned(), "the internet".to_owned())
            }
            Party::Address(address) => external(format!("ip:{address}"), address.to_string()),
            Party::Node(address) => host(format!("host:{address}"), format!("node {address}")),
            Party::SomeNode => host("host:nodes".to_owned(), "the nodes".to_owned()),
            Party::Unknown(container) => {
                let group = Group {
                    kind: "workload",
                    name: format!("container {container}"),
                    ..Group::default()
                };
                (format!("container:{container}"), group)
            }
        }
    }
}

fn external(id: String, name: String) -> (String, Group) {
    let group = Group {
        kind: "external",
        name,
        ..Group::default()
    };
    (id, group)
}

fn host(id: String, name: String) -> (String, Group) {
    let group = Group {
        kind: "host",
        name,
        ..Group::default()
    };
    (id, group)
}

fn is_public(address: std::net::IpAddr) -> bool {
    !catseye_netpol::entry::origin::is_private(&address.to_string())
}

/// Ends and ports of edges between workloads, to look up whether a connection was seen.
pub(super) fn used(seen: &Seen) -> BTreeSet<(String, String)> {
    seen.edges()
        .filter(|(edge, _)| !edge.was_refused())
        .map(|(edge, _)| (edge.from.to_string(), edge.to.to_string()))
        .collect()
}
