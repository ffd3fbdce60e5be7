//! Sets of verbs, as bits.

use std::fmt;
use std::ops::BitOr;

/// A set of verbs.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Verbs(u16);

/// The verbs, each by its bit.
const NAMES: [&str; 8] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
];

pub(crate) const GET: Verbs = Verbs(1);
pub(crate) const LIST: Verbs = Verbs(2);
pub(crate) const WATCH: Verbs = Verbs(4);
pub(crate) const CREATE: Verbs = Verbs(8);
pub(crate) const PATCH: Verbs = Verbs(32);
/// `delete` and `deletecollection`: one object or many, gone is gone.
pub(crate) const DELETE: Verbs = Verbs(64 | 128);
pub(crate) const READ: Verbs = Verbs(1 | 2 | 4);
pub(crate) const WRITE: Verbs = Verbs(8 | 16 | 32);
pub(crate) const CHANGE: Verbs = Verbs(16 | 32);
pub(crate) const ALTER: Verbs = Verbs(8 | 16 | 32 | 64 | 128);
/// Whatever else a log may hold, such as the methods of non-resource requests.
const OTHER: Verbs = Verbs(1 << NAMES.len());
pub(crate) const ANY_VERB: Verbs = Verbs((1 << (NAMES.len() + 1)) - 1);

impl Verbs {
    /// How many bits there are.
    pub(super) const BITS: usize = NAMES.len() + 1;

    /// The set of one verb.
    pub(crate) fn of(verb: &str) -> Self {
        NAMES
            .iter()
            .position(|name| *name == verb)
            .map_or(OTHER, |bit| Verbs(1 << bit))
    }

    /// True when a verb is in both.
    pub(crate) fn meets(self, other: Verbs) -> bool {
        self.0 & other.0 != 0
    }

    /// True when the verb of that bit is in the set.
    pub(super) fn has(self, bit: usize) -> bool {
        self.0 & (1 << bit) != 0
    }

    /// The index of the lowest verb in the set.
    pub(super) fn index(self) -> usize {
        self.0.trailing_zeros() as usize
    }
}

impl BitOr for Verbs {
    type Output = Verbs;

    fn bitor(self, other: Verbs) -> Verbs {
        Verbs(self.0 | other.0)
    }
}

impl Verbs {
    /// `|` where constants are made.
    pub(crate) const fn or(self, other: Verbs) -> Verbs {
        Verbs(self.0 | other.0)
    }
}

/// `create, update or patch`; `any verb`.
impl fmt::Display for Verbs {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == ANY_VERB {
            return out.write_str("any verb");
        }
        let names: Vec<&str> = NAMES
            .into_iter()
            .enumerate()
            .filter(|(bit, _)| self.0 & (1 << bit) != 0)
            .map(|(_, name)| name)
            .collect();
        match names.as_slice() {
            [] => out.write_str("other verbs"),
            [name] => out.write_str(name),
            [first @ .., last] => write!(out, "{} or {last}", first.join(", ")),
        }
    }
}

impl fmt::Debug for Verbs {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Verbs({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_read_as_words() {
        assert_eq!(WRITE.to_string(), "create, update or patch");
        assert_eq!(DELETE.to_string(), "delete or deletecollection");
        assert_eq!(GET.to_string(), "get");
        assert_eq!(ANY_VERB.to_string(), "any verb");
    }

    #[test]
    fn every_verb_is_in_the_set_of_all() {
        for verb in NAMES.into_iter().chain(["post", "head", ""]) {
            assert!(ANY_VERB.meets(Verbs::of(verb)), "{verb}");
        }
        assert!(!WRITE.meets(Verbs::of("post")));
    }
}
