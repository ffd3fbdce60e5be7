//! What time it is: the machine's time, or that of a recording that is played.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// A source of the present.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's own.
    #[default]
    System,
    /// Told from outside, in microseconds: a recording, or a test.
    Told(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at a time until it is set.
    pub fn told(time: Timestamp) -> Self {
        Clock::Told(Arc::new(AtomicI64::new(time.as_microsecond())))
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::System => Timestamp::now(),
            Clock::Told(told) => Timestamp::from_microsecond(told.load(Ordering::Acquire))
                .unwrap_or(Timestamp::UNIX_EPOCH),
        }
    }

    /// Sets a told clock, which never goes back; the machine's own is left alone.
    pub fn set(&self, time: Timestamp) {
        if let Clock::Told(told) = self {
            told.fetch_max(time.as_microsecond(), Ordering::AcqRel);
        }
    }
}
