//! The inbox: one ranked list of what a person should look at, whatever it came from.
//!
//! A row is an [`Incident`]: it joins what was detected, what is exposed, what changed outside delivery,
//! what fell ill and what is wrong with the objects concerned, around one actor or one workload.

mod action;
mod filter;
mod incident;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

pub use action::{Action, ActionError, Preview};
pub use filter::{Filter, Order, Page};
pub use incident::{
    ActorRef, Comment, Incident, Moment, Rank, Receipt, ReceiptPart, Session, Source, State,
    StateChange, StateKind, Subject, Term,
};

/// What the inbox keeps to its budget of noise, and what that held back.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Budget {
    /// At most so many new incidents are shown a day; 0 for no limit.
    pub per_day: u32,
    /// How many of the last 24 hours are held back, and what they are, the most severe first.
    pub held_back: Vec<String>,
    /// The same in a sentence.
    pub says: String,
}

/// The rows.
#[derive(Debug, Default)]
pub struct Inbox {
    rows: Mutex<BTreeMap<String, Arc<Incident>>>,
    budget: Mutex<Budget>,
}

impl Inbox {
    /// The incidents that fit a filter, in its order, a page of them.
    pub fn list(&self, filter: &Filter) -> Page {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        filter.page(rows.values())
    }

    /// One incident.
    pub fn get(&self, id: &str) -> Option<Arc<Incident>> {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.get(id).cloned()
    }

    /// The budget of noise, and what it held back.
    pub fn budget(&self) -> Budget {
        let budget = self.budget.lock().unwrap_or_else(PoisonError::into_inner);
        budget.clone()
    }
}
