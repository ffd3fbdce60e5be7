//! Event time in the two grains that profiles need: minutes and days since 1970, UTC.

use jiff::Timestamp;

/// Minutes since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Minute(pub(super) u32);

/// Days since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Day(pub(super) u16);

impl Minute {
    /// The minute of a time; what was before 1970 or is after 2149 is taken as that.
    pub(super) fn of(time: Timestamp) -> Self {
        let minutes = time.as_second().div_euclid(60);
        Self(u32::try_from(minutes.clamp(0, i64::from(u16::MAX) * 1440)).unwrap_or(0))
    }

    pub(super) fn day(self) -> Day {
        Day(u16::try_from(self.0 / 1440).unwrap_or(u16::MAX))
    }

    /// Hours since 1970.
    pub(super) fn hour(self) -> u32 {
        self.0 / 60
    }

    pub(super) fn hour_of_day(self) -> usize {
        (self.0 / 60 % 24) as usize
    }

    /// Minutes since an earlier one; nothing when it is later.
    pub(super) fn since(self, earlier: Minute) -> u32 {
        self.0.saturating_sub(earlier.0)
    }

    /// The time at which the minute began.
    pub(super) fn time(self) -> Timestamp {
        Timestamp::from_second(i64::from(self.0) * 60).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

impl Day {
    /// Days since an earlier one; nothing when it is later.
    pub(super) fn since(self, earlier: Day) -> u16 {
        self.0.saturating_sub(earlier.0)
    }

    pub(super) fn plus(self, days: u16) -> Day {
        Day(self.0.saturating_add(days))
    }

    /// Saturday or Sunday: 1 January 1970 was a Thursday.
    pub(super) fn is_weekend(self) -> bool {
        matches!((self.0 + 3) % 7, 5 | 6)
    }

    /// The date, as `2026-11-23`.
    pub(super) fn date(self) -> String {
        let time = Timestamp::from_second(i64::from(self.0) * 86_400);
        time.map_or_else(
            |_| String::new(),
            |time| time.strftime("%Y-%m-%d").to_string(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_knows_its_day_and_hour() {
        let minute = Minute::of("2026-11-21T13:45:59Z".parse().unwrap());
        assert_eq!(minute.day().date(), "2026-11-21");
        assert_eq!(minute.hour_of_day(), 13);
        assert_eq!(minute.time().to_string(), "2026-11-21T13:45:00Z");
        assert!(minute.day().is_weekend());
        assert!(!minute.day().plus(2).is_weekend());
    }

    #[test]
    fn no_time_is_too_odd() {
        assert_eq!(Minute::of(Timestamp::MIN), Minute(0));
        assert_eq!(Minute::of(Timestamp::MAX).day(), Day(u16::MAX));
    }
}
