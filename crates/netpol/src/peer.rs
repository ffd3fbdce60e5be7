//! Peers: everything that a connection can begin or end at, numbered together.
//!
//! ```text
//!  0 ..... classes of pods ..... C ... groups of addresses ... C + A ... strangers ... C + A + S
//! ```
//!
//! Addresses are grouped as pods are: those that no rule tells apart are one group. Rules become sets
//! of these numbers, once, however many pods and policies share them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::IpAddr;

use catseye_model::{Fields, Inventory, Kind, Object};

use crate::address::AddressSet;
use crate::bits::Bits;
use crate::class::Classes;
use crate::policy::{Peer, Policy};
use crate::stranger::Stranger;

/// The peers of rules as sets of numbers.
#[derive(Debug)]
pub(crate) struct Peers {
    /// The groups of addresses: disjoint, together every address.
    pub(crate) addresses: Vec<AddressSet>,
    /// Pods that the Inventory does not hold.
    pub(crate) strangers: Vec<Stranger>,
    everybody: Bits,
    known: HashMap<Peer, Bits>,
}

impl Peers {
    pub(crate) fn of(
        inventory: &Inventory,
        policies: &[Policy],
        classes: &Classes,
        strangers: Vec<Stranger>,
    ) -> Self {
        let named = policies
            .iter()
            .flat_map(|policy| policy.ingress.iter().chain(&policy.egress).flatten())
            .flat_map(|rule| rule.peers.iter().flatten());
        let mut met: HashSet<&Peer> = HashSet::new();
        let distinct: Vec<&Peer> = named.filter(|peer| met.insert(peer)).collect();
        let covered: Vec<(&Peer, Option<AddressSet>)> = distinct
            .into_iter()
            .map(|peer| (peer, addresses_matched(inventory, peer)))
            .collect();
        let blocks: BTreeSet<&AddressSet> =
            covered.iter().filter_map(|(_, set)| set.as_ref()).collect();
        let addresses = groups(&blocks.into_iter().collect::<Vec<_>>());
        let first = classes.len();
        // Groups are as many as blocks have ends, which are far fewer than 2^32.
        let end = addresses.len() + classes.len() as usize;
        let end = u32::try_from(end).unwrap_or(u32::MAX);
        let mut known = HashMap::new();
        for (peer, set) in covered {
            let mut bits = match peer {
                Peer::Pods(pods) => {
                    let like = (end..).zip(&strangers);
                    let like = like.filter(|(_, stranger)| stranger.meets(pods, classes));
                    let like: Bits = like.map(|(number, _)| number).collect();
                    classes.selected(pods).union(&like)
                }
                _ => Bits::default(),
            };
            if let Some(set) = set {
                bits = bits.union(&matched_classes(classes, peer, &set));
                if matches!(peer, Peer::Networks(_)) && covers_a_family(&set) {
                    let all = u32::try_from(strangers.len()).unwrap_or(u32::MAX);
                    bits = bits.union(&Bits::range(end, end.saturating_add(all)));
                }
                let groups = (first..).zip(&addresses);
                let groups = groups.filter(|(_, group)| set.contains(group.ranges()[0].0));
                bits = bits.union(&groups.map(|(number, _)| number).collect());
            }
            known.insert(peer.clone(), bits);
        }
        let all = u32::try_from(strangers.len()).unwrap_or(u32::MAX);
        Peers {
            addresses,
            strangers,
            everybody: Bits::range(0, end.saturating_add(all)),
            known,
        }
    }

    /// Every peer.
    pub(crate) fn everybody(&self) -> &Bits {
        &self.everybody
    }

    /// The peers of a rule; `None` is everybody.
    pub(crate) fn matched(&self, peers: Option<&[Peer]>) -> Bits {
        match peers {
            None => self.everybody.clone(),
            Some([peer]) => self.one(peer).clone(),
            Some(peers) => Bits::union_of(peers.iter().map(|peer| self.one(peer).clone())),
        }
    }

    /// The peers that one entry of a rule names.
    pub(crate) fn one(&self, peer: &Peer) -> &Bits {
        static NOBODY: Bits = Bits::EMPTY;
        self.known.get(peer).unwrap_or(&NOBODY)
    }
}

/// The addresses that a peer names; `None` for peers that are told by labels of pods.
fn addresses_matched(inventory: &Inventory, peer: &Peer) -> Option<AddressSet> {
    match peer {
        Peer::Pods(_) | Peer::Domains(_) => None,
        Peer::Block(set) | Peer::Networks(set) => Some(set.clone()),
        Peer::Nodes(selector) => {
            let nodes = inventory.of_kind(Kind::Node);
            let addresses: Vec<AddressSet> = nodes
                .filter(|(_, node)| selector.matches(node.value().at("metadata.labels")))
                .flat_map(|(_, node)| addresses_of(node))
                .map(AddressSet::one)
                .collect();
            Some(AddressSet::union_of(&addresses))
        }
    }
}

/// The classes that are told by address: pods in the node's network.
fn matched_classes(classes: &Classes, peer: &Peer, set: &AddressSet) -> Bits {
    let whole_families = covers_a_family(set);
    let every_node = matches!(peer, Peer::Nodes(selector) if selector.selects_everything());
    let by_address = |class: &u32| match classes.host(*class) {
        // Where the node is not known, only what holds for every address holds for it.
        Some([]) => every_node || whole_families,
        Some(addresses) => every_node || addresses.iter().any(|address| set.contains(*address)),
        None => false,
    };
    let hosts: Bits = classes.hosts().iter().filter(by_address).collect();
    // "If you allow or deny traffic to 0.0.0.0/0, that will allow or deny all IPv4 pod-to-pod traffic
    // as well", says the API of administrators' policies; smaller networks may hold pods, but which
    // address a pod will have is not known.
    match peer {
        Peer::Networks(_) if whole_families => Bits::range(0, classes.len()),
        _ => hosts,
    }
}

fn covers_a_family(set: &AddressSet) -> bool {
    let all = AddressSet::all();
    let mut families = all.ranges().iter();
    families.any(|(first, last)| set.covers(&AddressSet::range(*first, *last)))
}

/// The addresses of a node.
pub(crate) fn addresses_of(node: &Object) -> impl Iterator<Item = IpAddr> + '_ {
    node.value()
        .list("status.addresses")
        .iter()
        .filter(|entry| matches!(entry.text("type"), Some("InternalIP" | "ExternalIP")))
        .filter_map(|entry| entry.text("address")?.parse().ok())
}

/// Cuts all addresses into groups that lie wholly inside or outside each of the sets.
///
/// One sweep over the ends of all ranges: between two ends nothing changes, and stretches that lie in
/// the same sets are one group.
fn groups(sets: &[&AddressSet]) -> Vec<AddressSet> {
    let mut ends: BTreeMap<IpAddr, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for (number, set) in sets.iter().enumerate() {
        for (first, last) in set.ranges() {
            ends.entry(*first).or_default().0.push(number);
            if let Some(after) = crate::interval::Point::next(*last) {
                ends.entry(after).or_default().1.push(number);
            }
        }
    }
    let mut grouped: BTreeMap<Vec<usize>, Vec<AddressSet>> = BTreeMap::new();
    for (first, last) in AddressSet::all().ranges() {
        let mut inside: BTreeSet<usize> = BTreeSet::new();
        let mut from = *first;
        for (at, (begin, end)) in ends.range(*first..=*last) {
            if let Some(to) = crate::interval::Point::previous(*at).filter(|to| *to >= from) {
                let stretch = AddressSet::range(from, to);
                let key = inside.iter().copied().collect();
                grouped.entry(key).or_default().push(stretch);
            }
            from = *at;
            for set in end {
                inside.remove(set);
            }
            inside.extend(begin);
        }
        let key = inside.iter().copied().collect();
        let stretch = AddressSet::range(from, *last);
        grouped.entry(key).or_default().push(stretch);
    }
    let mut groups: Vec<AddressSet> = grouped.values().map(AddressSet::union_of).collect();
    groups.sort_unstable();
    groups
}
