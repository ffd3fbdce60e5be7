//! Policies as the kernel keeps them.
//!
//! The kernel finds the longest prefix and nothing else, so each prefix carries what all prefixes
//! around it say too. Within a prefix the ranges that refuse stand first, and the first that fits
//! decides.

use catseye_event::runtime::Transport;

use super::policy::{Policy, Prefix, Rule};

/// How many ranges one prefix holds: `RULE_RANGES` of `bpf/record.h`.
const MOST_RANGES: usize = 16;

/// Why a policy does not fit into the kernel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// Too many ranges meet at one prefix.
    #[error(
        "{count} ranges of ports meet at {prefix}, more than 16; merge neighbouring ports or name larger blocks"
    )]
    TooManyRanges {
        /// Where.
        prefix: Prefix,
        /// How many.
        count: usize,
    },
    /// A program's name does not fit.
    #[error("the program name `{0}` is longer than 123 bytes")]
    LongName(String),
}

/// Ports of one prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The first.
    pub low: u16,
    /// The last.
    pub high: u16,
    /// The protocol's number; 0 is any.
    pub protocol: u8,
    /// Refuses.
    pub deny: bool,
}

/// One prefix with all that holds for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The prefix.
    pub prefix: Prefix,
    /// What holds when no range fits.
    pub deny: bool,
    /// In the order in which they are tried.
    pub ranges: Vec<Range>,
}

/// The entries of a policy, by prefix.
pub fn compile(policy: &Policy) -> Result<Vec<Entry>, CompileError> {
    let rules = policy.all_rules();
    let mut prefixes: Vec<Prefix> = rules.iter().map(|rule| rule.prefix).collect();
    prefixes.sort_unstable();
    prefixes.dedup();
    let mut entries = Vec::new();
    for prefix in prefixes {
        let around = rules.iter().filter(|rule| rule.prefix.covers(&prefix));
        let mut ranges: Vec<Range> = around.map(range).collect();
        ranges.sort_by_key(|it| (!it.deny, it.protocol, it.low, it.high));
        ranges.dedup();
        // What comes after a range that fits everything is never tried.
        if let Some(last) = ranges.iter().position(|range| fits_all(*range)) {
            ranges.truncate(last + 1);
        }
        if ranges.len() > MOST_RANGES {
            return Err(CompileError::TooManyRanges {
                prefix,
                count: ranges.len(),
            });
        }
        entries.push(Entry {
            prefix,
            deny: policy.default_deny,
            ranges,
        });
    }
    Ok(entries)
}

fn fits_all(range: Range) -> bool {
    range.protocol == 0 && range.low == 0 && range.high == u16::MAX
}

fn range(rule: &Rule) -> Range {
    Range {
        low: rule.low,
        high: rule.high,
        protocol: match rule.transport {
            None => 0,
            Some(transport) => protocol(transport),
        },
        deny: rule.deny,
    }
}

/// The number of a protocol in packets.
pub(super) fn protocol(transport: Transport) -> u8 {
    match transport {
        Transport::Tcp => 6,
        Transport::Udp => 17,
        Transport::Sctp => 132,
        Transport::Icmp => 1,
    }
}

impl Entry {
    /// `struct rule_key` without its length: the policy's number, the address.
    #[cfg(target_os = "linux")]
    pub(super) fn key(&self, policy: u32) -> (u32, [u8; 20]) {
        let (address, bits) = self.prefix.parts();
        let mut key = [0; 20];
        key[..4].copy_from_slice(&policy.to_ne_bytes());
        key[4..].copy_from_slice(&address);
        (32 + u32::from(bits), key)
    }

    /// `struct rule`.
    #[cfg(target_os = "linux")]
    pub(super) fn value(&self) -> [u8; 136] {
        let mut value = [0; 136];
        value[..4].copy_from_slice(&u32::from(self.deny).to_ne_bytes());
        let count = u32::try_from(self.ranges.len()).expect("at most 16 ranges");
        value[4..8].copy_from_slice(&count.to_ne_bytes());
        for (range, room) in self.ranges.iter().zip(value[8..].chunks_exact_mut(8)) {
            room[..2].copy_from_slice(&range.low.to_ne_bytes());
            room[2..4].copy_from_slice(&range.high.to_ne_bytes());
            room[4] = range.protocol;
            room[5] = u8::from(range.deny);
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::super::policy::Asked;
    use super::*;
    use proptest::prelude::*;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    /// As the kernel answers: the longest prefix, the first range.
    fn kernel_refuses(entries: &[Entry], policy: &Policy, asked: &Asked) -> bool {
        let longest = entries
            .iter()
            .filter(|entry| entry.prefix.contains(asked.address))
            .max_by_key(|entry| entry.prefix.parts().1);
        let Some(entry) = longest else {
            return policy.default_deny;
        };
        let fits = |range: &&Range| {
            (range.low..=range.high).contains(&asked.port)
                && (range.protocol == 0 || range.protocol == protocol(asked.transport))
        };
        entry
            .ranges
            .iter()
            .find(fits)
            .map_or(entry.deny, |range| range.deny)
    }

    fn address() -> impl Strategy<Value = IpAddr> {
        // Few bits that differ, so that blocks and addresses meet.
        prop_oneof![
            (0_u8..4, 0_u8..4).prop_map(|(a, b)| IpAddr::V4(Ipv4Addr::new(10, a << 6, 0, b))),
            (0_u16..3, 0_u16..3)
                .prop_map(|(a, b)| { IpAddr::V6(Ipv6Addr::new(0x2001, a, 0, 0, 0, 0, 0, b)) }),
            Just(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            Just(IpAddr::V6(Ipv6Addr::LOCALHOST)),
        ]
    }

    fn transport() -> impl Strategy<Value = Transport> {
        prop_oneof![Just(Transport::Tcp), Just(Transport::Udp)]
    }

    fn rule() -> impl Strategy<Value = Rule> {
        let ports = prop_oneof![Just((0, u16::MAX)), Just((80, 80)), Just((1, 443))];
        (
            address(),
            0_u8..=128,
            proptest::option::of(transport()),
            ports,
            any::<bool>(),
        )
            .prop_map(|(address, bits, transport, (low, high), deny)| Rule {
                prefix: Prefix::new(address, bits),
                transport,
                low,
                high,
                deny,
            })
    }

    proptest! {
        #[test]
        fn the_kernel_answers_as_the_rules_say(
            rules in proptest::collection::vec(rule(), 0..8),
            default_deny: bool,
            address in address(),
            port in prop_oneof![Just(80_u16), Just(443), Just(9000)],
            transport in transport(),
        ) {
            let policy = Policy { number: 1, default_deny, rules, ..Policy::default() };
            let entries = compile(&policy).unwrap();
            let asked = Asked { address, port, transport };
            prop_assert_eq!(kernel_refuses(&entries, &policy, &asked), policy.refuses(&asked));
        }
    }

    #[test]
    fn what_does_not_fit_says_where() {
        let rules = (0..20_u16)
            .map(|number| Rule {
                prefix: "10.0.0.0/8".parse().unwrap(),
                transport: None,
                low: number * 2,
                high: number * 2,
                deny: false,
            })
            .collect();
        let policy = Policy {
            rules,
            ..Policy::default()
        };
        let refused = compile(&policy).unwrap_err().to_string();
        assert!(
            refused.starts_with("20 ranges of ports meet at 10.0.0.0/8"),
            "{refused}"
        );
    }

    #[test]
    fn a_block_is_read_and_written() {
        for text in ["203.0.113.0/24", "2001:db8::/32", "10.1.2.3/32"] {
            assert_eq!(text.parse::<Prefix>().unwrap().to_string(), text);
        }
        assert!("10.0.0.0/33".parse::<Prefix>().is_err());
        assert!("shop.example".parse::<Prefix>().is_err());
    }
}
