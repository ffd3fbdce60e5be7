//! One request, one judgement: the stages of a request share an id and must not count twice.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hasher as _};

use catseye_event::Event;
use catseye_event::audit::Stage;

/// How many requests are remembered whose answer has started but not ended.
const STARTED: usize = 8192;

/// Which requests were judged when their answer started.
#[derive(Debug, Clone, Default)]
pub(crate) struct Requests {
    /// Two generations, so that forgetting is cheap and memory bounded.
    started: [HashSet<u64>; 2],
}

impl Requests {
    /// True at the first stage that tells the outcome of a request: when the answer of a long-running
    /// one starts, else when it is complete.
    pub(crate) fn is_first_outcome(&mut self, event: &Event<'_>) -> bool {
        let id = || {
            let mut hasher = DefaultHasher::new();
            hasher.write(event.audit_id().as_bytes());
            hasher.finish()
        };
        match event.stage() {
            Stage::RequestReceived => false,
            Stage::ResponseStarted => {
                if !event.audit_id().is_empty() {
                    let [young, old] = &mut self.started;
                    young.insert(id());
                    if young.len() > STARTED {
                        *old = std::mem::take(young);
                    }
                }
                true
            }
            Stage::ResponseComplete | Stage::Panic => {
                self.started.iter().all(HashSet::is_empty) || {
                    let id = id();
                    !self
                        .started
                        .iter_mut()
                        .any(|generation| generation.remove(&id))
                }
            }
        }
    }
}
