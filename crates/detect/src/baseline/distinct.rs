//! How many different things an actor touches in an hour, in 64 bytes: `HyperLogLog` with 64 registers,
//! exact enough where it matters (below 100 the estimate is off by about one in ten).

use std::hash::Hasher;

use serde::{Deserialize, Serialize};

use super::clock::Minute;

/// What different ones are counted of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// Secrets read by name.
    Secrets,
    /// Pods that a command was run in.
    Pods,
    /// Namespaces in which something was asked for by name or listed, or refused.
    Namespaces,
}

impl Sort {
    /// All sorts, in the order of a profile.
    pub(super) const ALL: [Sort; 3] = [Sort::Secrets, Sort::Pods, Sort::Namespaces];

    /// Fewer in an hour are never too many.
    fn floor(self) -> f32 {
        match self {
            Sort::Secrets => 6.0,
            Sort::Pods => 5.0,
            Sort::Namespaces => 12.0,
        }
    }

    /// How much it matters beside a new action.
    pub(super) fn weight(self) -> f32 {
        match self {
            Sort::Secrets | Sort::Pods => 1.0,
            Sort::Namespaces => 0.5,
        }
    }

    /// What is counted, for a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Sort::Secrets => "different secrets read",
            Sort::Pods => "different pods entered",
            Sort::Namespaces => "namespaces visited",
        }
    }
}

/// The different things of the running hour, and what an hour usually holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Distinct {
    registers: [u8; 64],
    hour: u32,
    alarmed: bool,
    pub(super) mean: f32,
    pub(super) highest: f32,
    pub(super) hours: u32,
}

impl Default for Distinct {
    fn default() -> Self {
        Self {
            registers: [0; 64],
            hour: 0,
            alarmed: false,
            mean: 0.0,
            highest: 0.0,
            hours: 0,
        }
    }
}

/// An hour that holds too many.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    pub(super) sort: Sort,
    pub(super) count: f32,
    pub(super) mean: f32,
    pub(super) highest: f32,
    pub(super) hours: u32,
}

impl Distinct {
    /// What was learned, from a file.
    pub(super) fn learned(mean: f32, highest: f32, hours: u32) -> Self {
        Self {
            mean: mean.max(0.0),
            highest: highest.max(0.0),
            hours,
            ..Self::default()
        }
    }

    /// Takes in what was learned elsewhere: the one that saw more knows the usual better, the highest
    /// is that of both.
    pub(super) fn merge(&mut self, other: Distinct) {
        let highest = self.highest.max(other.highest);
        if other.hours > self.hours {
            self.mean = other.mean;
            self.hours = other.hours;
        }
        self.highest = highest;
    }

    /// Takes in one thing. True when it changed the estimate.
    pub(super) fn add(&mut self, thing: &[&str], now: Minute) -> bool {
        // Beyond the hour before it is no late event, but a clock that was ahead.
        if now.hour() > self.hour || now.hour() + 1 < self.hour {
            self.close();
            self.hour = now.hour();
        }
        let mut hasher = std::hash::DefaultHasher::new();
        for part in thing {
            hasher.write(part.as_bytes());
            hasher.write_u8(0xff);
        }
        let hash = hasher.finish();
        let rank = u8::try_from((hash >> 6).trailing_zeros() + 1).unwrap_or(58);
        match self.registers.get_mut((hash & 63) as usize) {
            Some(register) if *register < rank => {
                *register = rank;
                true
            }
            _ => false,
        }
    }

    /// Learns the running hour, unless it was too much.
    #[expect(
        clippy::cast_precision_loss,
        reason = "statistics need no seven digits"
    )]
    fn close(&mut self) {
        let count = self.estimate();
        if count > 0.0 && !self.alarmed {
            self.hours = self.hours.saturating_add(1);
            self.mean += (count - self.mean) * (1.0 / self.hours as f32).max(0.05);
            self.highest = self.highest.max(count);
        }
        self.registers = [0; 64];
        self.alarmed = false;
    }

    /// About how many different things the running hour has seen.
    #[expect(clippy::cast_precision_loss, reason = "at most 64 registers")]
    pub(super) fn estimate(&self) -> f32 {
        let sum: f32 = self
            .registers
            .iter()
            .map(|rank| 0.5_f32.powi(i32::from(*rank)))
            .sum();
        let raw = 0.709 * 64.0 * 64.0 / sum;
        let empty = self
            .registers
            .map(|rank| usize::from(rank == 0))
            .iter()
            .sum::<usize>();
        if raw <= 160.0 && empty > 0 {
            // Linear counting is the better estimate as long as many registers are free.
            return 64.0 * (64.0 / empty as f32).ln();
        }
        raw
    }

    /// Whether the hour has become too much; told once an hour.
    pub(super) fn spread(&mut self, sort: Sort, mature: bool) -> Option<Spread> {
        if self.alarmed {
            return None;
        }
        let count = self.estimate();
        let floor = sort.floor() * if mature { 1.0 } else { 2.0 };
        if count <= floor.max(2.0 * self.highest).max(4.0 * self.mean) {
            return None;
        }
        self.alarmed = true;
        Some(Spread {
            sort,
            count,
            mean: self.mean,
            highest: self.highest,
            hours: self.hours,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_sweep_through_secrets_is_told_once() {
        let mut distinct = Distinct::default();
        for hour in 1..50 {
            distinct.add(&["shop", "db"], Minute(hour * 60));
        }
        let mut told = Vec::new();
        for secret in 0..40 {
            distinct.add(&["shop", &format!("secret-{secret}")], Minute(100 * 60));
            told.extend(distinct.spread(Sort::Secrets, true));
        }
        assert_eq!(told.len(), 1);
        assert!(told[0].count < 9.0, "{}", told[0].count);
        assert!(told[0].hours > 40);
    }

    proptest! {
        #[test]
        fn the_estimate_is_close_to_the_truth(count in 1_u16..300) {
            let mut distinct = Distinct::default();
            for thing in 0..count {
                distinct.add(&[&thing.to_string()], Minute(60));
                distinct.add(&[&thing.to_string()], Minute(60));
            }
            let off = (distinct.estimate() - f32::from(count)).abs();
            prop_assert!(off <= 4.0 + 0.5 * f32::from(count), "{} for {count}", distinct.estimate());
        }
    }
}
