//! Addresses of callers, and the prefixes that operators name them by.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Reads an address, with or without a port; an IPv4 address in IPv6 clothes is an IPv4 address.
pub(crate) fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let parsed = text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<std::net::SocketAddr>().ok().map(|it| it.ip());
    parsed
        .or_else(with_port)
        .map(|address| address.to_canonical())
}

/// True for an address that the internet routes.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let benchmark = a == 198 && (b == 18 || b == 19);
    let protocols = a == 192 && b == 0 && c == 0;
    !(v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local()
        || v4.is_unspecified()
        || v4.is_multicast()
        || v4.is_broadcast()
        || shared
        || benchmark
        || protocols
        || a == 0
        || a >= 240)
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    // Global unicast is 2000::/3; unique-local, link-local, loopback and multicast lie outside.
    v6.segments()[0] & 0xe000 == 0x2000
}

/// A set of prefixes, by mask: a list of ten thousand addresses has few masks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prefixes(BTreeMap<u128, BTreeSet<u128>>);

#[derive(Debug, Clone, Copy)]
struct Prefix {
    address: u128,
    mask: u128,
}

/// A text that is neither an address nor a prefix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address; write 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32")]
pub struct NoPrefix(String);

impl Prefixes {
    /// Reads addresses and prefixes.
    pub fn read<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<Self, NoPrefix> {
        let mut prefixes = Prefixes::default();
        for text in texts {
            prefixes.add(text)?;
        }
        Ok(prefixes)
    }

    /// Adds an address or a prefix.
    pub fn add(&mut self, text: &str) -> Result<(), NoPrefix> {
        let Prefix { address, mask } = text.parse()?;
        self.0.entry(mask).or_default().insert(address);
        Ok(())
    }

    /// True when the address lies in one of them.
    pub fn contain(&self, address: IpAddr) -> bool {
        let bits = bits(address);
        self.0
            .iter()
            .any(|(mask, addresses)| addresses.contains(&(bits & mask)))
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// IPv4 addresses are compared in their IPv6 clothes (`::ffff:0:0/96`).
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl FromStr for Prefix {
    type Err = NoPrefix;

    fn from_str(text: &str) -> Result<Self, NoPrefix> {
        let refused = || NoPrefix(text.to_owned());
        let (address, length) = text.split_once('/').unwrap_or((text, ""));
        let address: IpAddr = address.trim().parse().map_err(|_| refused())?;
        let (widest, offset) = match address {
            IpAddr::V4(_) => (32, 96),
            IpAddr::V6(_) => (128, 0),
        };
        let length = match length.trim() {
            "" => widest,
            length => length.parse::<u32>().map_err(|_| refused())?,
        };
        if length > widest {
            return Err(refused());
        }
        let mask = u128::MAX.checked_shl(128 - offset - length).unwrap_or(0);
        let address = bits(address) & mask;
        Ok(Prefix { address, mask })
    }
}

impl fmt::Display for Prefixes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count: usize = self.0.values().map(BTreeSet::len).sum();
        write!(out, "{count} prefixes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lie_in_their_prefixes() {
        let prefixes = Prefixes::read(["192.0.2.0/24", "2001:db8::/32", "203.0.113.9"]);
        let prefixes = prefixes.expect("three prefixes");
        for (text, expected) in [
            ("192.0.2.200", true),
            ("192.0.3.1", false),
            ("203.0.113.9", true),
            ("203.0.113.8", false),
            ("2001:db8:1::1", true),
            ("2001:db9::1", false),
            ("::ffff:192.0.2.1", true),
            ("192.0.2.1:443", true),
        ] {
            let address = address(text).expect("an address");
            assert_eq!(prefixes.contain(address), expected, "{text}");
        }
        let everything = Prefixes::read(["::/0"]).expect("a prefix");
        assert!(everything.contain(IpAddr::from([192, 0, 2, 1])));
    }

    #[test]
    fn what_is_no_prefix_is_refused() {
        for text in ["", "10.0.0.0/33", "a", "10.0.0.0/x", "::/129"] {
            assert!(Prefixes::read([text]).is_err(), "{text}");
        }
    }

    #[test]
    fn public_addresses_are_what_the_internet_routes() {
        for (text, expected) in [
            ("8.8.8.8", true),
            ("10.1.2.3", false),
            ("172.31.0.1", false),
            ("100.64.0.1", false),
            ("100.128.0.1", true),
            ("127.0.0.1", false),
            ("169.254.169.254", false),
            ("2606:4700::1", true),
            ("fd00::1", false),
            ("fe80::1", false),
            ("::1", false),
        ] {
            let address = address(text).expect("an address");
            assert_eq!(is_public(address), expected, "{text}");
        }
    }
}
