//! What becomes known and belongs into a row.

use catseye_detect::incident::Scene;
use catseye_model::ObjectKey;
use jiff::Timestamp;

use super::incident::{ActorRef, Moment, Session};

/// Pieces of evidence that belong together.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Clue {
    /// Names what it comes from, where that goes on growing: a later clue of this name replaces it.
    pub(crate) origin: Option<String>,
    /// Who did it, where that is known.
    pub(crate) actor: Option<ActorRef>,
    /// What it is about, with the role that each plays.
    pub(crate) subjects: Vec<(ObjectKey, String)>,
    /// The evidence.
    pub(crate) moments: Vec<Moment>,
    /// From where and with what.
    pub(crate) sessions: Vec<Session>,
    /// What to do.
    pub(crate) advice: Vec<String>,
    /// A person has to say whether it is meant.
    pub(crate) to_validate: bool,
    /// What ran and talked around it.
    pub(crate) scene: Option<Scene>,
}

impl Clue {
    pub(crate) fn first(&self) -> Option<Timestamp> {
        self.moments.iter().map(|moment| moment.first).min()
    }

    pub(crate) fn last(&self) -> Option<Timestamp> {
        self.moments.iter().map(|moment| moment.last).max()
    }
}
