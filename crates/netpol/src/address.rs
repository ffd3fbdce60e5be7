//! Addresses outside the cluster's pods: IPv4 and IPv6 ranges, CIDR blocks, and sets of them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use crate::interval::{Intervals, Point};

impl Point for IpAddr {
    // `IpAddr` orders IPv4 before IPv6; each family is a line of its own.
    fn next(self) -> Option<Self> {
        match self {
            IpAddr::V4(v4) => Some(IpAddr::V4(Ipv4Addr::from(u32::from(v4).checked_add(1)?))),
            IpAddr::V6(v6) => Some(IpAddr::V6(Ipv6Addr::from(u128::from(v6).checked_add(1)?))),
        }
    }

    fn previous(self) -> Option<Self> {
        match self {
            IpAddr::V4(v4) => Some(IpAddr::V4(Ipv4Addr::from(u32::from(v4).checked_sub(1)?))),
            IpAddr::V6(v6) => Some(IpAddr::V6(Ipv6Addr::from(u128::from(v6).checked_sub(1)?))),
        }
    }
}

/// A set of addresses of both families. Equal sets are equal values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct AddressSet(Intervals<IpAddr>);

/// Text that is neither an address nor a CIDR block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address block: write 10.0.0.0/8 or 2001:db8::/32")]
pub struct InvalidBlock(String);

impl AddressSet {
    /// No address.
    pub fn none() -> Self {
        AddressSet::default()
    }

    /// Every address of both families.
    pub fn all() -> Self {
        AddressSet(Intervals::of([
            (
                IpAddr::V4(Ipv4Addr::UNSPECIFIED),
                IpAddr::V4(Ipv4Addr::BROADCAST),
            ),
            (
                IpAddr::V6(Ipv6Addr::UNSPECIFIED),
                IpAddr::V6(Ipv6Addr::from(u128::MAX)),
            ),
        ]))
    }

    /// One address.
    pub fn one(address: IpAddr) -> Self {
        AddressSet(Intervals::of([(address, address)]))
    }

    /// From one address to another of the same family; empty otherwise.
    pub fn range(first: IpAddr, last: IpAddr) -> Self {
        if first.is_ipv4() != last.is_ipv4() {
            return AddressSet::none();
        }
        AddressSet(Intervals::of([(first, last)]))
    }

    /// True without addresses.
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// True when the address belongs to the set.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(address)
    }

    /// The addresses of either set.
    #[must_use]
    pub fn union(&self, other: &AddressSet) -> AddressSet {
        AddressSet(self.0.union(&other.0))
    }

    /// The union of many sets, in one sweep.
    pub fn union_of<'a>(sets: impl IntoIterator<Item = &'a AddressSet>) -> AddressSet {
        let ranges = sets.into_iter().flat_map(|set| set.0.ranges());
        AddressSet(Intervals::of(ranges.copied()))
    }

    /// The addresses of both sets.
    #[must_use]
    pub fn intersection(&self, other: &AddressSet) -> AddressSet {
        AddressSet(self.0.intersection(&other.0))
    }

    /// The addresses of this set that the other lacks.
    #[must_use]
    pub fn difference(&self, other: &AddressSet) -> AddressSet {
        AddressSet(self.0.difference(&other.0))
    }

    /// True when every address of the other set belongs to this one.
    pub fn covers(&self, other: &AddressSet) -> bool {
        self.0.covers(&other.0)
    }

    /// The ranges, sorted (IPv4 first) and disjoint, with both ends.
    pub fn ranges(&self) -> &[(IpAddr, IpAddr)] {
        self.0.ranges()
    }
}

impl FromStr for AddressSet {
    type Err = InvalidBlock;

    /// Reads an address or a CIDR block; host bits are ignored, as the API server does.
    fn from_str(text: &str) -> Result<Self, InvalidBlock> {
        let invalid = || InvalidBlock(text.to_owned());
        let Some((address, length)) = text.split_once('/') else {
            return Ok(AddressSet::one(text.parse().map_err(|_| invalid())?));
        };
        let address: IpAddr = address.parse().map_err(|_| invalid())?;
        // Digits only: `parse` would read "+8" too.
        let length: u32 = Some(length)
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|text| text.parse().ok())
            .ok_or_else(invalid)?;
        let (first, last) = match address {
            IpAddr::V4(v4) if length <= 32 => {
                let host = u32::MAX.checked_shr(length).unwrap_or(0);
                let bits = u32::from(v4);
                (
                    IpAddr::V4(Ipv4Addr::from(bits & !host)),
                    IpAddr::V4(Ipv4Addr::from(bits | host)),
                )
            }
            IpAddr::V6(v6) if length <= 128 => {
                let host = u128::MAX.checked_shr(length).unwrap_or(0);
                let bits = u128::from(v6);
                (
                    IpAddr::V6(Ipv6Addr::from(bits & !host)),
                    IpAddr::V6(Ipv6Addr::from(bits | host)),
                )
            }
            _ => return Err(invalid()),
        };
        Ok(AddressSet(Intervals::of([(first, last)])))
    }
}

impl fmt::Display for AddressSet {
    /// Blocks where a range is one, else first and last: `10.0.0.0/8, 192.0.2.1-192.0.2.9`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_none() {
            return f.write_str("none");
        }
        for (position, (first, last)) in self.ranges().iter().enumerate() {
            if position > 0 {
                f.write_str(", ")?;
            }
            match block_length(*first, *last) {
                Some(_) if first == last => write!(f, "{first}")?,
                Some(length) => write!(f, "{first}/{length}")?,
                None => write!(f, "{first}-{last}")?,
            }
        }
        Ok(())
    }
}

/// The prefix length of the block that spans exactly this range.
fn block_length(first: IpAddr, last: IpAddr) -> Option<u32> {
    let (first, last, width) = match (first, last) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (u128::from(u32::from(a)), u128::from(u32::from(b)), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => (u128::from(a), u128::from(b), 128),
        _ => return None,
    };
    let host = first ^ last;
    let is_block = host & host.wrapping_add(1) == 0 && first & host == 0;
    is_block.then(|| width - (128 - host.leading_zeros()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> AddressSet {
        text.parse().unwrap()
    }

    #[test]
    fn blocks_read_as_the_api_server_reads_them() {
        for (text, expected) in [
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("192.0.2.1/32", "192.0.2.1"),
            ("192.0.2.1", "192.0.2.1"),
            ("2001:db8::1/32", "2001:db8::/32"),
            ("::/0", "::/0"),
        ] {
            assert_eq!(set(text).to_string(), expected, "{text}");
        }
        for text in [
            "",
            "10.0.0.0/33",
            "::/129",
            "10.0.0/8",
            "a/8",
            "10.0.0.0/",
            "10.0.0.0/+8",
        ] {
            assert!(text.parse::<AddressSet>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_left_of_a_block_is_told_by_ranges() {
        let rest = set("10.0.0.0/30").difference(&set("10.0.0.1"));
        assert_eq!(rest.to_string(), "10.0.0.0, 10.0.0.2/31");
        let rest = set("0.0.0.0/0").difference(&set("10.0.0.0/8"));
        assert_eq!(
            rest.to_string(),
            "0.0.0.0-9.255.255.255, 11.0.0.0-255.255.255.255"
        );
        assert!(rest.union(&set("10.0.0.0/8")) == set("0.0.0.0/0"));
    }

    #[test]
    fn the_families_stay_apart() {
        let all = AddressSet::all();
        assert_eq!(all.to_string(), "0.0.0.0/0, ::/0");
        assert_eq!(all.difference(&set("::/0")), set("0.0.0.0/0"));
        assert!(!set("::/0").covers(&set("10.0.0.1")));
    }
}
