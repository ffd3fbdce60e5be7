//! Audit events by webhook: on the disk before the answer, judged after it.
//!
//! ```text
//!  POST /audit ─► queue (bounded) ─► spool: one write and sync for all that wait ─► answer 200
//!                                       └─► judge: hub.observe, in order ─► spool forgets
//! ```
//!
//! What is full refuses with 429, and the API server sends again. After a kill, what the spool still
//! holds is judged first. How far it was judged is written to the store together with what that came to, so
//! nothing is lost and nothing doubled.

pub mod sensor;
mod spool;
pub mod tail;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::oneshot;

use self::spool::{Spool, Written};
use crate::auth::Token;
use crate::hub::Hub;

pub use spool::SpoolError;

/// The name of the stream that the webhook is.
const SOURCE: &str = "webhook";

/// How long to wait before a batch that the hub could not take is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// How audit events come in.
#[derive(Debug, Clone)]
pub struct IntakeConfig {
    /// Where batches wait on the disk; in memory only when there is none: then the answer waits for the
    /// judge.
    pub folder: Option<PathBuf>,
    /// Bytes that may wait.
    pub most_bytes: usize,
    /// The token that the API server sends.
    pub token: Token,
}

/// Takes audit events in; clones are the same.
#[derive(Debug, Clone)]
pub struct Intake(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    token: Token,
    most_bytes: u64,
    is_spooled: bool,
    state: Mutex<State>,
    wake: Condvar,
    ended: AtomicBool,
    batches: AtomicU64,
    bytes: AtomicU64,
    waiting: AtomicU64,
    waiting_bytes: AtomicU64,
    /// The last batch that asked for room found none.
    is_full: AtomicBool,
    shed: AtomicU64,
    failed: AtomicU64,
    resumed: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    /// Not on the disk yet.
    arriving: VecDeque<(Bytes, oneshot::Sender<bool>)>,
    /// To be judged, in order.
    judging: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    bytes: Bytes,
    /// Its place in the spool.
    written: Option<Written>,
    /// Whom to tell once it is judged, where there is no spool.
    answer: Option<oneshot::Sender<bool>>,
}

/// What came in and what waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Batches taken in.
    pub batches: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Batches that wait.
    pub waiting: u64,
    /// Their bytes.
    pub waiting_bytes: u64,
    /// Batches refused because the queue was full.
    pub shed: u64,
    /// Times that a batch could not be judged and was tried again.
    pub failed: u64,
    /// Batches of an earlier run.
    pub resumed: u64,
    /// There was no room for the last batch.
    pub is_full: bool,
}

/// Why a batch was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// Too much waits.
    #[error("too many batches wait to be judged")]
    Full,
    /// It could not be written.
    #[error("the batch could not be kept")]
    NotKept,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Intake {
    /// Opens the intake: what an earlier run left is put before all that is to come.
    pub fn open(hub: Hub, config: IntakeConfig) -> Result<Self, SpoolError> {
        let IntakeConfig {
            folder,
            most_bytes,
            token,
        } = config;
        let mut state = State::default();
        let spool = match folder {
            None => None,
            Some(folder) => {
                let known = hub
                    .position(SOURCE)
                    .map_err(|err| SpoolError::Position(Box::new(err)))?;
                let known = known.and_then(|text| Written::read(&text));
                let (spool, left) = Spool::open(&folder, known)?;
                for (bytes, written) in left {
                    state.judging.push_back(Waiting {
                        bytes: bytes.into(),
                        written: Some(written),
                        answer: None,
                    });
                }
                Some(spool)
            }
        };
        let resumed = state.judging.len() as u64;
        let left: u64 = state.judging.iter().map(|it| it.bytes.len() as u64).sum();
        let intake = Intake(Arc::new(Inner {
            token,
            most_bytes: most_bytes as u64,
            is_spooled: spool.is_some(),
            state: Mutex::new(state),
            wake: Condvar::new(),
            ended: AtomicBool::new(false),
            batches: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            waiting: AtomicU64::new(resumed),
            waiting_bytes: AtomicU64::new(left),
            is_full: AtomicBool::new(false),
            shed: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            resumed: AtomicU64::new(resumed),
        }));
        let (done, finished) = std::sync::mpsc::channel();
        if let Some(mut spool) = spool {
            let intake = intake.clone();
            thread::Builder::new()
                .name("intake-spool".to_owned())
                .spawn(move || intake.write(&mut spool, &finished))
                .map_err(SpoolError::Thread)?;
        }
        let judging = intake.clone();
        thread::Builder::new()
            .name("intake-judge".to_owned())
            .spawn(move || judging.judge(&hub, &done))
            .map_err(SpoolError::Thread)?;
        Ok(intake)
    }

    /// Whether a sender's token is the right one.
    pub(crate) fn knows(&self, token: &Token) -> bool {
        self.0.token.is(token)
    }

    /// Takes a batch: when it returns, the batch is on the disk (or judged, where there is no spool).
    pub async fn take(&self, bytes: Bytes) -> Result<(), NotTaken> {
        let size = bytes.len() as u64;
        let waiting = self.0.waiting_bytes.fetch_add(size, Ordering::AcqRel);
        let is_full = waiting > 0 && waiting + size > self.0.most_bytes;
        self.0.is_full.store(is_full, Ordering::Relaxed);
        if is_full {
            self.0.waiting_bytes.fetch_sub(size, Ordering::AcqRel);
            self.0.shed.fetch_add(1, Ordering::Relaxed);
            return Err(NotTaken::Full);
        }
        self.0.waiting.fetch_add(1, Ordering::AcqRel);
        let (answer, answered) = oneshot::channel();
        {
            let mut state = locked(&self.0.state);
            if self.0.is_spooled {
                state.arriving.push_back((bytes, answer));
            } else {
                state.judging.push_back(Waiting {
                    bytes,
                    written: None,
                    answer: Some(answer),
                });
            }
            self.0.wake.notify_all();
        }
        match answered.await {
            Ok(true) => {
                self.0.batches.fetch_add(1, Ordering::Relaxed);
                self.0.bytes.fetch_add(size, Ordering::Relaxed);
                Ok(())
            }
            Ok(false) | Err(_) => Err(NotTaken::NotKept),
        }
    }

    /// Writes what arrives, all that waits in one go, and answers.
    fn write(&self, spool: &mut Spool, finished: &std::sync::mpsc::Receiver<Written>) {
        loop {
            let arrived: Vec<(Bytes, oneshot::Sender<bool>)> = {
                let mut state = locked(&self.0.state);
                // Looks up now and then, to forget what was judged while nothing arrived.
                if state.arriving.is_empty() && !self.0.ended.load(Ordering::Acquire) {
                    let waited = self.0.wake.wait_timeout(state, RETRY);
                    state = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
                state.arriving.drain(..).collect()
            };
            for written in finished.try_iter() {
                spool.forget(written);
            }
            if arrived.is_empty() {
                if self.0.ended.load(Ordering::Acquire) {
                    return;
                }
                continue;
            }
            match spool.append(arrived.iter().map(|(bytes, _)| &**bytes)) {
                Ok(places) => {
                    let mut state = locked(&self.0.state);
                    for ((bytes, answer), written) in arrived.into_iter().zip(places) {
                        state.judging.push_back(Waiting {
                            bytes,
                            written: Some(written),
                            answer: None,
                        });
                        // The sender may have gone; it will send again.
                        let _ = answer.send(true);
                    }
                    self.0.wake.notify_all();
                }
                Err(err) => {
                    tracing::error!(error = %err, "failed to keep audit events");
                    for (bytes, answer) in arrived {
                        self.leave(bytes.len());
                        let _ = answer.send(false);
                    }
                }
            }
        }
    }

    /// Judges batches in their order.
    fn judge(&self, hub: &Hub, done: &std::sync::mpsc::Sender<Written>) {
        loop {
            let next = {
                let mut state = locked(&self.0.state);
                loop {
                    if self.0.ended.load(Ordering::Acquire) {
                        return;
                    }
                    if let Some(next) = state.judging.pop_front() {
                        break next;
                    }
                    state = self
                        .0
                        .wake
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            };
            // A record is over at the end of its line, and batches have none of their own.
            let mut batch = next.bytes.to_vec();
            batch.push(b'\n');
            let position = next.written.map(|written| written.to_string());
            let mut kept = hub.observe_until(SOURCE, &batch, position).map(|_| ());
            // It is judged; it only has to be written.
            while let Err(err) = kept {
                tracing::error!(error = %err, "failed to keep audit events, trying again");
                self.0.failed.fetch_add(1, Ordering::Relaxed);
                thread::sleep(RETRY);
                if self.0.ended.load(Ordering::Acquire) {
                    return;
                }
                kept = hub.flush();
            }
            self.leave(next.bytes.len());
            if let Some(answer) = next.answer {
                let _ = answer.send(true);
            }
            if let Some(written) = next.written {
                // The writer may have ended before; the spool is read again at the next start.
                let _ = done.send(written);
            }
        }
    }

    fn leave(&self, bytes: usize) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
        self.0
            .waiting_bytes
            .fetch_sub(bytes as u64, Ordering::AcqRel);
    }

    /// What came in and what waits.
    pub fn figures(&self) -> Figures {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let waiting_bytes = read(&self.0.waiting_bytes);
        Figures {
            batches: read(&self.0.batches),
            bytes: read(&self.0.bytes),
            waiting: read(&self.0.waiting),
            waiting_bytes,
            shed: read(&self.0.shed),
            failed: read(&self.0.failed),
            resumed: read(&self.0.resumed),
            is_full: waiting_bytes > 0 && self.0.is_full.load(Ordering::Relaxed),
        }
    }

    /// Ends both threads once they have finished what they are at; the spool keeps the rest.
    pub fn end(&self) {
        self.0.ended.store(true, Ordering::Release);
        self.0.wake.notify_all();
    }
}
