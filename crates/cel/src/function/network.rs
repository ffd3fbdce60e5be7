//! Addresses and blocks of addresses: the ip and cidr libraries.

use std::fmt;
use std::net::IpAddr;

use super::{Call, Failure, Function, fail, global, member};
use crate::value::Val;

/// A block of addresses, with the address as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    /// The address, which may have bits after the prefix.
    pub address: IpAddr,
    /// How many bits all addresses of the block share.
    pub prefix: u8,
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

fn bits(address: IpAddr) -> (u128, u8) {
    match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)) << 96, 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    }
}

impl Cidr {
    fn mask(self) -> u128 {
        match self.prefix {
            0 => 0,
            prefix => u128::MAX << (128 - u32::from(prefix)),
        }
    }

    fn contains(self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4()
            && (bits(self.address).0 ^ bits(address).0) & self.mask() == 0
    }

    fn masked(self) -> Self {
        let kept = bits(self.address).0 & self.mask();
        let address = match self.address {
            IpAddr::V4(_) => IpAddr::from(u32::try_from(kept >> 96).unwrap_or(0).to_be_bytes()),
            IpAddr::V6(_) => IpAddr::from(kept.to_be_bytes()),
        };
        Cidr { address, ..self }
    }
}

/// An address without a zone that is no IPv4 address in IPv6 clothes.
fn parse_ip(text: &str) -> Result<IpAddr, String> {
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) if address.to_ipv4_mapped().is_some() => Err(format!(
            "IPv4-mapped IPv6 address \"{text}\" is not allowed"
        )),
        Ok(address) => Ok(address),
        Err(_) => Err(format!(
            "IP Address \"{text}\" parse error during conversion from string"
        )),
    }
}

fn parse_cidr(text: &str) -> Result<Cidr, String> {
    let parsed = text.split_once('/').and_then(|(address, prefix)| {
        let address = parse_ip(address).ok()?;
        let plain = prefix == "0" || !prefix.starts_with(['0', '+']);
        let prefix: u8 = prefix.parse().ok().filter(|_| plain)?;
        (prefix <= bits(address).1).then_some(Cidr { address, prefix })
    });
    parsed.ok_or_else(|| "network address parse error during conversion from string".to_owned())
}

pub(crate) const FUNCTIONS: &[Function] = &[
    global("ip", 1, 1, |call| {
        parse_ip(call.text(0)?).map_or_else(fail, |ip| Ok(Val::Ip(ip)))
    }),
    global("isIP", 1, 1, |call| {
        Ok(Val::Bool(parse_ip(call.text(0)?).is_ok()))
    }),
    global("ip.isCanonical", 1, 1, |call| {
        let text = call.text(0)?;
        parse_ip(text).map_or_else(fail, |ip| Ok(Val::Bool(ip.to_string() == text)))
    }),
    member("family", 0, 0, |call| {
        Ok(Val::Int(if address(call)?.is_ipv4() { 4 } else { 6 }))
    }),
    member("isUnspecified", 0, 0, |call| {
        Ok(Val::Bool(address(call)?.is_unspecified()))
    }),
    member("isLoopback", 0, 0, |call| {
        Ok(Val::Bool(address(call)?.is_loopback()))
    }),
    member("isLinkLocalMulticast", 0, 0, |call| {
        Ok(Val::Bool(link_local_multicast(address(call)?)))
    }),
    member("isLinkLocalUnicast", 0, 0, |call| {
        Ok(Val::Bool(link_local_unicast(address(call)?)))
    }),
    member("isGlobalUnicast", 0, 0, |call| {
        let address = address(call)?;
        let broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
        Ok(Val::Bool(
            !broadcast
                && !address.is_unspecified()
                && !address.is_loopback()
                && !address.is_multicast()
                && !link_local_unicast(address),
        ))
    }),
    global("cidr", 1, 1, |call| {
        parse_cidr(call.text(0)?).map_or_else(fail, |block| Ok(Val::Cidr(block)))
    }),
    global("isCIDR", 1, 1, |call| {
        Ok(Val::Bool(parse_cidr(call.text(0)?).is_ok()))
    }),
    member("containsIP", 1, 1, |call| {
        let wanted = match &call.args[1] {
            Val::Ip(address) => *address,
            Val::Text(text) => parse_ip(text).or_else(fail)?,
            _ => return Err(Failure::NoOverload),
        };
        Ok(Val::Bool(block(call)?.contains(wanted)))
    }),
    member("containsCIDR", 1, 1, |call| {
        let wanted = match &call.args[1] {
            Val::Cidr(block) => *block,
            Val::Text(text) => parse_cidr(text).or_else(fail)?,
            _ => return Err(Failure::NoOverload),
        };
        let block = block(call)?;
        Ok(Val::Bool(
            block.prefix <= wanted.prefix && block.contains(wanted.masked().address),
        ))
    }),
    member("ip", 0, 0, |call| Ok(Val::Ip(block(call)?.address))),
    member("prefixLength", 0, 0, |call| {
        Ok(Val::Int(i64::from(block(call)?.prefix)))
    }),
    member("masked", 0, 0, |call| Ok(Val::Cidr(block(call)?.masked()))),
];

fn address(call: &Call<'_>) -> Result<IpAddr, Failure> {
    match &call.args[0] {
        Val::Ip(address) => Ok(*address),
        _ => Err(Failure::NoOverload),
    }
}

fn block(call: &Call<'_>) -> Result<Cidr, Failure> {
    match &call.args[0] {
        Val::Cidr(block) => Ok(*block),
        _ => Err(Failure::NoOverload),
    }
}

fn link_local_unicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.segments()[0] & 0xffc0 == 0xfe80,
    }
}

fn link_local_multicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.octets()[..3] == [224, 0, 0],
        IpAddr::V6(address) => address.segments()[0] & 0xff0f == 0xff02,
    }
}
