//! What people do with an incident, and what that will hide.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a person does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// Take it.
    Acknowledge,
    /// It is done.
    Resolve,
    /// Take the risk until a day.
    Accept {
        /// Why; at least a word.
        reason: String,
        /// Until when; in the future.
        expires: Timestamp,
    },
    /// It is not what it seems.
    FalsePositive {
        /// Why; at least a word.
        reason: String,
    },
    /// It is what a person means: closes what is to be validated.
    Validate,
    /// Open it again.
    Reopen,
    /// Say something.
    Comment {
        /// The words.
        text: String,
    },
}

/// What an action will hide, before it is done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// In a sentence.
    pub says: String,
    /// The other incidents that it hides now.
    pub hides: Vec<String>,
    /// Evidence of this id, of this actor, on these objects will not open an incident again.
    pub patterns: Vec<String>,
}

/// Why an action was not done.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ActionError {
    /// There is no such incident.
    #[error("no incident is called {0:?}")]
    NoSuchIncident(String),
    /// A reason is needed.
    #[error("say why: a reason is kept with the incident")]
    NoReason,
    /// The day has passed.
    #[error("{0} is not in the future: a risk is accepted until a day to come")]
    Expired(Timestamp),
    /// The incident changed meanwhile.
    #[error("the incident is at version {is} by now, not {expected}: read it again")]
    Changed {
        /// The version now.
        is: u64,
        /// The version that was acted on.
        expected: u64,
    },
    /// It could not be kept.
    #[error("failed to store the incident")]
    Store(#[source] Arc<crate::HubError>),
}
