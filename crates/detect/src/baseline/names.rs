//! Values by number: every text that profiles remember is kept once for the whole cluster.
//!
//! ```text
//!  (Action, "list secrets", "shop") ──► NameId 17     profiles hold 4 bytes instead of 40
//! ```

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hasher as _};

use super::facet::Facet;

/// The number of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct NameId(pub(super) u32);

/// What all values become that came after the last number was given away. It is never new, so that
/// a flood of invented names ends in silence about names and not in a flood of alarms.
pub(super) const OTHER: NameId = NameId(0);

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// What kind of value it is.
    pub(super) facet: Facet,
    /// The value: `list secrets`.
    pub(super) text: Box<str>,
    /// The namespace it belongs to, where it belongs to one.
    pub(super) place: Box<str>,
}

/// All values. No number is ever given twice, and the texts of at most `limit` values are kept.
#[derive(Debug, Clone)]
pub(super) struct Names {
    /// By the hash of facet, text and place; a collision moves on to the next free hash.
    numbers: HashMap<u64, NameId, foldhash::fast::FixedState>,
    /// Seeded anew in every run, so that nobody can prepare collisions; numbers do not depend on it.
    hashing: foldhash::fast::RandomState,
    all: Vec<Name>,
    limit: usize,
}

impl Names {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            numbers: HashMap::default(),
            hashing: foldhash::fast::RandomState::default(),
            all: vec![Name {
                facet: Facet::Action,
                text: "something else".into(),
                place: "".into(),
            }],
            limit,
        }
    }

    /// The number of a value, a new one if need be.
    pub(super) fn number(&mut self, facet: Facet, text: &str, place: &str) -> NameId {
        let mut hash = self.hash(facet, text, place);
        while let Some(&id) = self.numbers.get(&hash) {
            if self.get(id).is(facet, text, place) {
                return id;
            }
            hash = hash.wrapping_add(1);
        }
        if self.all.len() >= self.limit {
            return OTHER;
        }
        let Ok(number) = u32::try_from(self.all.len()) else {
            return OTHER;
        };
        self.all.push(Name {
            facet,
            text: text.into(),
            place: place.into(),
        });
        self.numbers.insert(hash, NameId(number));
        NameId(number)
    }

    /// A text as it came, by its hash in this run; never zero, which stands for "none yet".
    pub(super) fn raw(&self, text: &str) -> u64 {
        self.hashing.hash_one(text) | 1
    }

    fn hash(&self, facet: Facet, text: &str, place: &str) -> u64 {
        let mut hasher = self.hashing.build_hasher();
        hasher.write_u8(facet as u8);
        hasher.write(text.as_bytes());
        hasher.write_u8(0xff);
        hasher.write(place.as_bytes());
        hasher.finish()
    }

    /// The number of the same value regardless of namespace.
    pub(super) fn anywhere(&mut self, id: NameId) -> NameId {
        let Name { facet, text, place } = self.get(id).clone();
        if place.is_empty() {
            return id;
        }
        self.number(facet, &text, "")
    }

    /// The value behind a number.
    pub(super) fn get(&self, id: NameId) -> &Name {
        // Numbers come from `number` alone; the first name is there from the beginning.
        self.all.get(id.0 as usize).unwrap_or(&self.all[0])
    }
}

impl Name {
    fn is(&self, facet: Facet, text: &str, place: &str) -> bool {
        self.facet == facet && &*self.text == text && &*self.place == place
    }

    /// `list secrets in shop`.
    pub(super) fn words(&self) -> String {
        if self.place.is_empty() {
            self.text.to_string()
        } else {
            format!("{} in {}", self.text, self.place)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_keeps_its_number() {
        let mut names = Names::new(100);
        let shop = names.number(Facet::Action, "list secrets", "shop");
        let all = names.number(Facet::Action, "list secrets", "");
        assert_ne!(shop, all);
        assert_eq!(names.number(Facet::Action, "list secrets", "shop"), shop);
        assert_eq!(names.anywhere(shop), all);
        assert_eq!(names.anywhere(all), all);
        assert_eq!(names.get(shop).words(), "list secrets in shop");
    }

    #[test]
    fn a_flood_of_names_ends_in_one_that_is_never_new() {
        let mut names = Names::new(10);
        let ids: Vec<NameId> = (0..50)
            .map(|n| names.number(Facet::Source, &format!("10.0.{n}.0/24"), ""))
            .collect();
        assert_eq!(ids[8], NameId(9));
        assert!(ids[9..].iter().all(|&id| id == OTHER));
        assert_eq!(names.number(Facet::Source, "10.0.0.0/24", ""), ids[0]);
    }
}
