//! All pairs, without storing any: each source once, with its destinations in groups of one port set.
//!
//! Sources are taken 64 at a time. For each word of sources, one pass over the rows of what
//! destinations accept tells which rows speak of whom; a source's answer is then a few words per row.

use std::collections::HashMap;

use crate::bits::{Bits, ones};
use crate::port::PortSet;
use crate::reach::{ClassId, Endpoint, GroupId, Reach};

/// The destinations that a source reaches on the same ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destinations<'a> {
    /// The ports.
    pub ports: &'a PortSet,
    /// The classes that the source reaches on exactly these ports, by number.
    pub classes: Bits,
    /// The groups of addresses that it reaches on exactly these ports.
    pub addresses: Vec<GroupId>,
}

impl Reach {
    /// Visits every endpoint that reaches any, with all that it reaches. Destinations that a source
    /// cannot reach at all are in none of its groups.
    pub fn for_each_source(&self, mut visit: impl FnMut(Endpoint, &[Destinations])) {
        let mut sweep = Sweep::new(self);
        let sources = Bits::range(0, self.first_stranger());
        for (place, word) in sources.words() {
            sweep.load(*place);
            for bit in ones(*word) {
                let source = self.endpoint(place * 64 + bit);
                let found = sweep.destinations(source, bit);
                if !found.is_empty() {
                    let shown: Vec<Destinations> = found
                        .into_iter()
                        .map(|(ports, peers)| self.shown(&sweep.sets[ports as usize], &peers))
                        .collect();
                    visit(source, &shown);
                }
            }
        }
    }

    /// All that one source reaches.
    pub fn destinations(&self, source: Endpoint) -> Vec<(PortSet, Bits, Vec<GroupId>)> {
        let mut sweep = Sweep::new(self);
        let peer = self.peer(source);
        sweep.load(peer / 64);
        sweep
            .destinations(source, peer % 64)
            .into_iter()
            .map(|(ports, peers)| {
                let shown = self.shown(&sweep.sets[ports as usize], &peers);
                (shown.ports.clone(), shown.classes, shown.addresses)
            })
            .collect()
    }

    fn shown<'a>(&self, ports: &'a PortSet, peers: &Bits) -> Destinations<'a> {
        let classes = self.class_bits();
        let addresses = peers.difference(&classes);
        let addresses = addresses
            .iter()
            .filter_map(|peer| match self.endpoint(peer) {
                Endpoint::Addresses(group) => Some(group),
                Endpoint::Class(_) | Endpoint::Stranger(_) => None,
            });
        Destinations {
            ports,
            addresses: addresses.collect(),
            classes: peers.intersection(&classes),
        }
    }
}

/// A pass over all sources in order.
struct Sweep<'a> {
    reach: &'a Reach,
    /// Numbered port sets: those of the rows first, under their own numbers, then their intersections.
    sets: Vec<PortSet>,
    known: HashMap<PortSet, u32>,
    shared: HashMap<(u32, u32), u32>,
    /// What the present 64 sources are told by rows: sources, port set, row.
    heard: Vec<(u64, u32, u32)>,
    /// By port set, the destinations that accept it from the present source: a plain bitset.
    accepting: Vec<Vec<u64>>,
}

impl<'a> Sweep<'a> {
    fn new(reach: &'a Reach) -> Self {
        Sweep {
            reach,
            sets: Vec::new(),
            known: HashMap::new(),
            shared: HashMap::new(),
            heard: Vec::new(),
            accepting: Vec::new(),
        }
    }

    /// Looks up which rows speak of the 64 sources from `64 * place` on.
    fn load(&mut self, place: u32) {
        self.heard.clear();
        for (row, number) in self.reach.ingress.rows.iter().zip(0_u32..) {
            for (ports, peers) in &row.groups {
                let word = peers.word(place);
                if word != 0 {
                    self.heard.push((word, *ports, number));
                }
            }
        }
    }

    /// The destinations of a source of the present 64, by port set.
    fn destinations(&mut self, source: Endpoint, bit: u32) -> Vec<(u32, Bits)> {
        let words = (self.reach.class_table().len() as usize).div_ceil(64);
        let mut touched: Vec<u32> = Vec::new();
        for (sources, ports, row) in &self.heard {
            if sources >> bit & 1 == 0 {
                continue;
            }
            let slot = *ports as usize;
            if self.accepting.len() <= slot {
                self.accepting.resize(slot + 1, Vec::new());
            }
            let plain = &mut self.accepting[slot];
            if !touched.contains(ports) {
                touched.push(*ports);
                plain.clear();
                plain.resize(words, 0);
            }
            for (place, word) in self.reach.ingress.members[*row as usize].words() {
                plain[*place as usize] |= word;
            }
        }
        let mut found: Vec<(u32, Bits)> = Vec::new();
        match source {
            Endpoint::Addresses(_) | Endpoint::Stranger(_) => {
                let everywhere = self.reach.class_bits();
                for accepted in touched {
                    let classes = everywhere.among(&self.accepting[accepted as usize]);
                    let ports = self.number(&self.reach.port_sets().set(accepted).clone());
                    add(&mut found, ports, classes);
                }
            }
            Endpoint::Class(ClassId(class)) => {
                let classes = self.reach.class_table().len();
                let addresses = Bits::range(classes, self.reach.first_stranger());
                for (sent, peers) in &self.reach.egress.row(class).groups {
                    for accepted in &touched {
                        let classes = peers.among(&self.accepting[*accepted as usize]);
                        if !classes.is_empty() {
                            let ports = self.shared(*sent, *accepted);
                            add(&mut found, ports, classes);
                        }
                    }
                    let ports = self.number(&self.reach.port_sets().set(*sent).clone());
                    add(&mut found, ports, peers.intersection(&addresses));
                }
            }
        }
        found.retain(|(ports, _)| !self.sets[*ports as usize].is_none());
        found.sort_unstable_by(|a, b| self.sets[a.0 as usize].cmp(&self.sets[b.0 as usize]));
        found
    }

    /// The number of the ports that are both sent and accepted.
    fn shared(&mut self, sent: u32, accepted: u32) -> u32 {
        if let Some(known) = self.shared.get(&(sent, accepted)) {
            return *known;
        }
        let sets = self.reach.port_sets();
        let both = sets.set(sent).intersection(sets.set(accepted));
        let number = self.number(&both);
        self.shared.insert((sent, accepted), number);
        number
    }

    fn number(&mut self, set: &PortSet) -> u32 {
        if let Some(number) = self.known.get(set) {
            return *number;
        }
        let number = u32::try_from(self.sets.len()).unwrap_or(u32::MAX);
        self.sets.push(set.clone());
        self.known.insert(set.clone(), number);
        number
    }
}

fn add(found: &mut Vec<(u32, Bits)>, ports: u32, peers: Bits) {
    if peers.is_empty() {
        return;
    }
    match found.iter_mut().find(|(known, _)| *known == ports) {
        Some((_, known)) => *known = known.union(&peers),
        None => found.push((ports, peers)),
    }
}
