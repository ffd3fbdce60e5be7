//! A policy in words, and what it means.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use catseye_event::runtime::Transport;

/// A block of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix {
    /// As IPv6, IPv4 mapped, with the bits after the prefix zero.
    address: u128,
    /// Bits of the mapped address.
    bits: u8,
}

/// Why a text is no block of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no block of addresses; write 203.0.113.0/24, 2001:db8::/32 or an address")]
pub struct PrefixError(String);

impl Prefix {
    /// Every address of both families.
    pub const ALL: Prefix = Prefix {
        address: 0,
        bits: 0,
    };

    /// `bits` of `address`; more than the family has are all of them.
    pub fn new(address: IpAddr, bits: u8) -> Self {
        let (mapped, bits) = match address {
            IpAddr::V4(v4) => (v4.to_ipv6_mapped(), bits.min(32) + 96),
            IpAddr::V6(v6) => (v6, bits.min(128)),
        };
        let mask = match bits {
            0 => 0,
            bits => u128::MAX << (128 - u32::from(bits)),
        };
        Prefix {
            address: u128::from(mapped) & mask,
            bits,
        }
    }

    /// True for an address in the block; IPv4 by way of IPv6 is IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.covers(&Prefix::new(address, 128))
    }

    /// True when all of `other` is in the block.
    pub fn covers(&self, other: &Prefix) -> bool {
        let mask = match self.bits {
            0 => 0,
            bits => u128::MAX << (128 - u32::from(bits)),
        };
        self.bits <= other.bits && self.address == other.address & mask
    }

    /// The mapped address and its bits.
    pub(super) fn parts(&self) -> ([u8; 16], u8) {
        (self.address.to_be_bytes(), self.bits)
    }
}

impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let wrong = || PrefixError(text.to_owned());
        let Some((address, bits)) = text.split_once('/') else {
            return Ok(Prefix::new(text.parse().map_err(|_| wrong())?, 128));
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let bits: u8 = bits.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        if bits > most {
            return Err(wrong());
        }
        Ok(Prefix::new(address, bits))
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = Ipv6Addr::from(self.address);
        match address.to_ipv4_mapped() {
            Some(v4) if self.bits >= 96 => write!(out, "{v4}/{}", self.bits - 96),
            _ => write!(out, "{address}/{}", self.bits),
        }
    }
}

/// Allows or refuses ports of a block of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The block.
    pub prefix: Prefix,
    /// `None` is any protocol.
    pub transport: Option<Transport>,
    /// The first port.
    pub low: u16,
    /// The last port.
    pub high: u16,
    /// Refuses.
    pub deny: bool,
}

/// A program that may or may not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramRule {
    /// The path as it is called, or the name of the file itself without its folder.
    pub name: String,
    /// Refuses.
    pub deny: bool,
}

/// What a workload may do.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own in a policy"
)]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Its number; 0 is the list for the whole node.
    pub number: u32,
    /// What no rule names is refused; the loopback addresses are allowed unless a rule names them.
    pub default_deny: bool,
    /// The order does not matter: what any rule refuses is refused.
    pub rules: Vec<Rule>,
    /// Programs.
    pub programs: Vec<ProgramRule>,
    /// Programs that are not listed may not run.
    pub only_listed_programs: bool,
    /// What was written after the image may not run.
    pub no_upper: bool,
    /// What is in no file system may not run.
    pub no_memfd: bool,
    /// Tells what it would do and does nothing.
    pub watch: bool,
}

/// What is asked of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Where to.
    pub address: IpAddr,
    /// Its port.
    pub port: u16,
    /// By which protocol.
    pub transport: Transport,
}

impl Policy {
    /// The flags of a guard that holds this policy.
    pub fn flags(&self) -> u32 {
        use crate::guard_flag;
        let mut flags = 0;
        let mut set = |is_set: bool, flag: u32| flags |= if is_set { flag } else { 0 };
        set(self.default_deny, guard_flag::DENY);
        set(self.no_upper, guard_flag::UPPER);
        set(self.no_memfd, guard_flag::MEMFD);
        set(self.only_listed_programs, guard_flag::UNLISTED);
        set(self.watch, guard_flag::WATCH);
        flags
    }

    /// The rules with those that go without saying.
    pub(super) fn all_rules(&self) -> Vec<Rule> {
        let mut rules = self.rules.clone();
        if self.default_deny {
            let loopback = ["127.0.0.0/8", "::1/128"];
            for prefix in loopback {
                rules.push(Rule {
                    prefix: prefix.parse().expect("a block of addresses"),
                    transport: None,
                    low: 0,
                    high: u16::MAX,
                    deny: false,
                });
            }
        }
        rules
    }

    /// The answer, by trying every rule. The kernel's must be the same.
    pub fn refuses(&self, asked: &Asked) -> bool {
        let rules = self.all_rules();
        let fitting: Vec<&Rule> = rules
            .iter()
            .filter(|rule| {
                rule.prefix.contains(asked.address)
                    && (rule.low..=rule.high).contains(&asked.port)
                    && rule.transport.is_none_or(|it| it == asked.transport)
            })
            .collect();
        if fitting.iter().any(|rule| rule.deny) {
            return true;
        }
        fitting.is_empty() && self.default_deny
    }
}
