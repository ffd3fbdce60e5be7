//! Sets of small numbers as their non-zero words.
//!
//! Classes of one namespace stand beside each other and most rules speak of one namespace, so a set
//! is a few words wherever it lies; a set of everything is no larger than a plain bitset twice over.

/// A set of numbers. Words are sorted by place and never zero, so equal sets are equal values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bits {
    words: Vec<(u32, u64)>,
}

impl Bits {
    /// No number.
    pub(crate) const EMPTY: Bits = Bits { words: Vec::new() };

    /// The numbers `start..end`.
    pub(crate) fn range(start: u32, end: u32) -> Self {
        let mut bits = Bits::default();
        if start >= end {
            return bits;
        }
        for place in start / 64..=(end - 1) / 64 {
            let mut word = u64::MAX;
            if place == start / 64 {
                word &= u64::MAX << (start % 64);
            }
            if place == (end - 1) / 64 {
                word &= u64::MAX >> (63 - (end - 1) % 64);
            }
            bits.words.push((place, word));
        }
        bits
    }

    /// Adds a number that is not below any number already here.
    pub(crate) fn push(&mut self, number: u32) {
        let (place, bit) = (number / 64, 1 << (number % 64));
        match self.words.last_mut() {
            Some((last, word)) if *last == place => *word |= bit,
            last => {
                debug_assert!(
                    last.is_none_or(|(last, _)| *last < place),
                    "pushed in order"
                );
                self.words.push((place, bit));
            }
        }
    }

    /// True without numbers.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// How many numbers there are.
    pub fn count(&self) -> usize {
        self.words
            .iter()
            .map(|(_, word)| word.count_ones() as usize)
            .sum()
    }

    /// True when the number belongs to the set.
    pub fn contains(&self, number: u32) -> bool {
        self.word(number / 64) >> (number % 64) & 1 == 1
    }

    /// The 64 numbers from `64 * place` on.
    pub(crate) fn word(&self, place: u32) -> u64 {
        // Full sets are looked up in one step.
        if let Some((at, word)) = self.words.get(place as usize)
            && *at == place
        {
            return *word;
        }
        self.words
            .binary_search_by_key(&place, |(at, _)| *at)
            .map_or(0, |found| self.words[found].1)
    }

    /// The numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words
            .iter()
            .flat_map(|(place, word)| ones(*word).map(move |bit| place * 64 + bit))
    }

    /// The set of these words, which are sorted by place and not zero.
    pub(crate) fn of_words(words: Vec<(u32, u64)>) -> Bits {
        Bits { words }
    }

    /// The words that are not zero, by place.
    pub(crate) fn words(&self) -> &[(u32, u64)] {
        &self.words
    }

    /// The numbers of either set.
    #[must_use]
    pub(crate) fn union(&self, other: &Bits) -> Bits {
        if self.is_empty() {
            return other.clone();
        }
        let mut words = Vec::with_capacity(self.words.len().max(other.words.len()));
        let (mut left, mut right) = (&self.words[..], &other.words[..]);
        while let ([(a, x), left_rest @ ..], [(b, y), right_rest @ ..]) = (left, right) {
            match a.cmp(b) {
                std::cmp::Ordering::Less => {
                    words.push((*a, *x));
                    left = left_rest;
                }
                std::cmp::Ordering::Greater => {
                    words.push((*b, *y));
                    right = right_rest;
                }
                std::cmp::Ordering::Equal => {
                    words.push((*a, x | y));
                    (left, right) = (left_rest, right_rest);
                }
            }
        }
        words.extend_from_slice(left);
        words.extend_from_slice(right);
        Bits { words }
    }

    /// The union of many sets.
    pub(crate) fn union_of(sets: impl IntoIterator<Item = Bits>) -> Bits {
        let mut words: Vec<(u32, u64)> = sets.into_iter().flat_map(|set| set.words).collect();
        words.sort_unstable_by_key(|(place, _)| *place);
        words.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 |= next.1;
            }
            same
        });
        Bits { words }
    }

    /// The numbers of both sets.
    #[must_use]
    pub(crate) fn intersection(&self, other: &Bits) -> Bits {
        let (few, many) = if self.words.len() <= other.words.len() {
            (self, other)
        } else {
            (other, self)
        };
        let mut words = Vec::new();
        let mut rest = &many.words[..];
        for (place, word) in &few.words {
            // A short set against a long one: jump rather than walk.
            let skipped = if rest.len() > 8 * few.words.len() {
                rest.partition_point(|(at, _)| at < place)
            } else {
                rest.iter().take_while(|(at, _)| at < place).count()
            };
            rest = &rest[skipped..];
            if let [(at, other), ..] = rest
                && at == place
                && word & other != 0
            {
                words.push((*place, word & other));
            }
        }
        Bits { words }
    }

    /// The numbers of this set that the other lacks.
    #[must_use]
    pub(crate) fn difference(&self, other: &Bits) -> Bits {
        let mut words = Vec::new();
        let mut rest = &other.words[..];
        for (place, word) in &self.words {
            let skipped = rest.iter().take_while(|(at, _)| at < place).count();
            rest = &rest[skipped..];
            let left = match rest {
                [(at, cut), ..] if at == place => word & !cut,
                _ => *word,
            };
            if left != 0 {
                words.push((*place, left));
            }
        }
        Bits { words }
    }
}

impl FromIterator<u32> for Bits {
    fn from_iter<I: IntoIterator<Item = u32>>(numbers: I) -> Self {
        let mut numbers: Vec<u32> = numbers.into_iter().collect();
        numbers.sort_unstable();
        let mut bits = Bits::default();
        for number in numbers {
            bits.push(number);
        }
        bits
    }
}

/// The places of the ones in a word, ascending.
pub(crate) fn ones(mut word: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let bit = word.trailing_zeros();
        (word != 0).then(|| {
            word &= word - 1;
            bit
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_algebra_is_that_of_sets(
            a in proptest::collection::btree_set(0_u32..700, 0..60),
            b in proptest::collection::btree_set(0_u32..700, 0..60),
            start in 0_u32..300, length in 0_u32..300,
        ) {
            let bits = |set: &BTreeSet<u32>| set.iter().copied().collect::<Bits>();
            let (x, y) = (bits(&a), bits(&b));
            prop_assert_eq!(x.union(&y), bits(&(&a | &b)));
            prop_assert_eq!(Bits::union_of([x.clone(), y.clone()]), bits(&(&a | &b)));
            prop_assert_eq!(x.intersection(&y), bits(&(&a & &b)));
            prop_assert_eq!(x.difference(&y), bits(&(&a - &b)));
            prop_assert_eq!(x.count(), a.len());
            prop_assert!(x.iter().eq(a.iter().copied()));
            prop_assert!((0..700).all(|number| x.contains(number) == a.contains(&number)));
            prop_assert_eq!(Bits::range(start, start + length), (start..start + length).collect());
        }
    }
}
