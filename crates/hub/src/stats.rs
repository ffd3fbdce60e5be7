//! Counters of every stage, for `/metrics`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;

/// A snapshot of the counters.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Stats {
    /// The version of the world.
    pub world_version: u64,
    /// Objects in the world.
    pub objects: u64,
    /// Findings in the world.
    pub findings: u64,
    /// Incidents that are open.
    pub incidents_open: u64,
    /// Deltas taken in.
    pub deltas: u64,
    /// Deltas that held no object.
    pub deltas_unreadable: u64,
    /// Audit events taken in.
    pub events: u64,
    /// Events that matched a rule or broke a baseline.
    pub events_telling: u64,
    /// Each stage: how often and how long in all.
    pub stages: Vec<Stage>,
}

/// One stage of the work.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Stage {
    /// Its name: `index`, `judge`, `rbac`, `network`, `graph`, `events`, `store`.
    pub name: &'static str,
    /// How often it ran.
    pub runs: u64,
    /// How long in all, in seconds.
    pub seconds: f64,
}

/// A stage being counted.
#[derive(Debug)]
pub(crate) struct StageCounter {
    name: &'static str,
    runs: AtomicU64,
    nanos: AtomicU64,
}

impl StageCounter {
    pub(crate) const fn new(name: &'static str) -> Self {
        StageCounter {
            name,
            runs: AtomicU64::new(0),
            nanos: AtomicU64::new(0),
        }
    }

    pub(crate) fn add(&self, took: Duration) {
        self.runs.fetch_add(1, Ordering::Relaxed);
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Stage {
        Stage {
            name: self.name,
            runs: self.runs.load(Ordering::Relaxed),
            seconds: Duration::from_nanos(self.nanos.load(Ordering::Relaxed)).as_secs_f64(),
        }
    }
}
