//! Threat intelligence: lists of bad addresses and domains, read from files that somebody fetched.
//!
//! ```text
//!  abuse.ch CSV, JSON and text ─┐
//!  hosts files, plain lists ────┼─► List { entries, updated } ─► Intel: by prefix, by suffix
//!  STIX 2.1 bundles ────────────┘
//! ```
//!
//! A list is as good as it is young, so every match names its list and when that was made. Entries that
//! would match half the world (private addresses, prefixes wider than /8, names without a dot) are
//! passed over and counted.

mod indicator;
mod read;

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv6Addr};

use jiff::Timestamp;

pub use read::{Format, NoIndicators};

use self::indicator::{Indicator, bits};

type Hashed = foldhash::fast::FixedState;

/// One list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// Its name: that of its file.
    pub name: String,
    /// How it is written.
    pub format: Format,
    /// When it was made, as it says itself, or as whoever read the file knows.
    pub updated: Option<Timestamp>,
    /// Addresses and prefixes in it.
    pub addresses: usize,
    /// Domains in it.
    pub domains: usize,
    /// Entries that were understood and not taken: private, too wide, hashes, revoked.
    pub passed_over: usize,
    /// Lines that were not understood.
    pub unreadable: usize,
}

impl List {
    /// How old it is at `now`, in whole days; none where it does not say.
    pub fn age_days(&self, now: Timestamp) -> Option<i64> {
        let age = now.as_second() - self.updated?.as_second();
        Some((age / 86_400).max(0))
    }
}

/// All lists, ready to be asked.
#[derive(Debug, Clone, Default)]
pub struct Intel {
    lists: Vec<List>,
    /// By length of the prefix, longest first when asked.
    addresses: BTreeMap<u32, HashMap<u128, u16, Hashed>>,
    domains: HashMap<Box<str>, u16, Hashed>,
}

impl Intel {
    /// Reads a list and adds it. `updated` stands in where the list does not say when it was made.
    pub fn add(
        &mut self,
        name: &str,
        text: &str,
        updated: Option<Timestamp>,
    ) -> Result<&List, NoIndicators> {
        let read = read::read(text)?;
        // More lists than that nobody has; the last one then stands for all further.
        let number = u16::try_from(self.lists.len()).unwrap_or(u16::MAX);
        let mut list = List {
            name: name.to_owned(),
            format: read.format,
            updated: read.updated.or(updated),
            addresses: 0,
            domains: 0,
            passed_over: read.passed_over,
            unreadable: read.unreadable,
        };
        for indicator in read.indicators {
            match indicator {
                Indicator::Address { bits, length } => {
                    let known = self.addresses.entry(length).or_default();
                    known.entry(bits).or_insert(number);
                    list.addresses += 1;
                }
                Indicator::Domain(domain) => {
                    self.domains.entry(domain.into()).or_insert(number);
                    list.domains += 1;
                }
            }
        }
        self.lists.push(list);
        Ok(&self.lists[self.lists.len() - 1])
    }

    /// The lists in the order in which they were added.
    pub fn lists(&self) -> &[List] {
        &self.lists
    }

    /// True when a list names addresses.
    pub fn has_addresses(&self) -> bool {
        !self.addresses.is_empty()
    }

    /// True when a list names domains.
    pub fn has_domains(&self) -> bool {
        !self.domains.is_empty()
    }

    /// The first list with the address, by its longest prefix.
    pub fn address(&self, address: IpAddr) -> Option<&List> {
        let whole = bits(address);
        let found = self.addresses.iter().rev().find_map(|(length, known)| {
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            known.get(&(whole & mask))
        });
        self.lists.get(usize::from(*found?))
    }

    /// Every address and prefix of all lists, in order: an address and how many of its bits count.
    #[expect(clippy::iter_over_hash_type, reason = "what comes of it is sorted")]
    pub fn blocks(&self) -> Vec<(IpAddr, u8)> {
        let mut blocks = Vec::new();
        for (length, known) in &self.addresses {
            for whole in known.keys() {
                let address = Ipv6Addr::from(*whole);
                let block = match address.to_ipv4_mapped() {
                    Some(v4) if *length >= 96 => (IpAddr::V4(v4), length - 96),
                    _ => (IpAddr::V6(address), *length),
                };
                // At most 128.
                blocks.push((block.0, u8::try_from(block.1).unwrap_or(128)));
            }
        }
        blocks.sort_unstable();
        blocks
    }

    /// The list with the name or a domain that it lies in, and that domain.
    pub fn domain<'n>(&self, name: &'n str) -> Option<(&'n str, &List)> {
        if self.domains.is_empty() {
            return None;
        }
        let mut rest = name;
        loop {
            if let Some(number) = self.domains.get(rest) {
                return Some((rest, self.lists.get(usize::from(*number))?));
            }
            rest = rest.split_once('.')?.1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_and_any_subdomain_match() {
        let mut intel = Intel::default();
        intel
            .add(
                "wide",
                "198.51.100.0/24\nbad.example\n2001:db8::/32\n",
                None,
            )
            .unwrap();
        intel.add("narrow", "198.51.100.7\n", None).unwrap();
        let address = |text: &str| {
            let list = intel.address(text.parse().unwrap());
            list.map(|list| list.name.as_str())
        };
        let blocks = intel
            .blocks()
            .into_iter()
            .map(|(address, bits)| format!("{address}/{bits}"));
        let blocks: Vec<String> = blocks.collect();
        assert_eq!(
            blocks,
            ["198.51.100.0/24", "198.51.100.7/32", "2001:db8::/32"]
        );
        assert_eq!(address("198.51.100.7"), Some("narrow"));
        assert_eq!(address("198.51.100.8"), Some("wide"));
        assert_eq!(address("::ffff:198.51.100.8"), Some("wide"));
        assert_eq!(address("2001:db8:1::1"), Some("wide"));
        assert_eq!(address("198.51.101.1"), None);
        assert_eq!(intel.domain("a.b.bad.example").unwrap().0, "bad.example");
        assert!(intel.domain("notbad.example").is_none());
        assert!(intel.domain("example").is_none());
    }

    proptest::proptest! {
        /// The table against a walk over all prefixes.
        #[test]
        fn an_address_is_found_exactly_when_a_prefix_covers_it(
            prefixes in proptest::collection::vec((proptest::num::u32::ANY, 8_u32..=32), 1..20),
            asked in proptest::collection::vec(proptest::num::u32::ANY, 1..20),
        ) {
            let text: Vec<String> = prefixes
                .iter()
                .map(|(bits, length)| format!("{}/{length}", std::net::Ipv4Addr::from(*bits)))
                .collect();
            let mut intel = Intel::default();
            let _ = intel.add("list", &text.join("\n"), None);
            let near = prefixes.iter().map(|(bits, _)| bits ^ 1);
            for address in asked.into_iter().chain(near) {
                let ip = std::net::Ipv4Addr::from(address);
                let naive = prefixes.iter().any(|(bits, length)| {
                    let taken = crate::audit::address::is_public(std::net::Ipv4Addr::from(*bits & (u32::MAX << (32 - length))).into());
                    taken && (bits ^ address).checked_shr(32 - length).unwrap_or(0) == 0
                });
                proptest::prop_assert_eq!(intel.address(ip.into()).is_some(), naive, "{}", ip);
            }
        }
    }
}
