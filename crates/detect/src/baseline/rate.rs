//! How much an actor does in a minute, and when that is too much.

use serde::{Deserialize, Serialize};

use super::clock::Minute;

/// What is counted by the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Meter {
    /// All calls.
    All,
    /// Calls that change something.
    Changes,
    /// Calls that were refused.
    Refused,
    /// Calls that read secrets.
    SecretReads,
    /// Calls that delete something.
    Deletes,
}

impl Meter {
    /// All meters, in the order of a profile.
    pub(super) const ALL: [Meter; 5] = [
        Meter::All,
        Meter::Changes,
        Meter::Refused,
        Meter::SecretReads,
        Meter::Deletes,
    ];

    /// Fewer in a minute are never too many: below, chance rules.
    fn floor(self) -> f32 {
        match self {
            Meter::All => 600.0,
            Meter::Changes => 60.0,
            Meter::Refused => 10.0,
            Meter::SecretReads => 15.0,
            Meter::Deletes => 12.0,
        }
    }

    /// How much a burst matters beside a new action.
    pub(super) fn weight(self) -> f32 {
        match self {
            Meter::All => 0.4,
            Meter::Changes => 0.6,
            Meter::Refused => 0.8,
            Meter::SecretReads | Meter::Deletes => 1.0,
        }
    }

    /// What is counted, for a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Meter::All => "calls",
            Meter::Changes => "changes",
            Meter::Refused => "refused calls",
            Meter::SecretReads => "reads of secrets",
            Meter::Deletes => "deletions",
        }
    }
}

/// So many minutes back is another minute, and not a late event of the running one.
const MUCH_EARLIER: u32 = 5;

/// Mean and variance of the minutes in which something happened, recent ones weighing more.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Rate {
    /// The running minute, and what it has so far.
    minute: Minute,
    count: u32,
    alarmed: bool,
    pub(super) mean: f32,
    pub(super) variance: f32,
    pub(super) highest: u32,
    pub(super) minutes: u32,
}

/// A minute that holds too much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Burst {
    pub(super) meter: Meter,
    pub(super) count: u32,
    pub(super) limit: f32,
    pub(super) mean: f32,
    pub(super) highest: u32,
    pub(super) minutes: u32,
}

impl Rate {
    /// What was learned, from a file.
    pub(super) fn learned(mean: f32, variance: f32, highest: u32, minutes: u32) -> Self {
        Self {
            mean: mean.max(0.0),
            variance: variance.max(0.0),
            highest,
            minutes,
            ..Self::default()
        }
    }

    /// Takes in what was learned elsewhere: the one that saw more knows the usual better, the highest
    /// is that of both.
    pub(super) fn merge(&mut self, other: Rate) {
        let highest = self.highest.max(other.highest);
        if other.minutes > self.minutes {
            self.mean = other.mean;
            self.variance = other.variance;
            self.minutes = other.minutes;
        }
        self.highest = highest;
    }

    /// Counts one call. The first call of a minute gives back what the minute before came to.
    pub(super) fn add(&mut self, now: Minute) -> Option<u32> {
        let mut closed = None;
        // A clock that was ahead for a moment must not make one minute of all that follows.
        if now > self.minute || self.minute.since(now) > MUCH_EARLIER {
            closed = self.close();
            self.minute = now;
        }
        self.count = self.count.saturating_add(1);
        closed
    }

    /// Learns the running minute. A minute that was too much teaches only the limit it broke, so that
    /// a slow rise is followed and a flood is not taken for normal.
    #[expect(
        clippy::cast_precision_loss,
        reason = "statistics need no seven digits"
    )]
    fn close(&mut self) -> Option<u32> {
        let count = std::mem::take(&mut self.count);
        let alarmed = std::mem::take(&mut self.alarmed);
        if count == 0 || alarmed {
            return None;
        }
        self.minutes = self.minutes.saturating_add(1);
        // As long as there are few samples the mean is the plain one.
        let weight = (1.0 / self.minutes as f32).max(0.02);
        let off = count as f32 - self.mean;
        self.mean += weight * off;
        self.variance = (1.0 - weight) * (self.variance + weight * off * off);
        self.highest = self.highest.max(count);
        Some(count)
    }

    /// The burst that the running minute has become; told once a minute.
    #[expect(
        clippy::cast_precision_loss,
        reason = "statistics need no seven digits"
    )]
    ///
    /// `season` is asked for only when the minute is worth a look.
    pub(super) fn burst(
        &mut self,
        meter: Meter,
        season: impl FnOnce() -> f32,
        mature: bool,
    ) -> Option<Burst> {
        let floor = meter.floor() * if mature { 1.0 } else { 3.0 };
        if self.alarmed || (self.count as f32) < floor {
            return None;
        }
        let expected = season() * (self.mean + 6.0 * self.variance.sqrt());
        let limit = floor.max(expected).max(1.5 * self.highest as f32);
        if self.count as f32 <= limit {
            return None;
        }
        self.alarmed = true;
        Some(Burst {
            meter,
            count: self.count,
            limit,
            mean: self.mean,
            highest: self.highest,
            minutes: self.minutes,
        })
    }
}

/// How busy each hour of the day is for a whole kind of actor: a sale at noon is no burst.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Season {
    sums: [f32; 24],
    minutes: [f32; 24],
}

impl Season {
    /// Takes in what was learned elsewhere.
    pub(super) fn merge(&mut self, other: &Season) {
        // A file may hold anything: what is no amount teaches nothing.
        let amount = |amount: &f32| amount.is_finite() && *amount >= 0.0;
        let hours = self.sums.iter_mut().zip(&mut self.minutes);
        for ((sum, minutes), (more, of)) in hours.zip(other.sums.iter().zip(&other.minutes)) {
            if amount(more) && amount(of) && *of >= 1.0 {
                *sum += more;
                *minutes += of;
            }
        }
    }

    /// True when nothing was learned.
    pub(super) fn is_empty(&self) -> bool {
        self.minutes.iter().all(|minutes| *minutes == 0.0)
    }

    /// Takes in what a minute came to.
    #[expect(
        clippy::cast_precision_loss,
        reason = "statistics need no seven digits"
    )]
    pub(super) fn add(&mut self, now: Minute, count: u32) {
        let hour = now.hour_of_day();
        if let (Some(sum), Some(minutes)) = (self.sums.get_mut(hour), self.minutes.get_mut(hour)) {
            *sum += count as f32;
            *minutes += 1.0;
            if *minutes > 10_000.0 {
                *sum /= 2.0;
                *minutes /= 2.0;
            }
        }
    }

    /// How much more than on average an hour brings; one while too little is known.
    pub(super) fn factor(&self, now: Minute) -> f32 {
        let hour = now.hour_of_day();
        let (sum, minutes) = (
            self.sums.get(hour).copied().unwrap_or_default(),
            self.minutes.get(hour).copied().unwrap_or_default(),
        );
        let all: f32 = self.sums.iter().sum();
        let all_minutes: f32 = self.minutes.iter().sum();
        if minutes < 30.0 || all <= 0.0 {
            return 1.0;
        }
        ((sum / minutes) / (all / all_minutes)).clamp(0.5, 4.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(per_minute: u32, minutes: u32) -> Rate {
        let mut rate = Rate::default();
        for minute in 1..=minutes {
            for _ in 0..per_minute {
                rate.add(Minute(minute));
            }
        }
        rate
    }

    #[test]
    fn a_flood_of_deletions_is_told_once_and_not_learned() {
        let mut rate = filled(2, 100);
        let mut told = Vec::new();
        for _ in 0..50 {
            rate.add(Minute(200));
            told.extend(rate.burst(Meter::Deletes, || 1.0, true));
        }
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].count, told[0].highest), (13, 2));
        rate.add(Minute(201));
        assert_eq!(rate.highest, 2, "the flood taught nothing");
    }

    #[test]
    fn a_clock_that_was_ahead_for_a_moment_makes_no_flood() {
        let mut rate = filled(2, 100);
        rate.add(Minute(2000));
        let mut told = Vec::new();
        for minute in 101..200 {
            rate.add(Minute(minute));
            told.extend(rate.burst(Meter::Deletes, || 1.0, true));
        }
        assert_eq!(told, []);
    }

    #[test]
    fn what_is_always_much_is_no_flood() {
        let mut rate = filled(40, 100);
        for _ in 0..55 {
            rate.add(Minute(200));
            assert_eq!(rate.burst(Meter::Deletes, || 1.0, true), None);
        }
    }

    #[test]
    fn a_busy_hour_allows_more() {
        let mut season = Season::default();
        for minute in 0..60 {
            season.add(Minute(12 * 60 + minute), 90);
            season.add(Minute(3 * 60 + minute), 10);
        }
        assert!(season.factor(Minute(12 * 60)) > 1.7);
        assert!(season.factor(Minute(3 * 60)) < 0.6);
        assert!((season.factor(Minute(5 * 60)) - 1.0).abs() < f32::EPSILON);
    }
}
