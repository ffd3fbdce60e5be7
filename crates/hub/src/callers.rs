//! How often each user called, as far as this run saw it.

use std::collections::HashMap;

use catseye_event::Event;
use catseye_event::audit::Stage;
use jiff::Timestamp;

/// Users that are counted; who comes later is not.
const MOST: usize = 100_000;

/// Calls by user name.
#[derive(Debug, Default)]
pub(crate) struct Callers(HashMap<Box<str>, Calls>);

/// The calls of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calls {
    /// How many.
    pub count: u64,
    /// The last of them.
    pub last: Timestamp,
}

impl Callers {
    /// Counts a call once, whatever stages of it are told.
    pub(crate) fn note(&mut self, event: &Event<'_>) {
        if matches!(
            event.stage(),
            Stage::RequestReceived | Stage::ResponseStarted
        ) {
            return;
        }
        let Some(time) = event.time() else { return };
        let name = &*event.user().username;
        if let Some(calls) = self.0.get_mut(name) {
            calls.count += 1;
            calls.last = calls.last.max(time);
        } else if self.0.len() < MOST {
            let first = Calls {
                count: 1,
                last: time,
            };
            self.0.insert(name.into(), first);
        }
    }

    pub(crate) fn of(&self, name: &str) -> Option<Calls> {
        self.0.get(name).copied()
    }
}
