//! Questions to name servers and their answers.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::is_default;

/// A question, or a question with its answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dns {
    /// The name that was asked for, in lower case, without the dot at the end.
    pub name: String,
    /// The type, such as `A`, `AAAA`, `TXT`; `TYPE65` where it has no name here.
    pub qtype: String,
    /// What the server said: `NOERROR`, `NXDOMAIN`, …; absent for a question.
    #[serde(skip_serializing_if = "is_default")]
    pub rcode: Option<String>,
    /// The records of the answer.
    #[serde(skip_serializing_if = "is_default")]
    pub answers: Vec<Answer>,
    /// The name server.
    #[serde(skip_serializing_if = "is_default")]
    pub server: Option<SocketAddr>,
    /// How many like this there were in the interval; 0 is written by sources that do not count.
    #[serde(skip_serializing_if = "is_default")]
    pub count: u64,
}

/// A record of an answer. One of address and name is present, or neither for other types.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answer {
    /// The address of an `A` or `AAAA` record.
    #[serde(skip_serializing_if = "is_default")]
    pub address: Option<IpAddr>,
    /// The name that a `CNAME` leads to.
    #[serde(skip_serializing_if = "is_default")]
    pub alias: Option<String>,
    /// How long it holds, in seconds.
    #[serde(skip_serializing_if = "is_default")]
    pub ttl: u32,
}

impl Dns {
    /// True for an answer, of whatever kind.
    pub fn is_answer(&self) -> bool {
        self.rcode.is_some()
    }
}
