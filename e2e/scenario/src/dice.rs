//! Seeded chance: each part of the plan throws its own dice, so that a change of one part leaves the
//! others as they were.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Random numbers that a seed and a name fix.
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// The dice of the part `name` of a plan.
    pub fn new(seed: u64, name: &str) -> Self {
        let mut bytes = [0_u8; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        // Names are short and told apart by their first letters; what is longer is folded in.
        for (place, byte) in name.bytes().enumerate() {
            bytes[8 + place % 24] ^= byte;
        }
        Self(ChaCha8Rng::from_seed(bytes))
    }

    /// A number from `low` up to and without `high`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high.saturating_sub(low)).unwrap_or(0).max(1);
        // The bias of the remainder is below 2^-40 for any span used here.
        low.saturating_add_unsigned(self.0.next_u64() % span)
    }

    /// True in `percent` of a hundred throws.
    pub fn chance(&mut self, percent: i64) -> bool {
        self.between(0, 100) < percent
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let place = self.between(0, i64::try_from(from.len()).unwrap_or(1));
        &from[usize::try_from(place).unwrap_or(0)]
    }

    /// All of them, in an order of chance.
    pub fn shuffled<T: Clone>(&mut self, from: &[T]) -> Vec<T> {
        let mut left = from.to_vec();
        let mut order = Vec::with_capacity(left.len());
        while !left.is_empty() {
            let place = self.between(0, i64::try_from(left.len()).unwrap_or(1));
            order.push(left.remove(usize::try_from(place).unwrap_or(0)));
        }
        order
    }

    /// A random id in the form of a UUID.
    pub fn uuid(&mut self) -> String {
        let (high, low) = (self.0.next_u64(), self.0.next_u64());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            (low >> 48) & 0xfff,
            low & 0xffff_ffff_ffff
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_and_name_give_the_same_throws() {
        let throw = |seed, name| {
            let mut dice = Dice::new(seed, name);
            (0..8).map(|_| dice.between(0, 1000)).collect::<Vec<_>>()
        };
        assert_eq!(throw(1, "oncall"), throw(1, "oncall"));
        assert_ne!(throw(1, "oncall"), throw(2, "oncall"));
        assert_ne!(throw(1, "oncall"), throw(1, "deploys"));
    }

    #[test]
    fn shuffling_keeps_every_member() {
        let mut order = Dice::new(7, "x").shuffled(&[1, 2, 3, 4, 5]);
        order.sort_unstable();
        assert_eq!(order, [1, 2, 3, 4, 5]);
    }
}
