//! All pairs: `source => destination : ports`.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use catseye_netpol::entry::Door;
use catseye_netpol::{AddressSet, PortSet};

use super::Case;
use super::focus::Focus;
use super::ports::{Party, ipv4, party, ports};

/// Connections in a form in which equal answers are equal: addresses that one party reaches on the
/// same ports are one set.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listing {
    pairs: BTreeMap<(Party, Party), PortSet>,
    addresses: BTreeMap<(Party, bool, PortSet), AddressSet>,
}

impl Listing {
    pub(super) fn add(&mut self, source: Party, destination: Party, ports: PortSet) {
        if ports.is_none() {
            return;
        }
        let (workload, outgoing, more) = match (source, destination) {
            (Party::Addresses(set), workload) => (workload, false, set),
            (workload, Party::Addresses(set)) => (workload, true, set),
            (source, destination) => {
                let known = self.pairs.entry((source, destination)).or_default();
                *known = known.union(&ports);
                return;
            }
        };
        let more = more.intersection(&ipv4());
        if more.is_none() {
            return;
        }
        let known = self
            .addresses
            .entry((workload, outgoing, ports))
            .or_default();
        *known = known.union(&more);
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for ((source, destination), ports) in &self.pairs {
            lines.push(format!(
                "{} => {} : {ports}",
                told(source),
                told(destination)
            ));
        }
        for ((party, outgoing, ports), addresses) in &self.addresses {
            lines.push(if *outgoing {
                format!("{} => {addresses} : {ports}", told(party))
            } else {
                format!("{addresses} => {} : {ports}", told(party))
            });
        }
        lines
    }
}

fn told(party: &Party) -> String {
    match party {
        Party::Addresses(addresses) => addresses.to_string(),
        Party::Controller => "{ingress-controller}".to_owned(),
        Party::Workload(name) => name.clone(),
    }
}

pub(super) fn compare(case: &Case, text: &str, focus: &Focus) -> Result<()> {
    let expected = expected(text, focus)?;
    let found = found(case, focus);
    differ(&expected.lines(), &found.lines())
}

/// Fails with the lines that are in one answer only.
pub(super) fn differ(expected: &[String], found: &[String]) -> Result<()> {
    let missing = expected.iter().filter(|line| !found.contains(line));
    let extra = found.iter().filter(|line| !expected.contains(line));
    let lines: Vec<String> = missing
        .map(|line| format!("missing {line}"))
        .chain(extra.map(|line| format!("extra {line}")))
        .collect();
    if lines.is_empty() {
        return Ok(());
    }
    let rest = lines.len().saturating_sub(4);
    let shown = lines[..lines.len().min(4)].join("; ");
    if rest > 0 {
        bail!("{shown}; and {rest} more");
    }
    bail!("{shown}");
}

/// The listing of an answer: what stands before its exposures, of the pods' own network.
fn expected(text: &str, focus: &Focus) -> Result<Listing> {
    let mut listing = Listing::default();
    let mut elsewhere = false;
    for line in text.lines() {
        if line.starts_with("Exposure Analysis Result") {
            break;
        }
        if let Some(network) = line.strip_prefix("Permitted connectivity analyzed in ") {
            elsewhere = network.starts_with("secondary");
        }
        let Some((source, rest)) = line.split_once(" => ") else {
            continue;
        };
        if elsewhere {
            continue;
        }
        let (destination, allowed) = match (rest.split_once(" : "), focus.port) {
            (Some((destination, text)), _) => (destination, ports(text)?.0),
            (None, Some(port)) => (rest, PortSet::one(port)),
            (None, None) => bail!("{line:?} names no ports"),
        };
        listing.add(party(source.trim())?, party(destination.trim())?, allowed);
    }
    Ok(listing)
}

fn found(case: &Case, focus: &Focus) -> Listing {
    let mut listing = Listing::default();
    let mut add = |source: Party, destination: Party, ports: &PortSet| {
        if !focus.shows(&told(&source), &told(&destination)) {
            return;
        }
        let ports = match focus.port {
            Some(port) => ports.intersection(&PortSet::one(port)),
            None => ports.clone(),
        };
        listing.add(source, destination, ports);
    };
    let party = |party: &catseye_netpol::Party| match party {
        catseye_netpol::Party::Addresses(addresses) => Party::Addresses(addresses.clone()),
        catseye_netpol::Party::Workload(id) => {
            Party::Workload(case.reach.workload(*id).to_string())
        }
    };
    for connection in case.reach.connections() {
        let ends = (party(&connection.source), party(&connection.destination));
        add(ends.0, ends.1, &connection.ports);
    }
    for (workload, ports) in admitted(case) {
        add(Party::Controller, Party::Workload(workload), &ports);
    }
    listing
}

/// What Ingresses and Routes let in, by workload.
pub(super) fn admitted(case: &Case) -> BTreeMap<String, PortSet> {
    let mut admitted: BTreeMap<String, PortSet> = BTreeMap::new();
    for entry in case.reach.entries(&case.inventory) {
        if !matches!(entry.door, Door::Ingress | Door::Route) {
            continue;
        }
        for backend in entry.backends {
            let workload = case.reach.workload(backend.workload).to_string();
            let known = admitted.entry(workload).or_default();
            *known = known.union(&backend.admitted);
        }
    }
    admitted
}
