//! All pairs, without storing any: each source once, with its destinations in groups of one port set.
//!
//! Sources are taken 64 at a time. For each word of sources, one pass over the rows of what
//! destinations accept tells which rows speak of whom. That is a table of destinations by sources; turned
//! over in blocks of 64 by 64 bits, it is each source's destinations as words, so that a source costs
//! words, not destinations.

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

/// Who accepts one port set from the present 64 sources.
struct Accepting {
    ports: u32,
    /// Blocks of 64 destinations that accept it from any, by place, ascending: for each of the 64
    /// sources the word of destinations.
    blocks: Vec<(u32, [u64; 64])>,
}

/// A pass over all sources in order.
struct Sweep<'a> {
    reach: &'a Reach,
    /// Numbered port sets: those that are both sent and accepted.
    sets: Vec<PortSet>,
    known: HashMap<PortSet, u32>,
    /// By the numbers of what is sent and of what is accepted; `None` where nothing passes.
    shared: HashMap<(u32, u32), Option<u32>>,
    /// What the present 64 sources are accepted by, by port set.
    accepting: Vec<Accepting>,
    /// For each destination the sources that it accepts; empty between uses.
    column: Vec<u64>,
}

impl<'a> Sweep<'a> {
    fn new(reach: &'a Reach) -> Self {
        let classes = reach.class_table().len() as usize;
        Sweep {
            reach,
            sets: Vec::new(),
            known: HashMap::new(),
            shared: HashMap::new(),
            accepting: Vec::new(),
            column: vec![0; classes.next_multiple_of(64)],
        }
    }

    /// Looks up who accepts what from the 64 sources from `64 * place` on.
    fn load(&mut self, place: u32) {
        let mut heard: Vec<(u64, u32, u32)> = Vec::new();
        for (row, number) in self.reach.ingress.rows.iter().zip(0_u32..) {
            for (ports, peers) in &row.groups {
                let word = peers.word(place);
                if word != 0 {
                    heard.push((word, *ports, number));
                }
            }
        }
        heard.sort_unstable_by_key(|(_, ports, row)| (*ports, *row));
        self.accepting.clear();
        for rows in heard.chunk_by(|a, b| a.1 == b.1) {
            let mut touched: Vec<u32> = Vec::new();
            for (sources, _, row) in rows {
                for (block, word) in self.reach.ingress.members[*row as usize].words() {
                    touched.push(*block);
                    for bit in ones(*word) {
                        self.column[(*block * 64 + bit) as usize] |= sources;
                    }
                }
            }
            touched.sort_unstable();
            touched.dedup();
            let blocks = touched
                .into_iter()
                .map(|block| {
                    let start = block as usize * 64;
                    let mut bits = [0; 64];
                    bits.copy_from_slice(&self.column[start..start + 64]);
                    self.column[start..start + 64].fill(0);
                    turn_over(&mut bits);
                    (block, bits)
                })
                .collect();
            self.accepting.push(Accepting {
                ports: rows[0].1,
                blocks,
            });
        }
    }

    /// The destinations of a source of the present 64.
    fn destinations(&mut self, source: Endpoint, bit: u32) -> Vec<Found> {
        let accepting = std::mem::take(&mut self.accepting);
        let mut found: Vec<Found> = Vec::new();
        let mut words: Vec<(u32, u64)> = Vec::new();
        for table in &accepting {
            words.clear();
            let own = table
                .blocks
                .iter()
                .map(|(place, block)| (*place, block[bit as usize]));
            words.extend(own.filter(|(_, word)| *word != 0));
            if !words.is_empty() {
                self.split(source, table.ports, &words, &mut found);
            }
        }
        self.accepting = accepting;
        if let Endpoint::Class(ClassId(class)) = source {
            self.add_addresses(class, &mut found);
        }
        found
    }

    /// Splits the destinations that accept one port set from a source by what the source sends to them.
    fn split(
        &mut self,
        source: Endpoint,
        accepted: u32,
        accepting: &[(u32, u64)],
        found: &mut Vec<Found>,
    ) {
        match source {
            Endpoint::Addresses(_) | Endpoint::Stranger(_) => {
                let ports = self.number(&self.reach.port_sets().set(accepted).clone());
                add_classes(found, ports, Bits::of_words(accepting.to_vec()));
            }
            Endpoint::Class(ClassId(class)) => {
                for (sent, peers) in &self.reach.egress.row(class).groups {
                    let Some(ports) = self.shared(*sent, accepted) else {
                        continue;
                    };
                    let words = accepting.iter().filter_map(|(place, word)| {
                        let both = peers.word(*place) & word;
                        (both != 0).then_some((*place, both))
                    });
                    add_classes(found, ports, Bits::of_words(words.collect()));
                }
            }
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

/// Turns a square of bits over its diagonal: halves swap corners, then halves of halves.
fn turn_over(bits: &mut [u64; 64]) {
    let (mut width, mut mask) = (32, 0x0000_0000_ffff_ffff_u64);
    while width > 0 {
        let mut row = 0;
        while row < 64 {
            let swapped = ((bits[row] >> width) ^ bits[row + width]) & mask;
            bits[row] ^= swapped << width;
            bits[row + width] ^= swapped;
            row = (row + width + 1) & !width;
        }
        width /= 2;
        mask ^= mask << width;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turning_over_swaps_rows_and_columns() {
        let mut seed = 7_u64;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            seed ^ seed >> 29
        };
        let before: [u64; 64] = std::array::from_fn(|_| next());
        let mut after = before;
        turn_over(&mut after);
        for (row, word) in before.iter().enumerate() {
            for (column, turned) in after.iter().enumerate() {
                assert_eq!(word >> column & 1, turned >> row & 1, "{row} {column}");
            }
        }
    }
}
