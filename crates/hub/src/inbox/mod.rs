//! The inbox: one ranked list of what a person should look at, whatever it came from.
//!
//! ```text
//!  detection ─┐                    ┌─ the same actor or workload, within hours ─► joined
//!  changes ───┼─► Clue ─► where? ──┼─ settled, and back ────────────────────────► reopened
//!  health ────┘                    ├─ what people said is nothing ──────────────► counted, silent
//!                                  └─ else ─────────────────────────────────────► a new row
//! ```
//!
//! A row is an [`Incident`]: it joins what was detected, what is exposed, what changed outside delivery,
//! what fell ill and what is wrong with the objects concerned, around one actor or one workload.

mod action;
mod budget;
mod clue;
mod detected;
mod filter;
mod incident;
mod rank;
mod rows;
#[cfg(test)]
mod tests;
mod told;
mod words;

use std::sync::{Arc, Mutex, PoisonError};

pub use action::{Action, ActionError, Preview};
pub use budget::Budget;
pub(crate) use clue::Clue;
pub(crate) use detected::{kind_of, plural};
pub use filter::{Filter, Order, Page};
pub use incident::{
    ActorRef, Comment, Incident, Moment, Rank, Receipt, ReceiptPart, Session, Source, State,
    StateChange, StateKind, Subject, Term,
};
pub(crate) use rows::{Facts, MOST_ROWS, Rows, Touched};
pub use told::Told;
pub(crate) use told::alert;

/// The rows, to be read.
#[derive(Debug, Default)]
pub struct Inbox {
    pub(crate) rows: Mutex<Rows>,
}

impl Inbox {
    /// The incidents that fit a filter, in its order, a page of them.
    pub fn list(&self, filter: &Filter) -> Page {
        self.locked(|rows| filter.page(rows.all()))
    }

    /// One incident.
    pub fn get(&self, id: &str) -> Option<Arc<Incident>> {
        self.locked(|rows| rows.get(id))
    }

    /// The budget of noise, and what it held back.
    pub fn budget(&self) -> Budget {
        self.locked(|rows| rows.budget().clone())
    }

    pub(crate) fn locked<T>(&self, with: impl FnOnce(&mut Rows) -> T) -> T {
        with(&mut self.rows.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
