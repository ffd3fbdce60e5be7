//! Ports: a protocol and a number, and sets of them.

use std::fmt;
use std::str::FromStr;

use crate::interval::{Intervals, Point};

/// A transport protocol that policies know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Protocol {
    /// Every protocol.
    pub const ALL: [Protocol; 3] = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];

    /// The protocol's name, as Kubernetes writes it.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Tcp => "TCP",
            Protocol::Udp => "UDP",
            Protocol::Sctp => "SCTP",
        }
    }

    /// The protocol of that name; Kubernetes knows upper case only.
    pub fn named(name: &str) -> Option<Protocol> {
        Protocol::ALL
            .into_iter()
            .find(|protocol| protocol.name() == name)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One port: `TCP 443`. Numbers run from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port {
    /// The protocol.
    pub protocol: Protocol,
    /// The number.
    pub number: u16,
}

impl Point for Port {
    fn next(self) -> Option<Self> {
        let number = self.number.checked_add(1)?;
        Some(Port { number, ..self })
    }

    fn previous(self) -> Option<Self> {
        let number = self.number.checked_sub(1).filter(|number| *number > 0)?;
        Some(Port { number, ..self })
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.protocol, self.number)
    }
}

/// Text that names no port.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no port: write 443 or 53/UDP")]
pub struct InvalidPort(String);

impl FromStr for Port {
    type Err = InvalidPort;

    /// Reads `443`, `443/TCP` or `TCP/443`, in any case; TCP where no protocol is named.
    fn from_str(text: &str) -> Result<Self, InvalidPort> {
        let invalid = || InvalidPort(text.to_owned());
        let (number, protocol) = match text.split_once(['/', ' ']) {
            None => (text, "TCP"),
            Some((left, right)) if left.starts_with(|c: char| c.is_ascii_digit()) => (left, right),
            Some((left, right)) => (right, left),
        };
        let protocol = Protocol::named(&protocol.to_ascii_uppercase()).ok_or_else(invalid)?;
        let number = number.parse().ok().filter(|number| *number > 0);
        let number = number.ok_or_else(invalid)?;
        Ok(Port { protocol, number })
    }
}

/// A set of ports. Equal sets are equal values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PortSet(Intervals<Port>);

impl PortSet {
    /// No port.
    pub fn none() -> Self {
        PortSet::default()
    }

    /// Every port of every protocol.
    pub fn all() -> Self {
        Protocol::ALL
            .into_iter()
            .map(|protocol| (protocol, 1, u16::MAX))
            .collect()
    }

    /// One port.
    pub fn one(port: Port) -> Self {
        PortSet(Intervals::of([(port, port)]))
    }

    /// True without ports.
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// True with every port.
    pub fn is_all(&self) -> bool {
        let ranges = self.0.ranges();
        ranges.len() == 3
            && ranges
                .iter()
                .all(|(first, last)| first.number == 1 && last.number == u16::MAX)
    }

    /// The first port of the set.
    pub fn first(&self) -> Option<Port> {
        self.0.ranges().first().map(|(first, _)| *first)
    }

    /// True when the port belongs to the set.
    pub fn contains(&self, port: Port) -> bool {
        self.0.contains(port)
    }

    /// The ports of either set.
    #[must_use]
    pub fn union(&self, other: &PortSet) -> PortSet {
        PortSet(self.0.union(&other.0))
    }

    /// The ports of both sets.
    #[must_use]
    pub fn intersection(&self, other: &PortSet) -> PortSet {
        PortSet(self.0.intersection(&other.0))
    }

    /// The ports of this set that the other lacks.
    #[must_use]
    pub fn difference(&self, other: &PortSet) -> PortSet {
        PortSet(self.0.difference(&other.0))
    }

    /// True when every port of the other set belongs to this one.
    pub fn covers(&self, other: &PortSet) -> bool {
        self.0.covers(&other.0)
    }

    /// The ranges, sorted and disjoint: protocol, first and last number.
    pub fn ranges(&self) -> impl Iterator<Item = (Protocol, u16, u16)> + '_ {
        self.0
            .ranges()
            .iter()
            .map(|(first, last)| (first.protocol, first.number, last.number))
    }
}

impl FromIterator<(Protocol, u16, u16)> for PortSet {
    /// Collects ranges of any order; port 0 does not exist.
    fn from_iter<I: IntoIterator<Item = (Protocol, u16, u16)>>(ranges: I) -> Self {
        PortSet(Intervals::of(ranges.into_iter().map(
            |(protocol, first, last)| {
                let port = |number| Port { protocol, number };
                (port(first.max(1)), port(last))
            },
        )))
    }
}

impl fmt::Display for PortSet {
    /// `all`, `none`, `TCP 80,443`, `TCP 80, all UDP`, `all but TCP 25`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_all() {
            return f.write_str("all");
        }
        if self.is_none() {
            return f.write_str("none");
        }
        let missing = PortSet::all().difference(self);
        // "all but" reads better as soon as what is missing is shorter to say.
        if missing.0.ranges().len() < self.0.ranges().len() {
            f.write_str("all but ")?;
            return missing.write_ranges(f);
        }
        self.write_ranges(f)
    }
}

impl PortSet {
    fn write_ranges(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut previous = None;
        for (protocol, first, last) in self.ranges() {
            if previous == Some(protocol) {
                f.write_str(",")?;
            } else {
                let separator = if previous.is_some() { ", " } else { "" };
                f.write_str(separator)?;
                if (first, last) == (1, u16::MAX) {
                    write!(f, "all {protocol}")?;
                    previous = Some(protocol);
                    continue;
                }
                write!(f, "{protocol} ")?;
            }
            if first == last {
                write!(f, "{first}")?;
            } else {
                write!(f, "{first}-{last}")?;
            }
            previous = Some(protocol);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ranges: &[(Protocol, u16, u16)]) -> PortSet {
        ranges.iter().copied().collect()
    }

    #[test]
    fn ports_read_in_every_form_people_write() {
        let https = Port {
            protocol: Protocol::Tcp,
            number: 443,
        };
        for text in ["443", "443/TCP", "tcp/443", "TCP 443"] {
            assert_eq!(text.parse(), Ok(https), "{text}");
        }
        for text in ["", "0", "65536", "443/ICMP", "https", "443/"] {
            assert!(text.parse::<Port>().is_err(), "{text}");
        }
    }

    #[test]
    fn sets_are_told_in_the_shorter_way() {
        use Protocol::{Sctp, Tcp, Udp};
        for (ranges, expected) in [
            (&[][..], "none"),
            (&[(Tcp, 80, 80), (Tcp, 443, 443)], "TCP 80,443"),
            (&[(Tcp, 8000, 8001), (Udp, 53, 53)], "TCP 8000-8001, UDP 53"),
            (&[(Tcp, 80, 80), (Udp, 1, 65535)], "TCP 80, all UDP"),
            (&[(Tcp, 0, 65535)], "all TCP"),
            (
                &[
                    (Tcp, 1, 24),
                    (Tcp, 26, 65535),
                    (Udp, 1, 65535),
                    (Sctp, 1, 65535),
                ],
                "all but TCP 25",
            ),
            (&[(Tcp, 1, 65535), (Udp, 1, 65535), (Sctp, 1, 65535)], "all"),
        ] {
            assert_eq!(set(ranges).to_string(), expected);
        }
    }

    #[test]
    fn ranges_of_two_protocols_never_merge() {
        let both = set(&[(Protocol::Tcp, 65535, 65535), (Protocol::Udp, 1, 1)]);
        assert_eq!(both.ranges().count(), 2);
    }
}
