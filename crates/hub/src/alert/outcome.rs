//! What became of alerts that are written down, until whoever wrote them takes note.

use std::sync::{Arc, Mutex, PoisonError};

/// What became of an alert at a sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The sink's name.
    pub sink: String,
    /// The alert's key.
    pub key: String,
    /// `delivered`, `dead` (it is a dead letter now) or `passed-over` (the sink is not meant to hear it).
    pub outcome: &'static str,
}

/// Outcomes that nobody took note of yet; clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Outcomes(Arc<Mutex<Vec<Outcome>>>);

impl Outcomes {
    pub(super) fn add(&self, sink: &str, keys: Vec<String>, outcome: &'static str) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.extend(keys.into_iter().map(|key| Outcome {
            sink: sink.to_owned(),
            key,
            outcome,
        }));
    }

    /// Takes all.
    pub fn take(&self) -> Vec<Outcome> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
