//! How long to wait after a failure: twice as long each time, and never all at once.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(800);
const LONGEST: Duration = Duration::from_secs(30);

/// The waits of one kind.
#[derive(Debug)]
pub(super) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub(super) fn new() -> Self {
        Backoff { next: FIRST }
    }

    /// The next wait; at least what the server asked for.
    pub(super) fn wait(&mut self, asked: Option<Duration>) -> Duration {
        let wait = jittered(self.next);
        self.next = (self.next * 2).min(LONGEST);
        // The jitter is added to what the server asked for, so that nobody comes too early and not
        // all come at once.
        asked.map_or(wait, |asked| (asked + jittered(FIRST)).max(wait))
    }

    /// It worked: the next failure waits little again.
    pub(super) fn reset(&mut self) {
        self.next = FIRST;
    }
}

/// Between half of a time and the whole.
pub(super) fn jittered(time: Duration) -> Duration {
    // Without randomness the wait is whole: later, never wrong.
    let part = getrandom::u32().map_or(1.0, |random| f64::from(random) / f64::from(u32::MAX));
    time.mul_f64(0.5 + part / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_half_a_minute_and_begin_anew_after_success() {
        let mut backoff = Backoff::new();
        for _ in 0..10 {
            backoff.wait(None);
        }
        let wait = backoff.wait(None);
        assert!(wait >= LONGEST / 2 && wait <= LONGEST, "{wait:?}");
        backoff.reset();
        assert!(backoff.wait(None) <= FIRST);
    }

    #[test]
    fn nobody_comes_earlier_than_the_server_asked() {
        let mut backoff = Backoff::new();
        for _ in 0..100 {
            assert!(backoff.wait(Some(Duration::from_secs(40))) >= Duration::from_secs(40));
        }
    }
}
