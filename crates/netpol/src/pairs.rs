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
                    visit(source, &sweep.shown(found));
                }
            }
        }
    }

    /// All that one source reaches.
    pub fn destinations(&self, source: Endpoint) -> Vec<(PortSet, Bits, Vec<GroupId>)> {
        let mut sweep = Sweep::new(self);
        let peer = self.peer(source);
        sweep.load(peer / 64);
        let found = sweep.destinations(source, peer % 64);
        sweep
            .shown(found)
            .into_iter()
            .map(|group| (group.ports.clone(), group.classes, group.addresses))
            .collect()
    }
}

/// What a source reaches on one port set, by the set's number.
#[derive(Default)]
struct Found {
    ports: u32,
    classes: Bits,
    addresses: Vec<GroupId>,
}

/// A pass over all sources in order.
struct Sweep<'a> {
    reach: &'a Reach,
    /// Numbered port sets: those that are both sent and accepted.
    sets: Vec<PortSet>,
    known: HashMap<PortSet, u32>,
    /// By the numbers of what is sent and of what is accepted; `None` where nothing passes.
    shared: HashMap<(u32, u32), Option<u32>>,
    /// What rows tell of the present 64 sources, by port set: sources, port set, row.
    heard: Vec<(u64, u32, u32)>,
    /// The destinations that accept one port set from one source: a plain bitset, empty between uses,
    /// and the places of its words that are not zero.
    accepting: Vec<u64>,
    places: Vec<u32>,
}

impl<'a> Sweep<'a> {
    fn new(reach: &'a Reach) -> Self {
        Sweep {
            reach,
            sets: Vec::new(),
            known: HashMap::new(),
            shared: HashMap::new(),
            heard: Vec::new(),
            accepting: vec![0; (reach.class_table().len() as usize).div_ceil(64)],
            places: Vec::new(),
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
        self.heard
            .sort_unstable_by_key(|(_, ports, row)| (*ports, *row));
    }

    /// The destinations of a source of the present 64.
    fn destinations(&mut self, source: Endpoint, bit: u32) -> Vec<Found> {
        let heard = std::mem::take(&mut self.heard);
        let mut found: Vec<Found> = Vec::new();
        for rows in heard.chunk_by(|a, b| a.1 == b.1) {
            self.gather(rows, bit);
            if !self.places.is_empty() {
                self.split(source, rows[0].1, &mut found);
            }
        }
        self.heard = heard;
        if let Endpoint::Class(ClassId(class)) = source {
            self.add_addresses(class, &mut found);
        }
        found
    }

    /// Collects the destinations that accept one port set from a source.
    fn gather(&mut self, rows: &[(u64, u32, u32)], bit: u32) {
        for (sources, _, row) in rows {
            if sources >> bit & 1 == 0 {
                continue;
            }
            for (place, word) in self.reach.ingress.members[*row as usize].words() {
                let slot = &mut self.accepting[*place as usize];
                if *slot == 0 {
                    self.places.push(*place);
                }
                *slot |= word;
            }
        }
        self.places.sort_unstable();
    }

    /// Splits the collected destinations by what the source sends to them, and forgets them.
    fn split(&mut self, source: Endpoint, accepted: u32, found: &mut Vec<Found>) {
        match source {
            Endpoint::Addresses(_) | Endpoint::Stranger(_) => {
                let ports = self.number(&self.reach.port_sets().set(accepted).clone());
                let words = self
                    .places
                    .iter()
                    .map(|place| (*place, self.accepting[*place as usize]));
                add_classes(found, ports, Bits::of_words(words.collect()));
            }
            Endpoint::Class(ClassId(class)) => {
                for (sent, peers) in &self.reach.egress.row(class).groups {
                    let Some(ports) = self.shared(*sent, accepted) else {
                        continue;
                    };
                    let words = self.places.iter().filter_map(|place| {
                        let both = peers.word(*place) & self.accepting[*place as usize];
                        (both != 0).then_some((*place, both))
                    });
                    add_classes(found, ports, Bits::of_words(words.collect()));
                }
            }
        }
        for place in self.places.drain(..) {
            self.accepting[place as usize] = 0;
        }
    }

    /// Adds the addresses that a source may send to: nobody there decides what is accepted.
    fn add_addresses(&mut self, class: u32, found: &mut Vec<Found>) {
        let first = self.reach.class_table().len();
        for (sent, peers) in &self.reach.egress.row(class).groups {
            let groups = (first..self.reach.first_stranger()).filter(|peer| peers.contains(*peer));
            let groups: Vec<GroupId> = groups.map(|peer| GroupId(peer - first)).collect();
            if groups.is_empty() {
                continue;
            }
            let ports = self.number(&self.reach.port_sets().set(*sent).clone());
            match found.iter_mut().find(|known| known.ports == ports) {
                Some(known) => known.addresses.extend(groups),
                None => found.push(Found {
                    ports,
                    addresses: groups,
                    ..Found::default()
                }),
            }
        }
    }

    fn shown(&self, mut found: Vec<Found>) -> Vec<Destinations<'_>> {
        found
            .sort_unstable_by(|a, b| self.sets[a.ports as usize].cmp(&self.sets[b.ports as usize]));
        found
            .into_iter()
            .map(|group| Destinations {
                ports: &self.sets[group.ports as usize],
                classes: group.classes,
                addresses: group.addresses,
            })
            .collect()
    }

    /// The number of the ports that are both sent and accepted; `None` where there are none.
    fn shared(&mut self, sent: u32, accepted: u32) -> Option<u32> {
        if let Some(known) = self.shared.get(&(sent, accepted)) {
            return *known;
        }
        let sets = self.reach.port_sets();
        let both = sets.set(sent).intersection(sets.set(accepted));
        let number = (!both.is_none()).then(|| self.number(&both));
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

fn add_classes(found: &mut Vec<Found>, ports: u32, classes: Bits) {
    if classes.is_empty() {
        return;
    }
    match found.iter_mut().find(|known| known.ports == ports) {
        Some(known) => known.classes = known.classes.union(&classes),
        None => found.push(Found {
            ports,
            classes,
            ..Found::default()
        }),
    }
}
