//! The handle: takes in what happens, hands out what is known.

use std::sync::{Arc, PoisonError, RwLock};

use catseye_model::{Completeness, Delta, RedactionKey};
use jiff::Timestamp;
use serde::Serialize;

use crate::clock::Clock;
use crate::coverage::Coverage;
use crate::feed::Feed;
use crate::inbox::{Action, ActionError, Inbox, Incident, Preview};
use crate::paths::Paths;
use crate::stats::Stats;
use crate::world::World;

/// How the hub judges.
#[derive(Debug, Clone)]
pub struct HubConfig {
    /// The cluster's name, shown beside every answer.
    pub cluster: String,
    /// How much of the cluster the deltas show.
    pub completeness: Completeness,
    /// At most so many new incidents are shown a day; 0 for no limit.
    pub incidents_a_day: u32,
    /// The key under which values of secrets in audit events are hashed.
    pub redaction_key: RedactionKey,
}

/// Why the hub could not be opened or go on.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The store failed.
    #[error("failed to use the store: {0}")]
    Store(String),
    /// What the store holds of a part cannot be read.
    #[error("failed to read {part} from the store: {detail}")]
    Kept {
        /// Which part.
        part: &'static str,
        /// What is wrong with it.
        detail: String,
    },
}

/// What became of a batch of audit events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Observed {
    /// Events that were judged.
    pub events: u64,
    /// Records that gave no event.
    pub unreadable: u64,
}

/// Whether the hub can work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Health {
    /// It can answer.
    pub ready: bool,
    /// What is wrong or not done yet, in words; empty when all is well.
    pub troubles: Vec<String>,
}

/// The running hub; clones are the same hub.
#[derive(Debug, Clone)]
pub struct Hub(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: HubConfig,
    clock: Clock,
    world: RwLock<Arc<World>>,
    inbox: Inbox,
    feed: Feed,
}

impl Hub {
    /// A hub that knows nothing yet.
    pub fn open(config: HubConfig, clock: Clock) -> Result<Self, HubError> {
        let now = clock.now();
        Ok(Hub(Arc::new(Inner {
            config,
            clock,
            world: RwLock::new(Arc::new(World::empty(now))),
            inbox: Inbox::default(),
            feed: Feed::default(),
        })))
    }

    /// How it judges.
    pub fn config(&self) -> &HubConfig {
        &self.0.config
    }

    /// What time it is for the hub.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Takes in what a watcher saw; when it returns, [`Hub::world`] holds it and it is stored.
    pub fn apply(&self, _deltas: Vec<Delta>) -> Result<(), HubError> {
        Ok(())
    }

    /// Takes in a piece of an audit log (any shape that `catseye audit` reads), which may end in the
    /// middle of a record. `source` names the stream: pieces of one stream belong together. When it
    /// returns, what it came to is in the inbox and stored.
    pub fn observe(&self, _source: &str, _bytes: &[u8]) -> Result<Observed, HubError> {
        Ok(Observed::default())
    }

    /// Everything known, as it is now. Never waits.
    pub fn world(&self) -> Arc<World> {
        let world = self.0.world.read().unwrap_or_else(PoisonError::into_inner);
        world.clone()
    }

    /// Everything known as it was at a time, from the history in the store; worlds asked for lately are
    /// kept. Reads the store: in async code, call it from `spawn_blocking`.
    pub fn world_at(&self, _time: Timestamp) -> Result<Arc<World>, HubError> {
        Ok(self.world())
    }

    /// The ways of attack that were computed last, with the version of the world that they are of;
    /// `None` before the first time.
    pub fn paths(&self) -> Option<Arc<Paths>> {
        None
    }

    /// The list of incidents.
    pub fn inbox(&self) -> &Inbox {
        &self.0.inbox
    }

    /// What an action would hide.
    pub fn preview(&self, id: &str, _action: &Action) -> Result<Preview, ActionError> {
        Err(ActionError::NoSuchIncident(id.to_owned()))
    }

    /// Acts on an incident on behalf of somebody. `expected` is the version that they saw, where they
    /// say it.
    pub fn act(
        &self,
        id: &str,
        _action: Action,
        _by: &str,
        _expected: Option<u64>,
    ) -> Result<Arc<Incident>, ActionError> {
        Err(ActionError::NoSuchIncident(id.to_owned()))
    }

    /// Numbered changes.
    pub fn feed(&self) -> &Feed {
        &self.0.feed
    }

    /// What is seen and what is not.
    pub fn coverage(&self) -> Coverage {
        self.world().coverage().clone()
    }

    /// Whether it can work.
    pub fn health(&self) -> Health {
        Health {
            ready: true,
            troubles: Vec::new(),
        }
    }

    /// Counters.
    pub fn stats(&self) -> Stats {
        Stats::default()
    }
}
