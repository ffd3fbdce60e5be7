//! The queue of one sink: selection, limit, attempts, and what is given up.

use std::sync::Arc;
use std::time::Duration;

use catseye_report::alert::{Alert, Reason};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::config::AlertConfig;
use super::limit::Limit;
use super::selection::selects;
use super::sink::{Sink, Undelivered};
use super::{Counters, DeadLetters, Outcomes, Queued, count};

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(1);

pub(super) struct Worker {
    pub(super) config: AlertConfig,
    pub(super) sink: Arc<Sink>,
    pub(super) counters: Arc<Counters>,
    pub(super) letters: DeadLetters,
    /// True when the program ends and nothing is tried any more.
    pub(super) hurry: watch::Receiver<bool>,
    pub(super) outcomes: Outcomes,
}

/// What the limit held back.
#[derive(Default)]
struct Held {
    count: u64,
    worst: Option<Alert>,
    keys: Vec<String>,
}

impl Worker {
    pub(super) async fn run(self, mut alerts: mpsc::Receiver<Queued>) {
        let began = Instant::now();
        let mut limit = Limit::new(self.config.hourly);
        let mut held = Held::default();
        let mut digest_at = None;
        loop {
            let alert = tokio::select! {
                alert = alerts.recv() => alert,
                () = sleep_until(digest_at.unwrap_or(began)), if digest_at.is_some() => {
                    digest_at = None;
                    if limit.take(began.elapsed()) {
                        self.digest(&mut held).await;
                    } else {
                        digest_at = Some(Instant::now() + limit.wait());
                    }
                    continue;
                }
            };
            let Some(Queued { alert, key }) = alert else {
                // The program ends: what was held back is told now or kept.
                self.digest(&mut held).await;
                return;
            };
            if !selects(&self.config, &alert) {
                count(&self.counters.passed_over);
                self.settle(Vec::from_iter(key), "passed-over");
            } else if self.sink.is_state() || limit.take(began.elapsed()) {
                self.deliver(&alert, Vec::from_iter(key)).await;
            } else {
                count(&self.counters.held_back);
                held.add(alert, key);
                digest_at.get_or_insert(Instant::now() + limit.wait());
            }
        }
    }

    async fn digest(&self, held: &mut Held) {
        let mut held = std::mem::take(held);
        let keys = std::mem::take(&mut held.keys);
        if let Some(digest) = held.digest() {
            self.deliver(&digest, keys).await;
        }
    }

    fn settle(&self, keys: Vec<String>, outcome: &'static str) {
        self.outcomes.add(&self.config.name, keys, outcome);
    }

    /// Tries until it arrives, cannot arrive, or was tried often enough. `keys` are those of the alerts that
    /// are told by it, as far as they are written down.
    async fn deliver(&self, alert: &Alert, keys: Vec<String>) {
        let mut hurry = self.hurry.clone();
        let mut wait = FIRST;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let outcome = tokio::select! {
                biased;
                _ = hurry.wait_for(|hurry| *hurry) => {
                    if !keys.is_empty() {
                        // It is written down, and told by the next run.
                        return;
                    }
                    Err(Undelivered::never("the program ended"))
                }
                outcome = self.sink.deliver(alert) => outcome,
            };
            let Err(err) = outcome else {
                count(&self.counters.delivered);
                self.settle(keys, "delivered");
                return;
            };
            if !err.may_succeed_later || attempts >= self.config.attempts {
                count(&self.counters.dead);
                // One that is not on the disk waits on in the store: the next run tells it.
                if self.letters.keep(alert, attempts, &err.message) {
                    self.settle(keys, "dead");
                }
                return;
            }
            count(&self.counters.retried);
            let pause = err.retry_after.unwrap_or_default().max(jittered(wait));
            tokio::select! {
                () = sleep(pause) => {}
                _ = hurry.wait_for(|hurry| *hurry) => {}
            }
            wait = (wait * 2).min(LONGEST);
        }
    }
}

impl Held {
    fn add(&mut self, alert: Alert, key: Option<String>) {
        self.count += 1;
        self.keys.extend(key);
        if (self.worst.as_ref()).is_none_or(|worst| alert.severity > worst.severity) {
            self.worst = Some(alert);
        }
    }

    /// One alert for all of them: the worst, and how many more there are.
    fn digest(self) -> Option<Alert> {
        let worst = self.worst?;
        if self.count == 1 {
            return Some(worst);
        }
        Some(Alert {
            reason: Reason::Digest,
            title: format!(
                "{} alerts were held back; the worst: {}",
                self.count, worst.title
            ),
            ..worst
        })
    }
}

/// Between half of a time and the whole.
fn jittered(time: Duration) -> Duration {
    let part = getrandom::u32().map_or(1.0, |random| f64::from(random) / f64::from(u32::MAX));
    time.mul_f64(0.5 + part / 2.0)
}
