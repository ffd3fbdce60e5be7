//! A recorded cluster, played through the hub as if it happened now.
//!
//! The audit log is what the hub's own webhook would get. Objects follow from the bodies of the log's
//! answers, as a watch would tell them; the snapshots of the recording put right what no body says.

mod deltas;
mod desired;
pub mod recording;
mod sensors;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use catseye_model::{Delta, DeltaChange, ObjectKey};
use jiff::{SignedDuration, Timestamp};

pub use recording::{Recording, RecordingError};

use self::deltas::Bodies;
use self::sensors::Sensors;
use crate::clock::Clock;
use crate::hub::{Hub, HubError};

/// The name of the stream of events that a recording is.
const SOURCE: &str = "recording";

/// So many events are handed over at once, unless objects change between them.
const BATCH: usize = 256;

/// How fast a recording is played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speed {
    /// As fast as the hub takes it in.
    Max,
    /// So many seconds of the story a second.
    Times(f64),
}

/// What was played.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Played {
    /// Events handed over.
    pub events: u64,
    /// Objects that the log or a snapshot said.
    pub deltas: u64,
    /// The time of the story at which it stopped.
    pub until: Option<Timestamp>,
}

/// Plays a recording through a hub up to a time of the story. `clock` is the hub's own. `on_time` hears
/// how far it is, now and then.
pub fn play(
    hub: &Hub,
    clock: &Clock,
    recording: &Recording,
    speed: Speed,
    pause_at: Option<Timestamp>,
    on_time: &mut dyn FnMut(Timestamp),
) -> Result<Played, HubError> {
    let mut played = Played::default();
    let mut pace = Pace::new(speed);
    let mut bodies = Bodies::new(hub.config().redaction_key.clone());
    let mut snapshots = recording.snapshots.iter().peekable();
    let mut lines: Vec<u8> = Vec::new();
    let mut sensors = Sensors::of(recording);
    let mut waiting = 0;
    let mut deltas: Vec<Delta> = Vec::new();
    let mut keys: BTreeSet<ObjectKey> = BTreeSet::new();
    let mut now = clock.now();
    let flush = |lines: &mut Vec<u8>,
                 deltas: &mut Vec<Delta>,
                 keys: &mut BTreeSet<ObjectKey>,
                 played: &mut Played,
                 now: Timestamp|
     -> Result<(), HubError> {
        clock.set(now);
        played.until = Some(now);
        if !lines.is_empty() {
            played.events += hub.observe(SOURCE, lines)?.events;
            lines.clear();
        }
        if !deltas.is_empty() {
            played.deltas += deltas.len() as u64;
            hub.apply(std::mem::take(deltas))?;
            keys.clear();
        }
        Ok(())
    };
    for line in recording.lines() {
        let event = bodies.read(line);
        let time = event.as_ref().map_or(now, |event| event.time).max(now);
        if pause_at.is_some_and(|pause| time > pause) {
            break;
        }
        while let Some(snapshot) = snapshots.next_if(|snapshot| snapshot.time <= time) {
            flush(
                &mut lines,
                &mut deltas,
                &mut keys,
                &mut played,
                snapshot.time,
            )?;
            waiting = 0;
            desire(hub, recording, snapshot.time);
            let said = snapshot.deltas(&hub.config().redaction_key, hub.world().inventory());
            played.deltas += said.len() as u64;
            hub.apply(said)?;
            hub.compare_drift();
            on_time(snapshot.time);
        }
        if sensors.is_due(time) {
            flush(&mut lines, &mut deltas, &mut keys, &mut played, now)?;
            waiting = 0;
            while let Some(until) = sensors.next(time) {
                pace.wait(until);
                clock.set(until);
                played.events += hub.observe_runtime(sensors.take(until))?.events;
            }
        }
        pace.wait(time);
        let change = event.and_then(|event| Bodies::delta(event, hub.world().inventory()));
        let key = change.as_ref().map(|(key, _)| key.clone());
        // What is said twice of one object, and what is far apart, is handed over one after the other.
        let apart = key.as_ref().is_some_and(|key| keys.contains(key))
            || time.duration_since(now) > SignedDuration::from_mins(15);
        if apart || waiting >= BATCH {
            flush(&mut lines, &mut deltas, &mut keys, &mut played, now)?;
            waiting = 0;
        }
        now = time;
        lines.extend_from_slice(line);
        lines.push(b'\n');
        waiting += 1;
        if let Some((key, change)) = change {
            keys.insert(key);
            deltas.push(Delta { time, change });
        }
    }
    flush(&mut lines, &mut deltas, &mut keys, &mut played, now)?;
    for snapshot in snapshots {
        if pause_at.is_some_and(|pause| snapshot.time > pause) {
            break;
        }
        clock.set(snapshot.time);
        desire(hub, recording, snapshot.time);
        let said = snapshot.deltas(&hub.config().redaction_key, hub.world().inventory());
        played.deltas += said.len() as u64;
        hub.apply(said)?;
        hub.compare_drift();
        on_time(snapshot.time);
    }
    hub.tick();
    Ok(played)
}

/// What delivery had deployed by a time is desired from then on.
fn desire(hub: &Hub, recording: &Recording, time: Timestamp) {
    if !hub.watches_drift() {
        return;
    }
    if let Some(state) = recording.desired_at(time, &hub.config().redaction_key) {
        hub.desire("folders", state, None);
    }
}

/// Keeps story time and real time apart by a factor.
struct Pace {
    speed: Speed,
    began: Option<(Instant, Timestamp)>,
}

impl Pace {
    fn new(speed: Speed) -> Self {
        Pace { speed, began: None }
    }

    /// Waits until a time of the story has come.
    fn wait(&mut self, time: Timestamp) {
        let Speed::Times(factor) = self.speed else {
            return;
        };
        let (began, first) = *self.began.get_or_insert_with(|| (Instant::now(), time));
        let story = time.duration_since(first).as_secs_f64().max(0.0);
        let due = Duration::from_secs_f64(story / factor.max(0.001));
        if let Some(left) = due.checked_sub(began.elapsed()) {
            std::thread::sleep(left);
        }
    }
}

/// A delta that says that all objects of a kind were told.
fn synced(time: Timestamp, group: &str, kind: &str) -> Delta {
    Delta {
        time,
        change: DeltaChange::Synced {
            group: group.to_owned(),
            kind: kind.to_owned(),
        },
    }
}
