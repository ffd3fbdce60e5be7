//! The story's time: days of the story pass in seconds, and every real instant has its place in them.

use jiff::{SignedDuration, Timestamp};

/// A moment of the story: seconds since its first midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub i64);

/// Seconds in a day.
pub const DAY: i64 = 86_400;
/// Seconds in an hour.
pub const HOUR: i64 = 3_600;
/// Seconds in a minute.
pub const MINUTE: i64 = 60;

impl Moment {
    /// `hour:minute` of the story's day number `day`, from 0.
    pub const fn at(day: i64, hour: i64, minute: i64) -> Self {
        Self(day * DAY + hour * HOUR + minute * MINUTE)
    }

    /// Later by so many seconds.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0 + seconds)
    }
}

/// The affine map between real time and the story's.
///
/// Invariant: `factor` is at least 1, so that the story never runs slower than the clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clock {
    /// The real instant at which the story begins.
    pub start: Timestamp,
    /// The story's first midnight, UTC.
    pub epoch: Timestamp,
    /// How many seconds of the story pass in a real one.
    pub factor: i64,
}

impl Clock {
    /// The real instant of a moment of the story.
    pub fn real(&self, moment: Moment) -> Timestamp {
        let nanos = i128::from(moment.0) * 1_000_000_000 / i128::from(self.factor.max(1));
        self.start + SignedDuration::from_nanos_i128(nanos)
    }

    /// What the story's calendar shows at a real instant.
    pub fn story(&self, real: Timestamp) -> Timestamp {
        let passed = real.duration_since(self.start).as_nanos() * i128::from(self.factor.max(1));
        self.epoch + SignedDuration::from_nanos_i128(passed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        Clock {
            start: "2026-01-01T12:00:00Z".parse().unwrap(),
            epoch: "2026-11-23T00:00:00Z".parse().unwrap(),
            factor: 1920,
        }
    }

    #[test]
    fn a_day_passes_in_forty_five_seconds() {
        let real: Timestamp = "2026-01-01T12:00:45Z".parse().unwrap();
        assert_eq!(clock().story(real).to_string(), "2026-11-24T00:00:00Z");
        assert_eq!(clock().real(Moment::at(1, 0, 0)), real);
    }

    #[test]
    fn what_was_before_the_start_is_before_the_epoch() {
        let real: Timestamp = "2026-01-01T11:59:59.5Z".parse().unwrap();
        assert_eq!(clock().story(real).to_string(), "2026-11-22T23:44:00Z");
    }
}
