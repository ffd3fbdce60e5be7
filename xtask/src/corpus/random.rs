//! The corpus' only source of chance: `SplitMix64`.
//!
//! Integer arithmetic alone, so a seed gives the same manifests on every machine. Each application
//! draws from a stream of its own (`seed`, application number), hence a smaller corpus is a prefix
//! of a larger one with the same seed.
//!
//! Algorithm: <https://prng.di.unimi.it/splitmix64.c>

const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// A stream of numbers fixed by its seed.
#[derive(Debug, Clone)]
pub(super) struct Random {
    state: u64,
}

impl Random {
    /// The stream numbered `stream` of `seed`; neighbouring streams do not overlap in practice.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let start = Self { state: seed }.word();
        let state = Self {
            state: start ^ stream.wrapping_mul(0xd6e8_feb8_6659_fd93),
        }
        .word();
        Self { state }
    }

    fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN_GAMMA);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `0..bound`; the bias of multiply-shift is far below what a corpus could show.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let product = u128::from(self.word()) * (bound as u128);
        usize::try_from(product >> 64).expect("the high word is below a usize bound")
    }

    /// A number in `low..=high`.
    pub(super) fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of `items`, which must not be empty.
    pub(super) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// One of `items`, each as likely as its weight says.
    pub(super) fn weighted<T: Copy>(&mut self, items: &[(usize, T)]) -> T {
        let total = items.iter().map(|(weight, _)| weight).sum();
        let mut left = self.below(total);
        for &(weight, item) in items {
            if left < weight {
                return item;
            }
            left -= weight;
        }
        unreachable!("`left` starts below the sum of the weights")
    }

    /// `length` characters of `alphabet`, which is ASCII.
    pub(super) fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length)
            .map(|_| char::from(self.pick(alphabet)))
            .collect()
    }

    pub(super) fn hex(&mut self, length: usize) -> String {
        self.text(b"0123456789abcdef", length)
    }

    /// What a generated password or key looks like.
    pub(super) fn token(&mut self, length: usize) -> String {
        self.text(
            b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789",
            length,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stream_is_fixed_by_its_seed() {
        let mut random = Random { state: 0 };
        // The first outputs of the reference implementation for state 0.
        assert_eq!(random.word(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(random.word(), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn below_stays_below() {
        let mut random = Random::new(1, 2);
        assert!((0..1000).all(|_| random.below(7) < 7));
    }
}
