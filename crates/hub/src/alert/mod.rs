//! Alerts: incidents told to other systems.
//!
//! ```text
//!  Alert ─► a queue a sink ─► selected? ─► within the limit? ─► deliver ─┬─► done
//!                                              │ no               ▲      ├─► retry, later
//!                                              └─► counted, told  │      └─► dead letter ─► resend
//!                                                  as one digest ─┘
//! ```
//!
//! Nothing is dropped in silence: what a sink is not meant to hear, what a limit held back, what was
//! given up and what did not fit into a queue is counted; what was given up is kept and can be sent
//! again. A slow sink delays no other.
//!
//! A hub with a store writes alerts down with the incidents that they tell ([`Alerts::offer`]): one whose
//! outcome was not heard before the program ended is told again, under the same key.

pub mod config;
mod dead_letter;
mod http;
mod limit;
mod outcome;
mod selection;
mod sink;
mod template;
mod worker;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use catseye_report::alert::Alert;
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

pub use config::{AlertConfig, ConfigError};
pub use dead_letter::{DeadLetter, DeadLetters};
pub use outcome::{Outcome, Outcomes};
pub use sink::Undelivered;

use sink::Sink;
use worker::Worker;

/// How many alerts may wait for one sink.
const QUEUE: usize = 256;

/// What sinks need of the hub.
#[derive(Clone, Default)]
pub struct Surroundings {
    /// The folder in which dead letters are kept; without one they live as long as the program.
    pub folder: Option<PathBuf>,
    /// The cluster's client, for reports that are written there.
    pub client: Option<catseye_cluster::Client>,
    /// The name under which syslog messages come.
    pub host: String,
}

/// What became of alerts at one sink.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    told: AtomicU64,
    delivered: AtomicU64,
    passed_over: AtomicU64,
    held_back: AtomicU64,
    retried: AtomicU64,
    dead: AtomicU64,
}

/// [`Counters`] at one moment, and the dead letters that wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Alerts that came.
    pub told: u64,
    /// Messages that the other side took.
    pub delivered: u64,
    /// Alerts that the sink is not meant to hear.
    pub passed_over: u64,
    /// Alerts that the limit held back; they are told as a digest.
    pub held_back: u64,
    /// Attempts that failed and were made again.
    pub retried: u64,
    /// Alerts that were given up.
    pub dead: u64,
    /// Dead letters that are kept now.
    pub kept: u64,
    /// Dead letters that gave way to newer ones.
    pub pushed_out: u64,
}

pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// A sink, and what became of alerts there, for people to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkState {
    /// Its name.
    pub name: String,
    /// Its way out: `webhook`, `slack`, …
    pub kind: &'static str,
    /// Where that leads, without what may be a secret.
    pub target: String,
    /// The least severity that is told.
    pub minimum: catseye_model::Severity,
    /// What became of alerts.
    pub counts: Counts,
    /// Why the last one that was given up did not arrive.
    pub last_error: Option<String>,
}

/// An alert on its way to a sink. What becomes of one with a key is told.
#[derive(Debug)]
pub(crate) struct Queued {
    alert: Alert,
    key: Option<String>,
}

/// A running sink.
struct Running {
    config: AlertConfig,
    queue: mpsc::Sender<Queued>,
    sink: Arc<Sink>,
    counters: Arc<Counters>,
    letters: DeadLetters,
    /// Held while dead letters are sent again.
    resending: tokio::sync::Mutex<()>,
    task: JoinHandle<()>,
}

/// All sinks. Dropping it ends them; [`Alerts::finish`] lets them send what waits first.
pub struct Alerts {
    sinks: BTreeMap<String, Running>,
    hurry: watch::Sender<bool>,
    outcomes: Outcomes,
}

/// A sink that is not configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown alert sink {name:?}: the configuration has {}", if known.is_empty() { "none".to_owned() } else { known.join(", ") })]
pub struct UnknownSink {
    /// What was asked for.
    pub name: String,
    /// What there is.
    pub known: Vec<String>,
}

impl Alerts {
    /// Reads secrets, compiles templates and starts a queue a sink. Within a tokio runtime.
    pub fn start(
        configs: &[AlertConfig],
        surroundings: &Surroundings,
    ) -> Result<Self, ConfigError> {
        config::check(configs)?;
        let (hurry, hurried) = watch::channel(false);
        let outcomes = Outcomes::default();
        let mut sinks = BTreeMap::new();
        for config in configs {
            let sink = Arc::new(Sink::of(config, surroundings)?);
            let counters = Arc::new(Counters::default());
            let letters = DeadLetters::open(surroundings.folder.as_deref(), &config.name)
                .map_err(|err| ConfigError::of(config, "", format!("dead letters: {err}")))?;
            let (queue, alerts) = mpsc::channel(QUEUE);
            let worker = Worker {
                config: config.clone(),
                sink: Arc::clone(&sink),
                counters: Arc::clone(&counters),
                letters: letters.clone(),
                hurry: hurried.clone(),
                outcomes: outcomes.clone(),
            };
            let running = Running {
                config: config.clone(),
                queue,
                sink,
                counters,
                letters,
                resending: tokio::sync::Mutex::default(),
                task: tokio::spawn(worker.run(alerts)),
            };
            sinks.insert(config.name.clone(), running);
        }
        Ok(Alerts {
            sinks,
            hurry,
            outcomes,
        })
    }

    /// Tells every sink; never waits.
    pub fn tell(&self, alert: &Alert) {
        for running in self.sinks.values() {
            count(&running.counters.told);
            let queued = Queued {
                alert: alert.clone(),
                key: None,
            };
            if let Err(err) = running.queue.try_send(queued) {
                count(&running.counters.dead);
                let why = match err {
                    mpsc::error::TrySendError::Full(_) => "the queue is full",
                    mpsc::error::TrySendError::Closed(_) => "the sink has ended",
                };
                running.letters.keep(alert, 0, why);
            }
        }
    }

    /// Tells those sinks that show what is what was told before: a new run knows nothing of it.
    pub fn remind(&self, open: &[Alert]) {
        for running in self.sinks.values() {
            let meant = open.iter();
            let meant = meant.filter(|alert| selection::selects(&running.config, alert));
            running.sink.remind(meant);
        }
    }

    /// True when a sink shows what is, so that it has to be reminded.
    pub fn has_state(&self) -> bool {
        let mut sinks = self.sinks.values();
        sinks.any(|running| running.sink.is_state())
    }

    /// The sinks that are meant to hear an alert; what the others are not told is counted.
    pub fn addressees(&self, alert: &Alert) -> Vec<&str> {
        let mut meant = Vec::new();
        for (name, running) in &self.sinks {
            count(&running.counters.told);
            if selection::selects(&running.config, alert) {
                meant.push(name.as_str());
            } else {
                count(&running.counters.passed_over);
            }
        }
        meant
    }

    /// Hands an alert that is written down to a sink; what becomes of it is in [`Alerts::outcomes`], under
    /// its key. False when the sink's queue has no room, or there is no such sink.
    pub fn offer(&self, sink: &str, key: String, alert: Alert) -> bool {
        let queued = Queued {
            alert,
            key: Some(key),
        };
        (self.sinks.get(sink)).is_some_and(|running| running.queue.try_send(queued).is_ok())
    }

    /// What became of alerts that were offered.
    pub fn outcomes(&self) -> Outcomes {
        self.outcomes.clone()
    }

    /// The names of all sinks.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sinks.keys().map(String::as_str)
    }

    /// Sends an example to one sink, or to all: past selection, limit and queue. What each said.
    pub async fn test(
        &self,
        name: Option<&str>,
        cluster: &str,
        now: Timestamp,
    ) -> Result<BTreeMap<String, Result<(), Undelivered>>, UnknownSink> {
        let example = Alert::example(cluster, now);
        let mut said = BTreeMap::new();
        for (name, running) in self.named(name)? {
            said.insert(name.clone(), running.sink.deliver(&example).await);
        }
        Ok(said)
    }

    /// Sends dead letters of one sink, or of all, again; how many arrived and how many did not. A letter is
    /// kept until it arrived. A sink that cannot take one now is not asked for the others: its letters wait
    /// for the next time.
    pub async fn resend(&self, name: Option<&str>) -> Result<(u64, u64), UnknownSink> {
        let (mut arrived, mut failed) = (0, 0);
        for (_, running) in self.named(name)? {
            // Two who ask at once must not send everything twice.
            let _turn = running.resending.lock().await;
            let letters = running.letters.all();
            let mut left = letters.len() as u64;
            for letter in letters {
                match running.sink.deliver(&letter.alert).await {
                    Ok(()) => {
                        running.letters.forget(&letter);
                        count(&running.counters.delivered);
                        arrived += 1;
                        left -= 1;
                    }
                    Err(err) => {
                        running.letters.failed_again(&letter, &err.message);
                        if err.may_succeed_later {
                            break;
                        }
                    }
                }
            }
            failed += left;
        }
        Ok((arrived, failed))
    }

    /// What became of alerts, by sink.
    pub fn counts(&self) -> BTreeMap<String, Counts> {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (self.sinks.iter())
            .map(|(name, running)| {
                let counters = &running.counters;
                let counts = Counts {
                    told: read(&counters.told),
                    delivered: read(&counters.delivered),
                    passed_over: read(&counters.passed_over),
                    held_back: read(&counters.held_back),
                    retried: read(&counters.retried),
                    dead: read(&counters.dead),
                    kept: running.letters.len(),
                    pushed_out: running.letters.pushed_out(),
                };
                (name.clone(), counts)
            })
            .collect()
    }

    /// Every sink, by name.
    pub fn sinks(&self) -> Vec<SinkState> {
        let mut counts = self.counts();
        (self.sinks.iter())
            .map(|(name, running)| {
                let (kind, target) = running.config.target();
                SinkState {
                    name: name.clone(),
                    kind,
                    target,
                    minimum: running.config.minimum,
                    counts: counts.remove(name).unwrap_or_default(),
                    last_error: running.letters.all().pop().map(|letter| letter.error),
                }
            })
            .collect()
    }

    /// What was given up and is kept, by sink.
    pub fn dead_letters(&self) -> BTreeMap<String, Vec<DeadLetter>> {
        (self.sinks.iter())
            .map(|(name, running)| (name.clone(), running.letters.all()))
            .collect()
    }

    /// Sends what waits; what does not arrive within the time becomes a dead letter, or goes on waiting where
    /// it is written down.
    pub async fn finish(self, patience: std::time::Duration) {
        let Alerts { sinks, hurry, .. } = self;
        let tasks: Vec<JoinHandle<()>> =
            (sinks.into_values()).map(|running| running.task).collect();
        let end = async {
            tokio::time::sleep(patience).await;
            hurry.send_replace(true);
            // Held open until all have ended.
            std::future::pending::<()>().await;
        };
        let all = async {
            for task in tasks {
                // A sink that panicked has nothing more to send.
                let _ = task.await;
            }
        };
        tokio::select! {
            () = all => {}
            () = end => {}
        }
    }

    fn named(&self, name: Option<&str>) -> Result<Vec<(&String, &Running)>, UnknownSink> {
        let wanted: Vec<_> = (self.sinks.iter())
            .filter(|(known, _)| name.is_none_or(|name| name == known.as_str()))
            .collect();
        match name {
            Some(name) if wanted.is_empty() => Err(UnknownSink {
                name: name.to_owned(),
                known: self.sinks.keys().cloned().collect(),
            }),
            _ => Ok(wanted),
        }
    }
}
