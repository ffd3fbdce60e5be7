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
use tokio::sync::{Semaphore, oneshot};

use super::SpoolError;
use crate::auth::Token;
use crate::hub::{Hub, is_node_name};

/// The largest batch, unpacked.
const LONGEST: u64 = 64 << 20;
/// So many batches are judged and written as one.
const TOGETHER: usize = 64;
/// So many batches are unpacked at a time.
const UNPACKED: usize = 2;
/// A batch takes about so many times its text while it waits, text and events together.
const WEIGHT: u64 = 4;

/// Shown by a connection whose client has a certificate of the hub's own authority, made for sensors.
#[derive(Debug, Clone, Copy)]
pub struct SensorCertificate;

/// How batches of sensors come in.
#[derive(Debug, Clone)]
pub struct SensorIntakeConfig {
    /// The token that sensors send which have no certificate.
    pub token: Token,
    /// Bytes that batches may take in memory while they wait.
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
    /// The last batch that asked for room found none.
    is_full: AtomicBool,
    /// Who may unpack.
    unpacking: Arc<Semaphore>,
    batches: AtomicU64,
    bytes: AtomicU64,
    events: AtomicU64,
    again: AtomicU64,
    missing: AtomicU64,
    shed: AtomicU64,
    unreadable: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
}

#[derive(Debug)]
struct Waiting {
    batch: Batch,
    room: Room,
    answer: oneshot::Sender<bool>,
}

/// Room that a batch takes, until this is dropped: also when its sender hangs up.
#[derive(Debug)]
struct Room {
    intake: SensorIntake,
    bytes: u64,
}

impl Drop for Room {
    fn drop(&mut self) {
        let waiting = &self.intake.0.waiting_bytes;
        waiting.fetch_sub(self.bytes, Ordering::AcqRel);
    }
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
    /// Bytes that waiting batches take in memory.
    pub waiting_bytes: u64,
    /// Batches refused because too much waited.
    pub shed: u64,
    /// Batches refused because they could not be read.
    pub unreadable: u64,
    /// Batches of which nothing was taken when they were judged.
    pub refused: u64,
    /// Times that what was judged could not be written.
    pub failed: u64,
    /// There was no room for the last batch.
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
            is_full: AtomicBool::new(false),
            unpacking: Arc::new(Semaphore::new(UNPACKED)),
            batches: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            events: AtomicU64::new(0),
            again: AtomicU64::new(0),
            missing: AtomicU64::new(0),
            shed: AtomicU64::new(0),
            unreadable: AtomicU64::new(0),
            refused: AtomicU64::new(0),
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
        let packed_room = self.enter(sent)?;
        let permit = Arc::clone(&self.0.unpacking).acquire_owned().await;
        let reader = self.clone();
        // Room and turn stay taken until it is read, also when nobody waits for it any more.
        let read = tokio::task::spawn_blocking(move || {
            let _turn = permit;
            let text = unpack(&bytes, packed)?;
            drop((bytes, packed_room));
            let room = reader.enter(text.len() as u64 * WEIGHT)?;
            read(text).map(|batch| (batch, room))
        });
        let (batch, room) = match read.await {
            Ok(Ok(read)) => read,
            Ok(Err(err)) => {
                if !matches!(err, NotSensed::Full) {
                    self.0.unreadable.fetch_add(1, Ordering::Relaxed);
                }
                return Err(err);
            }
            Err(_) => return Err(NotSensed::NotKept),
        };
        self.0.is_full.store(false, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        {
            let mut waiting = locked(&self.0.waiting);
            waiting.push_back(Waiting {
                batch,
                room,
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

    fn enter(&self, bytes: u64) -> Result<Room, NotSensed> {
        let waiting = self.0.waiting_bytes.fetch_add(bytes, Ordering::AcqRel);
        let room = Room {
            intake: self.clone(),
            bytes,
        };
        let is_full = waiting > 0 && waiting + bytes > self.0.most_bytes;
        if is_full {
            self.0.is_full.store(true, Ordering::Relaxed);
            self.0.shed.fetch_add(1, Ordering::Relaxed);
            return Err(NotSensed::Full);
        }
        Ok(room)
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
                room,
                answer,
            } in taken
            {
                answers.push((batch.node.clone(), room, answer));
                batches.push(batch);
            }
            let sensed = hub.observe_runtime(batches);
            let refused = match &sensed {
                Ok(sensed) => {
                    self.0.events.fetch_add(sensed.events, Ordering::Relaxed);
                    self.0.again.fetch_add(sensed.again, Ordering::Relaxed);
                    self.0.missing.fetch_add(sensed.missing, Ordering::Relaxed);
                    Some(&sensed.refused)
                }
                Err(err) => {
                    tracing::error!(error = %err, "failed to keep events of sensors; they send again");
                    self.0.failed.fetch_add(1, Ordering::Relaxed);
                    None
                }
            };
            for (node, room, answer) in answers {
                drop(room);
                let is_refused = refused.is_some_and(|nodes| nodes.contains(&node));
                if is_refused {
                    self.0.refused.fetch_add(1, Ordering::Relaxed);
                }
                // The sender may have gone; it will send again.
                let _ = answer.send(refused.is_some() && !is_refused);
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
            refused: read(&self.0.refused),
            failed: read(&self.0.failed),
            is_full: waiting_bytes > 0 && self.0.is_full.load(Ordering::Relaxed),
        }
    }

    /// Ends the thread once it has finished what it is at. What waits is not answered, so it is sent again.
    pub fn end(&self) {
        self.0.ended.store(true, Ordering::Release);
        self.0.wake.notify_all();
        locked(&self.0.waiting).clear();
    }
}

/// The text of a batch.
fn unpack(bytes: &[u8], packed: bool) -> Result<Vec<u8>, NotSensed> {
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
    if text.len() as u64 > LONGEST {
        return Err(NotSensed::TooLarge);
    }
    Ok(text)
}

/// A batch of a text.
fn read(text: Vec<u8>) -> Result<Batch, NotSensed> {
    let text =
        String::from_utf8(text).map_err(|err| NotSensed::Unreadable(Unreadable::Text(err)))?;
    let batch = Batch::read(&text).map_err(|err| NotSensed::Unreadable(Unreadable::Batch(err)))?;
    if !is_node_name(&batch.node) {
        let shown: String = batch.node.chars().take(64).collect();
        return Err(NotSensed::Node(shown));
    }
    Ok(batch)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use catseye_model::{Completeness, RedactionKey};

    use super::*;
    use crate::{Clock, Durability, HubConfig};

    async fn until(what: &str, mut holds: impl FnMut() -> bool) {
        let deadline = Instant::now() + Duration::from_mins(1);
        while !holds() {
            assert!(Instant::now() < deadline, "{what}");
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn whoever_hangs_up_leaves_no_room_taken() {
        let config = HubConfig {
            cluster: "shop".to_owned(),
            completeness: Completeness::Cluster,
            incidents_a_day: 0,
            redaction_key: RedactionKey::new([7; 32]),
            durability: Durability::Gathered,
            settings: catseye_detect::Settings::default(),
        };
        let settings = SensorIntakeConfig {
            token: Token::known("t"),
            most_bytes: 1000,
        };
        let hub = Hub::open(config, Clock::System).unwrap();
        let intake = SensorIntake::open(hub, settings).unwrap();
        // Nobody gets a turn to unpack, so the batch waits.
        let turns = Arc::clone(&intake.0.unpacking)
            .acquire_many_owned(u32::try_from(UNPACKED).unwrap())
            .await
            .unwrap();
        let sender = intake.clone();
        let sending =
            tokio::spawn(
                async move { sender.take(Bytes::from_static(b"not a batch"), false).await },
            );
        until("it waits", || intake.figures().waiting_bytes > 0).await;
        sending.abort();
        until("it is gone", || intake.figures().waiting_bytes == 0).await;
        drop(turns);
        let again = intake.take(Bytes::from_static(b"not a batch"), false).await;
        assert!(matches!(again, Err(NotSensed::Unreadable(_))), "{again:?}");
        assert_eq!(intake.figures().waiting_bytes, 0);
        intake.end();
    }
}
