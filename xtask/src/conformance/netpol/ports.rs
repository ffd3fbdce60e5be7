//! How the other analyzer writes ports, addresses and parties.

use std::net::IpAddr;

use anyhow::{Context as _, Result, bail, ensure};
use catseye_netpol::{AddressSet, PortSet, Protocol};

/// Who sends or is sent to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Party {
    /// IPv4 addresses: the other analyzer knows no others.
    Addresses(AddressSet),
    /// `{ingress-controller}`.
    Controller,
    /// `namespace/name[Kind]`.
    Workload(String),
}

pub(super) fn party(text: &str) -> Result<Party> {
    if text == "{ingress-controller}" {
        return Ok(Party::Controller);
    }
    if let Some(range) = text.strip_suffix("[External]") {
        return Ok(Party::Addresses(addresses(range)?));
    }
    ensure!(text.contains('/'), "{text:?} is no party");
    Ok(Party::Workload(text.to_owned()))
}

/// `10.0.0.0-10.255.255.255`.
fn addresses(range: &str) -> Result<AddressSet> {
    let (first, last) = range.split_once('-').context("a range has two ends")?;
    let first: IpAddr = first
        .parse()
        .with_context(|| format!("reading {first:?}"))?;
    let last: IpAddr = last.parse().with_context(|| format!("reading {last:?}"))?;
    Ok(AddressSet::range(first, last))
}

/// Every IPv4 address.
pub(super) fn ipv4() -> AddressSet {
    "0.0.0.0/0".parse().expect("a block")
}

/// `All Connections`, `No Connections`, `TCP 80,8080-8090,UDP 53`. Where the destination is not known,
/// ports may be names: they come back beside the numbers.
pub(super) fn ports(text: &str) -> Result<(PortSet, Vec<String>)> {
    match text.trim() {
        "All Connections" => return Ok((PortSet::all(), Vec::new())),
        "No Connections" => return Ok((PortSet::none(), Vec::new())),
        _ => {}
    }
    let mut ranges = Vec::new();
    let mut names = Vec::new();
    let mut protocol = None;
    for word in text.trim().split(',') {
        let range = match word.trim().split_once(' ') {
            Some((name, range)) => {
                protocol = Protocol::named(name);
                range
            }
            None => word.trim(),
        };
        let protocol = protocol.with_context(|| format!("{text:?} names no protocol"))?;
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        match (first.parse(), last.parse()) {
            (Ok(first), Ok(last)) => ranges.push((protocol, first, last)),
            _ => names.push(range.to_owned()),
        }
    }
    names.sort();
    Ok((ranges.into_iter().collect(), names))
}

/// `TCP:[80,443], UDP, SCTP:[1-9]`, as explanations write it.
pub(super) fn explained_ports(text: &str) -> Result<PortSet> {
    let mut ranges = Vec::new();
    for part in text.split(", ") {
        let (name, numbers) = match part.split_once(':') {
            None => (part, "1-65535"),
            Some((name, list)) => (name, list.trim_matches(['[', ']'])),
        };
        let Some(protocol) = Protocol::named(name.trim()) else {
            bail!("{text:?} names no protocol");
        };
        for range in numbers.split(',') {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            ranges.push((protocol, first.parse()?, last.parse()?));
        }
    }
    Ok(ranges.into_iter().collect())
}
