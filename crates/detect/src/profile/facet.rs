//! One kind of observation: which values there were, and how likely the next one is new.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// Different values that a facet keeps; one with more has no pattern, and never alerts.
const MOST: usize = 512;
/// Replicas and days that are told apart for a value.
const MOST_REPLICAS: usize = 8;
/// Fewer observations settle nothing.
const LEAST: u64 = 60;
/// Settled is what shows something new once in so many observations.
const ONE_IN: u64 = 50;

/// A kind of observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FacetKind {
    /// Programs.
    Process,
    /// Files.
    File,
    /// Peers and ports.
    Peer,
}

impl FacetKind {
    /// Every kind.
    pub const ALL: [FacetKind; 3] = [FacetKind::Process, FacetKind::File, FacetKind::Peer];

    /// The name in output.
    pub fn as_str(self) -> &'static str {
        match self {
            FacetKind::Process => "process",
            FacetKind::File => "file",
            FacetKind::Peer => "peer",
        }
    }
}

/// A value that was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// How often.
    pub count: u64,
    /// By how many replicas, up to eight.
    pub replicas: Vec<String>,
    /// The first and the last day, counted from 1970.
    pub days: (i64, i64),
}

/// The values of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facet {
    values: BTreeMap<String, Known>,
    observations: u64,
    /// Observations since the last loss, and how many of them were new.
    evidence: u64,
    new: u64,
    overflow: u64,
}

impl Facet {
    pub(super) fn learn(&mut self, value: String, replica: &str, day: i64) {
        self.observations += 1;
        self.evidence += 1;
        if !self.values.contains_key(&value) {
            self.new += 1;
            if self.values.len() >= MOST {
                self.overflow += 1;
                return;
            }
        }
        let known = self.values.entry(value).or_insert_with(|| Known {
            days: (day, day),
            ..Known::default()
        });
        known.count += 1;
        known.days = (known.days.0.min(day), known.days.1.max(day));
        if known.replicas.len() < MOST_REPLICAS && !known.replicas.iter().any(|it| it == replica) {
            known.replicas.push(replica.to_owned());
            known.replicas.sort();
        }
    }

    /// What was learned so far is no evidence any more; what is known stays known.
    pub(super) fn taint(&mut self) {
        self.evidence = 0;
        self.new = 0;
    }

    pub(super) fn merge(&mut self, other: Facet) {
        for (value, theirs) in other.values {
            if self.values.len() >= MOST && !self.values.contains_key(&value) {
                self.overflow += theirs.count;
                continue;
            }
            match self.values.get_mut(&value) {
                Some(known) => {
                    known.count += theirs.count;
                    known.days = (
                        known.days.0.min(theirs.days.0),
                        known.days.1.max(theirs.days.1),
                    );
                    known.replicas.extend(theirs.replicas);
                    known.replicas.sort();
                    known.replicas.dedup();
                    known.replicas.truncate(MOST_REPLICAS);
                }
                None => {
                    self.values.insert(value, theirs);
                }
            }
        }
        self.observations += other.observations;
        self.evidence += other.evidence;
        self.new += other.new;
        self.overflow += other.overflow;
    }

    /// True when the value was seen.
    pub fn knows(&self, value: &str) -> bool {
        self.values.contains_key(value)
    }

    /// How many observations there are.
    pub fn observations(&self) -> u64 {
        self.observations
    }

    /// How many different values.
    pub fn distinct(&self) -> usize {
        self.values.len()
    }

    /// The values.
    pub fn values(&self) -> impl Iterator<Item = (&str, &Known)> {
        self.values
            .iter()
            .map(|(value, known)| (value.as_str(), known))
    }

    /// Values that were seen once, by Good and Turing the share of observations that are new.
    fn singletons(&self) -> u64 {
        self.values.values().filter(|it| it.count == 1).count() as u64
    }

    /// Something new comes once in so many observations.
    pub fn one_in(&self) -> u64 {
        self.observations / (self.singletons() + self.overflow).max(1)
    }

    /// True when enough was observed since the last loss, and something new is rare.
    pub fn is_settled(&self) -> bool {
        let rarely_new =
            self.evidence >= LEAST && self.evidence / self.new.max(1) >= ONE_IN.min(self.evidence);
        let few_once = self.one_in() >= ONE_IN;
        self.overflow == 0
            && self.evidence >= LEAST
            && few_once
            && (rarely_new || self.evidence >= 4 * LEAST)
    }

    /// The known value that begins most like this one.
    pub fn nearest(&self, value: &str) -> Option<String> {
        let alike = |known: &str| {
            known
                .bytes()
                .zip(value.bytes())
                .take_while(|(a, b)| a == b)
                .count()
        };
        let best = self
            .values
            .keys()
            .max_by_key(|known| (alike(known), std::cmp::Reverse(known.len())))?;
        // Every value begins with its verb.
        (alike(best) > 8).then(|| best.clone())
    }
}

/// A path in which numbers and ids are wildcards.
pub(super) fn folded(path: &str) -> String {
    let parts: Vec<&str> = path
        .split('/')
        .map(|part| {
            let digits = part.bytes().filter(u8::is_ascii_digit).count();
            let hex =
                part.len() >= 16 && part.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-');
            if (digits > 0 && digits * 2 >= part.len()) || hex {
                "*"
            } else {
                part
            }
        })
        .collect();
    parts.join("/")
}

/// The block in which an address without a name is known: /24 for IPv4, /56 for IPv6.
pub(super) fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(v6) => {
            let bits = v6.to_bits() & (u128::MAX << 72);
            format!("{}/56", std::net::Ipv6Addr::from(bits))
        }
    }
}
