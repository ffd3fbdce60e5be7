//! Batches of node sensors: read, judged and written before they are answered.
//!
//! ```text
//!  POST /intake/runtime ─► unpacked, read ─► queue (bounded) ─► hub.observe_runtime, all that wait ─► 200
//! ```
//!
//! A sensor keeps a batch on its own disk until it is answered, so the hub needs no folder for them. What is
//! full refuses with 429; what is sent twice is told by its numbers.

use std::collections::VecDeque;
use std::io::Read as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use bytes::Bytes;
use catseye_sensor::transport::{Batch, BatchError};
use tokio::sync::oneshot;

use super::SpoolError;
use crate::auth::Token;
use crate::hub::{Hub, is_node_name};

/// The largest batch, unpacked.
const LONGEST: u64 = 64 << 20;
/// So many batches are judged and written as one.
const TOGETHER: usize = 64;

/// Shown by a connection whose client has a certificate of the hub's own authority, made for sensors.
#[derive(Debug, Clone, Copy)]
pub struct SensorCertificate;

/// How batches of sensors come in.
#[derive(Debug, Clone)]
pub struct SensorIntakeConfig {
    /// The token that sensors send which have no certificate.
    pub token: Token,
    /// Bytes of batches, unpacked, that may wait.
    pub most_bytes: usize,
}

/// Takes batches in; clones are the same.
#[derive(Debug, Clone)]
pub struct SensorIntake(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    token: Token,
    most_bytes: u64,
    waiting: Mutex<VecDeque<Waiting>>,
    wake: Condvar,
    ended: AtomicBool,
    waiting_bytes: AtomicU64,
    batches: AtomicU64,
    bytes: AtomicU64,
    events: AtomicU64,
    again: AtomicU64,
    missing: AtomicU64,
    shed: AtomicU64,
    unreadable: AtomicU64,
    failed: AtomicU64,
}

#[derive(Debug)]
struct Waiting {
    batch: Batch,
    size: u64,
    answer: oneshot::Sender<bool>,
}

/// What came in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Batches taken.
    pub batches: u64,
    /// Their bytes, as they were sent.
    pub bytes: u64,
    /// Events taken.
    pub events: u64,
    /// Events that were sent again and passed over.
    pub again: u64,
    /// Events whose numbers never came.
    pub missing: u64,
    /// Bytes that wait, unpacked.
    pub waiting_bytes: u64,
    /// Batches refused because too much waited.
    pub shed: u64,
    /// Batches refused because they could not be read.
    pub unreadable: u64,
    /// Times that what was judged could not be written.
    pub failed: u64,
    /// No room is left.
    pub is_full: bool,
}

/// Why a batch was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotSensed {
    /// It cannot be unpacked or is no batch.
    #[error("{0}")]
    Unreadable(#[source] Unreadable),
    /// It is larger than any batch.
    #[error("the batch is larger than {LONGEST} bytes")]
    TooLarge,
    /// It is of nobody.
    #[error("{0:?} is no name of a node")]
    Node(String),
    /// Too much waits.
    #[error("too many batches wait to be judged")]
    Full,
    /// It could not be written.
    #[error("the batch could not be kept")]
    NotKept,
}

/// Why a batch cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is not packed as it says.
    #[error("it is no zstd stream")]
    Packed(#[source] std::io::Error),
    /// It is no text.
    #[error("it is not UTF-8")]
    Text(#[source] std::string::FromUtf8Error),
    /// It is no batch.
    #[error("it is no batch of events")]
    Batch(#[source] BatchError),
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SensorIntake {
    /// Opens the intake of a hub.
    pub fn open(hub: Hub, config: SensorIntakeConfig) -> Result<Self, SpoolError> {
        let intake = SensorIntake(Arc::new(Inner {
            token: config.token,
            most_bytes: config.most_bytes as u64,
            waiting: Mutex::default(),
            wake: Condvar::new(),
            ended: AtomicBool::new(false),
            waiting_bytes: AtomicU64::new(0),
            batches: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            events: AtomicU64::new(0),
            again: AtomicU64::new(0),
            missing: AtomicU64::new(0),
            shed: AtomicU64::new(0),
            unreadable: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        }));
        let judging = intake.clone();
        thread::Builder::new()
            .name("intake-sensors".to_owned())
            .spawn(move || judging.judge(&hub))
            .map_err(SpoolError::Thread)?;
        Ok(intake)
    }

    /// Whether a sender's token is the right one.
    pub(crate) fn knows(&self, token: &Token) -> bool {
        self.0.token.is(token)
    }

    /// Takes a batch: when it returns, the batch is judged and written.
    pub async fn take(&self, bytes: Bytes, packed: bool) -> Result<(), NotSensed> {
        let sent = bytes.len() as u64;
        // Unpacking is what costs, so it is refused too while there is no room.
        self.enter(sent)?;
        let read = tokio::task::spawn_blocking(move || read(&bytes, packed)).await;
        self.leave(sent);
        let (batch, size) = match read {
            Ok(Ok(read)) => read,
            Ok(Err(err)) => {
                self.0.unreadable.fetch_add(1, Ordering::Relaxed);
                return Err(err);
            }
            Err(_) => return Err(NotSensed::NotKept),
        };
        self.enter(size)?;
        let (answer, answered) = oneshot::channel();
        {
            let mut waiting = locked(&self.0.waiting);
            waiting.push_back(Waiting {
                batch,
                size,
                answer,
            });
            self.0.wake.notify_all();
        }
        match answered.await {
            Ok(true) => {
                self.0.batches.fetch_add(1, Ordering::Relaxed);
                self.0.bytes.fetch_add(sent, Ordering::Relaxed);
                Ok(())
            }
            Ok(false) | Err(_) => Err(NotSensed::NotKept),
        }
    }

    fn enter(&self, size: u64) -> Result<(), NotSensed> {
        let waiting = self.0.waiting_bytes.fetch_add(size, Ordering::AcqRel);
        if waiting > 0 && waiting + size > self.0.most_bytes {
            self.leave(size);
            self.0.shed.fetch_add(1, Ordering::Relaxed);
            return Err(NotSensed::Full);
        }
        Ok(())
    }

    fn leave(&self, size: u64) {
        self.0.waiting_bytes.fetch_sub(size, Ordering::AcqRel);
    }

    /// Judges what waits, all of it as one.
    fn judge(&self, hub: &Hub) {
        loop {
            let taken: Vec<Waiting> = {
                let mut waiting = locked(&self.0.waiting);
                loop {
                    if self.0.ended.load(Ordering::Acquire) {
                        return;
                    }
                    if !waiting.is_empty() {
                        break;
                    }
                    waiting = self
                        .0
                        .wake
                        .wait(waiting)
                        .unwrap_or_else(PoisonError::into_inner);
                }
                let count = waiting.len().min(TOGETHER);
                waiting.drain(..count).collect()
            };
            let mut batches = Vec::new();
            let mut answers = Vec::new();
            for Waiting {
                batch,
                size,
                answer,
            } in taken
            {
                batches.push(batch);
                answers.push((size, answer));
            }
            let sensed = hub.observe_runtime(batches);
            let is_kept = match &sensed {
                Ok(sensed) => {
                    self.0.events.fetch_add(sensed.events, Ordering::Relaxed);
                    self.0.again.fetch_add(sensed.again, Ordering::Relaxed);
                    self.0.missing.fetch_add(sensed.missing, Ordering::Relaxed);
                    true
                }
                Err(err) => {
                    tracing::error!(error = %err, "failed to keep events of sensors; they send again");
                    self.0.failed.fetch_add(1, Ordering::Relaxed);
                    false
                }
            };
            for (size, answer) in answers {
                self.leave(size);
                // The sender may have gone; it will send again.
                let _ = answer.send(is_kept);
            }
        }
    }

    /// What came in.
    pub fn figures(&self) -> Figures {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let waiting_bytes = read(&self.0.waiting_bytes);
        Figures {
            batches: read(&self.0.batches),
            bytes: read(&self.0.bytes),
            events: read(&self.0.events),
            again: read(&self.0.again),
            missing: read(&self.0.missing),
            waiting_bytes,
            shed: read(&self.0.shed),
            unreadable: read(&self.0.unreadable),
            failed: read(&self.0.failed),
            is_full: waiting_bytes >= self.0.most_bytes,
        }
    }

    /// Ends the thread once it has finished what it is at. What waits is not answered, so it is sent again.
    pub fn end(&self) {
        self.0.ended.store(true, Ordering::Release);
        self.0.wake.notify_all();
        locked(&self.0.waiting).clear();
    }
}

/// A batch, and its size unpacked.
fn read(bytes: &[u8], packed: bool) -> Result<(Batch, u64), NotSensed> {
    let text = if packed {
        let failed = |err| NotSensed::Unreadable(Unreadable::Packed(err));
        let mut text = Vec::new();
        zstd::Decoder::with_buffer(bytes)
            .map_err(failed)?
            .take(LONGEST + 1)
            .read_to_end(&mut text)
            .map_err(failed)?;
        text
    } else {
        bytes.to_vec()
    };
    let size = text.len() as u64;
    if size > LONGEST {
        return Err(NotSensed::TooLarge);
    }
    let text =
        String::from_utf8(text).map_err(|err| NotSensed::Unreadable(Unreadable::Text(err)))?;
    let batch = Batch::read(&text).map_err(|err| NotSensed::Unreadable(Unreadable::Batch(err)))?;
    if !is_node_name(&batch.node) {
        let shown: String = batch.node.chars().take(64).collect();
        return Err(NotSensed::Node(shown));
    }
    Ok((batch, size))
}
