//! Who talked to whom: connections and datagrams, counted over an interval.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::is_default;
use super::subject::Subject;

/// A transport protocol.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
    /// ICMP of either family; it has no ports.
    Icmp,
}

impl fmt::Display for Transport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Transport::Tcp => "TCP",
            Transport::Udp => "UDP",
            Transport::Sctp => "SCTP",
            Transport::Icmp => "ICMP",
        })
    }
}

/// Who began a connection.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The subject did: connect, or the first datagram.
    #[default]
    Out,
    /// The peer did: accept, or a datagram that came in.
    In,
}

/// What became of the attempts of a flow.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing stood in the way.
    #[default]
    Passed,
    /// A policy refused it: the sensor's, or the network's.
    Denied,
    /// A policy would have refused it and only watched.
    Audited,
}

/// Connections or datagrams between one subject and one peer at one port, over an interval.
///
/// The peer is what the program asked for: a Service's address stays a Service's address. `port` is
/// the server's: of the peer for what goes out, of the subject for what comes in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// Who began.
    pub direction: Direction,
    /// The protocol.
    pub transport: Transport,
    /// The subject's own address.
    #[serde(default, skip_serializing_if = "is_default")]
    pub local: Option<IpAddr>,
    /// The peer's address.
    pub peer: IpAddr,
    /// The server's port.
    #[serde(default, skip_serializing_if = "is_default")]
    pub port: u16,
    /// The client's port, where the event is about one connection.
    #[serde(default, skip_serializing_if = "is_default")]
    pub client_port: Option<u16>,
    /// The names that the subject had looked up and that led to this address, the likeliest first.
    #[serde(default, skip_serializing_if = "is_default")]
    pub names: Vec<String>,
    /// Who the peer is, where the source knows.
    #[serde(default, skip_serializing_if = "Subject::is_unknown")]
    pub peer_subject: Subject,
    /// What became of it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub verdict: Verdict,
    /// When the interval began; absent for a single connection.
    #[serde(default, skip_serializing_if = "is_default")]
    pub since: Option<Timestamp>,
    /// Attempts in the interval, those that failed among them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub count: u64,
    /// Attempts that ended without a connection.
    #[serde(default, skip_serializing_if = "is_default")]
    pub failed: u64,
    /// Attempts that a policy refused.
    #[serde(default, skip_serializing_if = "is_default")]
    pub denied: u64,
    /// Connections that a reset ended.
    #[serde(default, skip_serializing_if = "is_default")]
    pub resets: u64,
    /// Bytes that the subject sent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sent: u64,
    /// Bytes that the subject received.
    #[serde(default, skip_serializing_if = "is_default")]
    pub received: u64,
    /// How long it took to connect.
    #[serde(default, skip_serializing_if = "is_default")]
    pub latency: Option<Latency>,
}

/// Times to connect in an interval, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latency {
    /// How many were measured.
    pub count: u64,
    /// Their sum.
    pub sum: u64,
    /// The longest.
    pub max: u64,
}

impl Latency {
    /// Adds those of another interval.
    pub fn add(&mut self, more: Latency) {
        self.count = self.count.saturating_add(more.count);
        self.sum = self.sum.saturating_add(more.sum);
        self.max = self.max.max(more.max);
    }
}

/// A socket began to take connections, or a datagram socket was bound to a port of its choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listen {
    /// The protocol.
    pub transport: Transport,
    /// The address and port.
    pub address: SocketAddr,
}

impl Flow {
    /// One connection to `peer`.
    pub fn to(transport: Transport, peer: SocketAddr) -> Self {
        Flow {
            direction: Direction::Out,
            transport,
            local: None,
            peer: peer.ip(),
            port: peer.port(),
            client_port: None,
            names: Vec::new(),
            peer_subject: Subject::default(),
            verdict: Verdict::Passed,
            since: None,
            count: 1,
            failed: 0,
            denied: 0,
            resets: 0,
            sent: 0,
            received: 0,
            latency: None,
        }
    }

    /// The likeliest name of the peer.
    pub fn name(&self) -> Option<&str> {
        self.names.first().map(String::as_str)
    }
}
