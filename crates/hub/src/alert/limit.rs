//! At most so many messages an hour: a bucket of tokens that fills evenly.

use std::time::Duration;

const HOUR: Duration = Duration::from_hours(1);

/// A bucket. Time is told, not read.
#[derive(Debug)]
pub(super) struct Limit {
    hourly: f64,
    burst: f64,
    tokens: f64,
    last: Duration,
}

impl Limit {
    /// A full bucket; a tenth of the hourly number fits, at least one. 0 for no limit.
    pub(super) fn new(hourly: u32) -> Self {
        let hourly = f64::from(hourly);
        let burst = (hourly / 10.0).max(1.0);
        Limit {
            hourly,
            burst,
            tokens: burst,
            last: Duration::ZERO,
        }
    }

    /// Takes a token at a time since some beginning; false when there is none.
    pub(super) fn take(&mut self, now: Duration) -> bool {
        if self.hourly == 0.0 {
            return true;
        }
        let passed = now.saturating_sub(self.last);
        self.last = now;
        let grown = self.hourly * passed.as_secs_f64() / HOUR.as_secs_f64();
        self.tokens = (self.tokens + grown).min(self.burst);
        let has = self.tokens >= 1.0;
        if has {
            self.tokens -= 1.0;
        }
        has
    }

    /// How long until there is a token.
    pub(super) fn wait(&self) -> Duration {
        if self.hourly == 0.0 || self.tokens >= 1.0 {
            return Duration::ZERO;
        }
        // A little more, so that rounding does not make it come a moment too early.
        HOUR.mul_f64((1.0 - self.tokens) / self.hourly) + Duration::from_millis(10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_at_once_and_the_rest_evenly() {
        let mut limit = Limit::new(60);
        let at = Duration::from_secs;
        let taken = (0..10).filter(|_| limit.take(at(1))).count();
        assert_eq!(taken, 6);
        assert!(limit.wait() > at(50) && limit.wait() <= at(61));
        assert!(!limit.take(at(30)));
        assert!(limit.take(at(62)));
        let taken = (0..100).filter(|_| limit.take(at(7200))).count();
        assert_eq!(taken, 6);
    }

    #[test]
    fn nought_is_no_limit() {
        let mut limit = Limit::new(0);
        assert!((0..1000).all(|_| limit.take(Duration::ZERO)));
    }
}
