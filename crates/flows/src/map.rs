//! Flows folded into edges between workloads, names and addresses.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use catseye_event::runtime::{
    Activity, Direction, Flow, Latency, RuntimeEvent, Transport, Verdict,
};
use catseye_model::{Inventory, ObjectId};
use catseye_netpol::{Port, Protocol, Reach};
use jiff::Timestamp;
use serde::Serialize;

use crate::party::{Parties, Party, of_object};

/// How much a map holds.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Edges; what is above is counted.
    pub edges: usize,
    /// Addresses that are kept of one edge.
    pub addresses: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            edges: 100_000,
            addresses: 32,
        }
    }
}

/// Who talked to whom at which port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edge {
    /// Who began.
    pub from: Party,
    /// Who was called.
    pub to: Party,
    /// The protocol.
    pub transport: Transport,
    /// The port of the pods, or of the address outside.
    pub port: u16,
    /// The Service that was called, as `namespace/name`.
    pub service: Option<String>,
    /// Attempts: as the caller's side saw them, or the called one's, whichever saw more.
    pub count: u64,
    /// Attempts without a connection.
    pub failed: u64,
    /// Attempts that a policy refused.
    pub denied: u64,
    /// Bytes from the caller.
    pub sent: u64,
    /// Bytes to the caller.
    pub received: u64,
    /// How long it took to connect, as the caller saw it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
    /// The first one.
    pub first: Timestamp,
    /// The last one.
    pub last: Timestamp,
    /// Addresses outside the cluster at the other end; at most [`Limits::addresses`].
    pub addresses: BTreeSet<IpAddr>,
    /// True when there were more addresses than are kept.
    pub more_addresses: bool,
    #[serde(skip)]
    seen: [u64; 2],
}

type Key = (Party, Party, Transport, u16);
/// Who a peer is, at which port of its own, and the Service that was called.
type Peer = (Party, u16, Option<String>);

/// All edges.
#[derive(Debug)]
pub struct FlowMap<'i> {
    inventory: &'i Inventory,
    reach: &'i Reach,
    parties: Parties,
    limits: Limits,
    edges: BTreeMap<Key, Edge>,
    /// What stands behind the ports of Services that were called.
    behind: BTreeMap<(ObjectId, Port), Vec<Peer>>,
    flows: u64,
    dropped: u64,
    unattributed: u64,
    losses: u64,
}

impl<'i> FlowMap<'i> {
    /// An empty map of a cluster.
    pub fn new(inventory: &'i Inventory, reach: &'i Reach, limits: Limits) -> Self {
        FlowMap {
            inventory,
            reach,
            parties: Parties::of(inventory),
            limits,
            edges: BTreeMap::new(),
            behind: BTreeMap::new(),
            flows: 0,
            dropped: 0,
            unattributed: 0,
            losses: 0,
        }
    }

    /// Takes in an event; everything but flows and losses says nothing here.
    pub fn observe(&mut self, event: &RuntimeEvent) {
        match &event.what {
            Activity::Flow(flow) => self.flow(event, flow),
            Activity::Loss(_) => self.losses += 1,
            _ => {}
        }
    }

    fn flow(&mut self, event: &RuntimeEvent, flow: &Flow) {
        if flow.transport == Transport::Icmp || flow.port == 0 || flow.peer.is_loopback() {
            return;
        }
        let Some(subject) = self.parties.subject(&event.subject) else {
            self.unattributed += 1;
            return;
        };
        self.flows += flow.count.max(1);
        for (peer, port, service) in self.peers(flow) {
            let (from, to) = match flow.direction {
                Direction::Out => (subject.clone(), peer),
                Direction::In => (peer, subject.clone()),
            };
            self.add(event, flow, from, to, port, service);
        }
    }

    /// Who the peer is; behind a Service there may be several workloads.
    fn peers(&mut self, flow: &Flow) -> Vec<Peer> {
        if let Some(party) = self.parties.subject(&flow.peer_subject)
            && party != Party::SomeNode
        {
            return vec![(party, flow.port, None)];
        }
        if flow.direction == Direction::Out
            && let Some(id) = self.parties.service(flow.peer)
            && let Some(protocol) = protocol(flow.transport)
        {
            let port = Port {
                protocol,
                number: flow.port,
            };
            let (inventory, reach) = (self.inventory, self.reach);
            let known = self.behind.entry((id, port));
            let behind = known.or_insert_with(|| behind(inventory, reach, id, port));
            if !behind.is_empty() {
                return behind.clone();
            }
            let service = inventory.object(id);
            let name = format!("{}/{}", service.namespace(), service.name());
            // Nothing in the cluster: what is written as its endpoints, as for the API server itself.
            let endpoints = self.parties.endpoints(inventory, service, port);
            if endpoints.is_empty() {
                return vec![(Party::Address(flow.peer), flow.port, Some(name))];
            }
            return endpoints
                .into_iter()
                .map(|(party, port)| (party, port, Some(name.clone())))
                .collect();
        }
        let party = self
            .parties
            .at(flow.peer)
            .unwrap_or_else(|| match flow.name() {
                Some(name) if flow.direction == Direction::Out => Party::Name(name.to_owned()),
                _ if flow.peer_subject.is_unknown() => Party::Address(flow.peer),
                _ => Party::Node(flow.peer),
            });
        vec![(party, flow.port, None)]
    }

    fn add(
        &mut self,
        event: &RuntimeEvent,
        flow: &Flow,
        from: Party,
        to: Party,
        port: u16,
        service: Option<String>,
    ) {
        let key = (from, to, flow.transport, port);
        if self.edges.len() >= self.limits.edges && !self.edges.contains_key(&key) {
            self.dropped += 1;
            return;
        }
        let begin = flow.since.unwrap_or(event.time);
        let most = self.limits.addresses;
        let edge = self
            .edges
            .entry(key)
            .or_insert_with_key(|(from, to, ..)| Edge {
                from: from.clone(),
                to: to.clone(),
                transport: flow.transport,
                port,
                service,
                count: 0,
                failed: 0,
                denied: 0,
                sent: 0,
                received: 0,
                latency: None,
                first: begin,
                last: event.time,
                addresses: BTreeSet::new(),
                more_addresses: false,
                seen: [0, 0],
            });
        edge.first = edge.first.min(begin);
        edge.last = edge.last.max(event.time);
        // Both ends may have seen the same connections.
        let side = usize::from(flow.direction == Direction::In);
        edge.seen[side] = edge.seen[side].saturating_add(flow.count);
        edge.count = edge.seen[0].max(edge.seen[1]);
        edge.failed = edge.failed.saturating_add(flow.failed);
        let denied = if flow.verdict == Verdict::Denied {
            flow.denied.max(1)
        } else {
            flow.denied
        };
        edge.denied = edge.denied.saturating_add(denied);
        if side == 0 {
            edge.sent = edge.sent.saturating_add(flow.sent);
            edge.received = edge.received.saturating_add(flow.received);
            if let Some(more) = flow.latency {
                edge.latency.get_or_insert_default().add(more);
            }
        }
        let outside = match flow.direction {
            Direction::Out => &edge.to,
            Direction::In => &edge.from,
        };
        if !matches!(outside, Party::Workload { .. }) {
            if edge.addresses.len() < most || edge.addresses.contains(&flow.peer) {
                edge.addresses.insert(flow.peer);
            } else {
                edge.more_addresses = true;
            }
        }
    }

    /// The edges by parties, protocol and port.
    pub fn edges(&self) -> impl Iterator<Item = &Edge> {
        self.edges.values()
    }

    /// How many connections and exchanges were seen.
    pub fn flows(&self) -> u64 {
        self.flows
    }

    /// Flows that belong to nobody who is known.
    pub fn unattributed(&self) -> u64 {
        self.unattributed
    }

    /// Flows that did not fit into the map.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Intervals in which a sensor lost events: what is absent may have been there.
    pub fn losses(&self) -> u64 {
        self.losses
    }

    /// The addresses of Services.
    pub(crate) fn services(&self) -> impl Iterator<Item = IpAddr> {
        self.parties.services()
    }

    /// The addresses of the nodes.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = IpAddr> {
        self.parties.nodes()
    }

    /// The cluster that the map is of.
    pub fn inventory(&self) -> &'i Inventory {
        self.inventory
    }

    /// What its policies allow.
    pub fn reach(&self) -> &'i Reach {
        self.reach
    }
}

impl Edge {
    /// Its port as policies know it; none for ICMP.
    pub fn policy_port(&self) -> Option<Port> {
        Some(Port {
            protocol: protocol(self.transport)?,
            number: self.port,
        })
    }

    /// True when nothing of it got through because a policy refused it.
    pub fn was_refused(&self) -> bool {
        self.denied > 0 && self.denied >= self.count
    }
}

fn behind(inventory: &Inventory, reach: &Reach, id: ObjectId, port: Port) -> Vec<Peer> {
    let service = inventory.object(id);
    let name = format!("{}/{}", service.namespace(), service.name());
    reach
        .behind_service(inventory, service, port)
        .into_iter()
        .filter_map(|(workload, ports)| {
            let object = inventory.object(reach.workload(workload).object);
            Some((of_object(object), ports.first()?.number, Some(name.clone())))
        })
        .collect()
}

pub(crate) fn protocol(transport: Transport) -> Option<Protocol> {
    match transport {
        Transport::Tcp => Some(Protocol::Tcp),
        Transport::Udp => Some(Protocol::Udp),
        Transport::Sctp => Some(Protocol::Sctp),
        Transport::Icmp => None,
    }
}
