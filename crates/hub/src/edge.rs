//! What every request can reach: the hub, its store, who may ask, counters.

use std::ops::Deref;
use std::sync::Arc;

use catseye_store::Store;
use jiff::Timestamp;
use tokio::sync::Semaphore;

use crate::admit::Admit;
use crate::api::Derivations;
use crate::auth::{Access, Guard};
use crate::hub::Hub;
use crate::intake::Intake;
use crate::intake::sensor::SensorIntake;
use crate::metrics::Metrics;

/// What an [`Edge`] is made of.
#[derive(Debug)]
pub struct EdgeConfig {
    /// How people are known.
    pub access: Access,
    /// The store, for events, history and the log of what users do.
    pub store: Option<Store>,
    /// How audit events come in by webhook; `None` when they do not.
    pub intake: Option<Intake>,
    /// How batches of sensors come in; `None` when they do not.
    pub sensors: Option<SensorIntake>,
    /// Who judges requests before they are stored; `None` when nobody does.
    pub admit: Option<Admit>,
    /// What the hub runs on: `live`, `replay` or `files`.
    pub mode: String,
    /// The configuration in effect, as TOML without secrets, and the file that it comes from.
    pub config: (String, Option<String>),
    /// Questions answered at a time; more wait.
    pub answers_at_once: usize,
    /// Whether connections are encrypted: then cookies are for encrypted ones only.
    pub encrypted: bool,
}

/// What every request can reach; clones are the same.
#[derive(Debug, Clone)]
pub struct Edge(Arc<Inner>);

/// What is behind an [`Edge`].
#[derive(Debug)]
pub struct Inner {
    pub(crate) hub: Hub,
    pub(crate) store: Option<Store>,
    pub(crate) guard: Guard,
    pub(crate) intake: Option<Intake>,
    pub(crate) sensors: Option<SensorIntake>,
    pub(crate) admit: Option<Admit>,
    pub(crate) derived: Derivations,
    pub(crate) metrics: Metrics,
    pub(crate) mode: String,
    pub(crate) config: (String, Option<String>),
    pub(crate) encrypted: bool,
    pub(crate) started: Timestamp,
    /// Differs from run to run, so that no `ETag` of another run is taken for one of this.
    pub(crate) run: String,
    pub(crate) answering: Semaphore,
    /// Closed when the hub ends, so that streams end too.
    pub(crate) ending: tokio::sync::watch::Sender<bool>,
}

impl Edge {
    /// The edge of a hub.
    pub fn new(hub: Hub, config: EdgeConfig) -> Self {
        let EdgeConfig {
            access,
            store,
            intake,
            sensors,
            admit,
            mode,
            config,
            answers_at_once,
            encrypted,
        } = config;
        let started = Timestamp::now();
        Edge(Arc::new(Inner {
            hub,
            store,
            guard: Guard::new(access),
            intake,
            sensors,
            admit,
            derived: Derivations::default(),
            metrics: Metrics::default(),
            mode,
            config,
            encrypted,
            started,
            run: format!("{:x}", started.as_nanosecond()),
            answering: Semaphore::new(answers_at_once.max(1)),
            ending: tokio::sync::watch::channel(false).0,
        }))
    }
}

impl Edge {
    /// What sensors sent; nothing where they are not let in.
    pub fn sensor_figures(&self) -> Option<crate::intake::sensor::Figures> {
        self.sensors.as_ref().map(SensorIntake::figures)
    }

    /// What came in by webhook; nothing where there is none.
    pub fn figures(&self) -> Option<crate::intake::Figures> {
        self.intake.as_ref().map(Intake::figures)
    }
}

impl Deref for Edge {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
