//! What is kept in the store: events, versions of objects, incidents, and what was learned.
//!
//! The engine is synchronous and gathers; what gathered goes to the store in one batch, all or nothing. A batch
//! has a number: when its answer was lost it is sent again as it was, before anything newer, and counts once.

mod outbox;
mod record;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use catseye_store::{
    AlertPut, AlertSettled, Collection, Cursor, DocumentPut, ENGINE, EventRecord, FindingsUpdate,
    Fingerprint, IncidentFilter, IncidentState, IncidentUpsert, LARGEST_BODY, ObjectFilter,
    PackedBatch, Position, Seen, Store, Transition, WaitingAlert,
};
use jiff::Timestamp;
use tokio::runtime::Handle;

use self::outbox::{Outbox, PART, Version};
pub(crate) use self::record::{KUBERNETES, kubernetes_event, record};
use crate::drift::LEDGER;
use crate::hub::{HubError, Point};
use crate::inbox::{Incident, State};
use crate::live::ObjectChange;

/// The name of the document that holds what is normal.
const BEHAVIOUR: &str = "behaviour";

/// The name of the document that holds what is normal for containers.
pub(crate) const PROFILES: &str = "containers";

/// The name of the document that holds the connections that were seen.
pub(crate) const FLOWS: &str = "connections";

/// The name of the document that holds how things stood.
const POSTURE: &str = "posture";

/// How many incidents are read at once.
const PAGE: usize = 500;

/// Kubernetes Events are not kept while so many events wait to be written.
const MOST_WAITING: usize = 20_000;

/// A store, and what is to be written to it next.
#[derive(Debug)]
pub(crate) struct Keep {
    store: Store,
    runtime: Handle,
    outbox: Mutex<Outbox>,
    /// Held while things are put in that are to be written together.
    step: RwLock<()>,
    /// Held by who writes: until it is written nobody else hears that all is. Taken before the step.
    writing: Mutex<Writing>,
    /// The store did not take the last batch.
    is_failing: AtomicBool,
    lost: Lost,
}

/// What is on its way to the store.
#[derive(Debug)]
struct Writing {
    /// The name of this run among those that write batches.
    stream: String,
    /// The number of the last batch.
    sequence: u64,
    /// The last batch, while it is not known to be written.
    unanswered: Option<PackedBatch>,
}

#[derive(Debug, Default)]
struct Lost {
    cut: AtomicU64,
    folded: AtomicU64,
    dropped: AtomicU64,
    refused: AtomicU64,
    last_refused: Mutex<Option<String>>,
    /// Documents that are too large to be kept, and how large.
    too_large: Mutex<BTreeMap<&'static str, usize>>,
}

/// What is not kept as it was, since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Losses {
    /// Events that were kept without what made them too long.
    pub(crate) cut: u64,
    /// States of objects between two others.
    pub(crate) folded: u64,
    /// Kubernetes Events that came while too much waited.
    pub(crate) dropped: u64,
    /// Parts of batches that the store refuses for what they say.
    pub(crate) refused: u64,
    /// The last of them.
    pub(crate) last_refused: Option<String>,
    /// What is too large to be kept, and how large.
    pub(crate) too_large: Vec<(&'static str, usize)>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn count(counter: &AtomicU64, more: usize) {
    counter.fetch_add(more as u64, Ordering::Relaxed);
}

impl Keep {
    pub(crate) fn new(store: Store, runtime: Handle) -> Self {
        // Of two runs on one store neither may take the other's batches for its own.
        let run = [getrandom::u32(), getrandom::u32()].map(Result::unwrap_or_default);
        let began = Timestamp::now().as_microsecond();
        let stream = format!("hub:{began:x}-{:08x}{:08x}", run[0], run[1]);
        Keep {
            store,
            runtime,
            outbox: Mutex::default(),
            step: RwLock::default(),
            writing: Mutex::new(Writing {
                stream,
                sequence: 0,
                unanswered: None,
            }),
            is_failing: AtomicBool::new(false),
            lost: Lost::default(),
        }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    fn outbox<T>(&self, with: impl FnOnce(&mut Outbox) -> T) -> T {
        with(&mut locked(&self.outbox))
    }

    /// While this is held nothing is written: what is put in meanwhile is written as one, or not at all.
    pub(crate) fn step(&self) -> RwLockReadGuard<'_, ()> {
        self.step.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how far a stream was read, in its own words.
    pub(crate) fn cursor(&self, name: &str, position: String, at: Timestamp) {
        let cursor = Cursor {
            name: name.to_owned(),
            position,
            at,
        };
        self.outbox(|outbox| outbox.cursors.insert(name.to_owned(), cursor));
    }

    /// How far a stream was read, as it is written.
    pub(crate) fn position(&self, name: &str) -> Result<Option<String>, HubError> {
        let cursor = self
            .runtime
            .block_on(self.store.cursor(name))
            .map_err(HubError::Store)?;
        Ok(cursor.map(|cursor| cursor.position))
    }

    /// How far a stream was read, as it will be written when all is: for who goes on within a run.
    pub(crate) fn reached(&self, name: &str) -> Result<Option<String>, HubError> {
        let waiting = self.outbox(|outbox| {
            let cursor = outbox.cursors.get(name).or_else(|| outbox.sent.get(name));
            cursor.map(|cursor| cursor.position.clone())
        });
        waiting.map_or_else(|| self.position(name), |position| Ok(Some(position)))
    }

    /// How many things wait to be written.
    pub(crate) fn waiting(&self) -> usize {
        self.outbox(|it| it.events.len() + it.objects.len() + it.incidents.len())
    }

    pub(crate) fn event(&self, mut record: EventRecord) {
        if record::fit(&mut record) {
            count(&self.lost.cut, 1);
        }
        self.outbox(|outbox| outbox.events.push(record));
    }

    /// Keeps a Kubernetes Event; false when too much waits already.
    pub(crate) fn told(&self, record: EventRecord) -> bool {
        if self.outbox(|outbox| outbox.events.len()) >= MOST_WAITING {
            count(&self.lost.dropped, 1);
            return false;
        }
        self.event(record);
        true
    }

    /// Marks of the events that were put in last; marks from before a time are forgotten.
    pub(crate) fn seen(&self, marks: Vec<u64>, at: Timestamp, forget_before: Option<Timestamp>) {
        self.outbox(|outbox| {
            let seen = outbox.seen.get_or_insert_default();
            seen.at = at;
            seen.marks.extend(marks);
            seen.forget_before = forget_before;
        });
    }

    /// Marks of events that came at or after a time, as they are written.
    pub(crate) fn seen_since(&self, since: Timestamp) -> Result<Vec<Seen>, HubError> {
        self.runtime
            .block_on(self.store.seen_since(since))
            .map_err(HubError::Store)
    }

    /// An alert for a receiver, which is written with what was put in together with it.
    pub(crate) fn alert(&self, put: AlertPut) {
        self.outbox(|outbox| outbox.alerts.push(put));
    }

    /// What became of alerts.
    pub(crate) fn settled_alerts(&self, settled: Vec<AlertSettled>) {
        self.outbox(|outbox| outbox.settled_alerts.extend(settled));
    }

    /// Written alerts of a receiver that are not settled, oldest first, with numbers above `after`.
    pub(crate) fn waiting_alerts(
        &self,
        sink: &str,
        after: u64,
        most: usize,
    ) -> Result<Vec<WaitingAlert>, HubError> {
        self.runtime
            .block_on(self.store.waiting_alerts(sink, after, most))
            .map_err(HubError::Store)
    }

    /// How many written alerts of each receiver are not settled.
    pub(crate) fn waiting_alert_counts(&self) -> Result<Vec<(String, u64)>, HubError> {
        self.runtime
            .block_on(self.store.waiting_alert_counts())
            .map_err(HubError::Store)
    }

    pub(crate) fn object(&self, change: &ObjectChange) {
        let version = Version {
            key: change.key.clone(),
            at: change.time,
            object: change.after.clone().or_else(|| change.before.clone()),
            is_gone: change.after.is_none(),
        };
        let is_failing = self.is_failing.load(Ordering::Relaxed);
        let folded = self.outbox(|outbox| outbox.version(version, is_failing));
        count(&self.lost.folded, folded);
    }

    pub(crate) fn incident(&self, row: &Incident) {
        let subject = row.actor.as_ref().map_or_else(
            || {
                let first = row.subjects.first();
                first.map_or(String::new(), |subject| subject.object.to_string())
            },
            |actor| actor.name.clone(),
        );
        let namespace = row.subjects.first().map(|it| it.object.namespace.clone());
        let upsert = IncidentUpsert {
            fingerprint: Fingerprint(row.id.clone()),
            severity: row.severity,
            score: row.rank.points,
            title: row.title.clone(),
            subject,
            namespace: namespace.unwrap_or_default(),
            owner: row.owner.clone().unwrap_or_default(),
            team: String::new(),
            last_seen: row.last,
            at: row.updated,
            decided: Some(decision(row)),
            body: serde_json::to_value(row).unwrap_or_default(),
        };
        self.outbox(|outbox| outbox.incidents.insert(row.id.clone(), upsert));
    }

    pub(crate) fn baseline(&self, json: String, at: Timestamp) {
        self.document(BEHAVIOUR, json.into_bytes(), at);
    }

    /// Tells what is wrong with some objects, or with all.
    pub(crate) fn findings(&self, updates: Vec<FindingsUpdate>) {
        self.outbox(|outbox| outbox.findings.extend(updates));
    }

    /// Keeps how things stood.
    pub(crate) fn points(&self, points: &[Point], at: Timestamp) {
        // Numbers and times always make JSON.
        self.document(POSTURE, serde_json::to_vec(points).unwrap_or_default(), at);
    }

    /// Keeps who wrote which object.
    pub(crate) fn ledger(&self, json: String, at: Timestamp) {
        self.document(LEDGER, json.into_bytes(), at);
    }

    /// Who wrote which object, as it was kept.
    pub(crate) fn known_ledger(&self) -> Result<Option<catseye_drift::Ledger>, HubError> {
        let text = self.text(LEDGER)?;
        text.map(|text| catseye_drift::Ledger::read(&text).map_err(HubError::Ledger))
            .transpose()
    }

    /// Keeps something whole, in place of what was kept under its name. What is too large is not kept: what was
    /// kept before stays, and health tells it.
    pub(crate) fn document(&self, name: &'static str, body: Vec<u8>, at: Timestamp) {
        if body.len() > LARGEST_BODY {
            let known = locked(&self.lost.too_large).insert(name, body.len());
            if known.is_none() {
                tracing::error!(
                    name,
                    bytes = body.len(),
                    "what was learned is too large to be kept"
                );
            }
            return;
        }
        locked(&self.lost.too_large).remove(name);
        let put = DocumentPut {
            collection: Collection::BASELINES,
            name: name.to_owned(),
            expected: None,
            author: ENGINE.to_owned(),
            at,
            expires: None,
            body,
        };
        self.outbox(|outbox| outbox.documents.insert(name, put));
    }

    /// What is kept whole under a name, as text.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, HubError> {
        let document = self
            .runtime
            .block_on(self.store.document(Collection::BASELINES, name))
            .map_err(HubError::Store)?;
        Ok(document.map(|it| String::from_utf8_lossy(&it.body).into_owned()))
    }

    /// How things stood, as it was kept.
    pub(crate) fn known_points(&self) -> Result<Vec<Point>, HubError> {
        let document = self
            .runtime
            .block_on(self.store.document(Collection::BASELINES, POSTURE))
            .map_err(HubError::Store)?;
        document.map_or(Ok(Vec::new()), |it| {
            serde_json::from_slice(&it.body).map_err(|err| HubError::Kept {
                part: "how things stood",
                source: err,
            })
        })
    }

    /// Writes what has gathered. What could not be written is sent again the next time. One at a time writes:
    /// when this returns well, everything that was put in before is on the disk.
    pub(crate) fn flush(&self) -> Result<(), HubError> {
        let mut writing = locked(&self.writing);
        // What comes meanwhile is written by the next, so that this one ends.
        let parts = 1 + self.outbox(|outbox| outbox.objects.len()) / PART;
        self.send(&mut writing)?;
        for _ in 0..parts {
            let taken = {
                let _whole = self.step.write().unwrap_or_else(PoisonError::into_inner);
                self.outbox(Outbox::take)
            };
            let Some(taken) = taken else { break };
            let mut batch = taken.into_batch();
            writing.sequence += 1;
            batch.position = Some(Position {
                stream: writing.stream.clone(),
                sequence: writing.sequence,
            });
            let packed = self.runtime.block_on(self.store.pack(batch));
            let packed = packed.map_err(HubError::Store)?;
            self.note_refused(packed.refused());
            writing.unanswered = Some(packed);
            self.send(&mut writing)?;
        }
        Ok(())
    }

    /// Sends the last batch, if it is not known to be written.
    fn send(&self, writing: &mut Writing) -> Result<(), HubError> {
        let Some(batch) = &writing.unanswered else {
            return Ok(());
        };
        let sent = self.runtime.block_on(self.store.apply_packed(batch));
        self.is_failing.store(sent.is_err(), Ordering::Relaxed);
        let applied = sent.map_err(HubError::Store)?;
        self.note_refused(&applied.refused);
        writing.unanswered = None;
        self.outbox(|outbox| outbox.sent.clear());
        Ok(())
    }

    fn note_refused(&self, refused: &[String]) {
        let Some(last) = refused.last() else { return };
        for reason in refused {
            tracing::error!(reason, "the store cannot keep a part of what was found");
        }
        count(&self.lost.refused, refused.len());
        *locked(&self.lost.last_refused) = Some(last.clone());
    }

    /// What is not kept as it was, since the start.
    pub(crate) fn losses(&self) -> Losses {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let too_large = locked(&self.lost.too_large);
        Losses {
            cut: read(&self.lost.cut),
            folded: read(&self.lost.folded),
            dropped: read(&self.lost.dropped),
            refused: read(&self.lost.refused),
            last_refused: locked(&self.lost.last_refused).clone(),
            too_large: too_large
                .iter()
                .map(|(name, bytes)| (*name, *bytes))
                .collect(),
        }
    }

    /// The incidents that were kept: those that somebody has to look at, the worst first, then the ones that were
    /// settled last, at most so many.
    pub(crate) fn incidents(&self, most: usize) -> Result<Vec<Incident>, HubError> {
        use catseye_store::{IncidentOrder, StateName};
        let mut found = Vec::new();
        let active = IncidentFilter {
            states: vec![StateName::Open, StateName::Acknowledged],
            ..IncidentFilter::default()
        };
        let mut settled = Vec::new();
        self.each_incident(&active, |row| {
            if row.state.is_active() {
                found.push(row);
            } else {
                // An earlier version did not tell the store.
                self.incident(&row);
                settled.push(row);
            }
            found.len() < most
        })?;
        let settled_last = IncidentFilter {
            states: vec![
                StateName::Resolved,
                StateName::Accepted,
                StateName::FalsePositive,
            ],
            order: IncidentOrder::Updated,
            ..IncidentFilter::default()
        };
        settled.truncate(most.saturating_sub(found.len()));
        found.append(&mut settled);
        if found.len() < most {
            self.each_incident(&settled_last, |row| {
                found.push(row);
                found.len() < most
            })?;
        }
        Ok(found)
    }

    /// Hands on incidents until it is told that they are enough.
    fn each_incident(
        &self,
        filter: &IncidentFilter,
        mut more: impl FnMut(Incident) -> bool,
    ) -> Result<(), HubError> {
        let mut after = None;
        loop {
            let page = self
                .runtime
                .block_on(self.store.incidents(filter.clone(), after, PAGE))
                .map_err(HubError::Store)?;
            for kept in page.incidents {
                let row = serde_json::from_value(kept.body).map_err(|err| HubError::Kept {
                    part: "an incident",
                    source: err,
                })?;
                if !more(row) {
                    return Ok(());
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// What was learned, as it was written.
    pub(crate) fn learned(&self) -> Result<Option<String>, HubError> {
        let document = self
            .runtime
            .block_on(self.store.document(Collection::BASELINES, BEHAVIOUR))
            .map_err(HubError::Store)?;
        Ok(document.map(|it| String::from_utf8_lossy(&it.body).into_owned()))
    }

    /// The newest Kubernetes Events that are kept, oldest first.
    pub(crate) fn kubernetes_events(&self, most: usize) -> Result<Vec<EventRecord>, HubError> {
        let filter = catseye_store::EventFilter {
            source: Some(KUBERNETES.to_owned()),
            ..catseye_store::EventFilter::default()
        };
        let page = self
            .runtime
            .block_on(self.store.events(filter, None, most))
            .map_err(HubError::Store)?;
        let mut events: Vec<EventRecord> = page.events.into_iter().map(|it| it.event).collect();
        events.reverse();
        Ok(events)
    }

    /// The objects as they were at a time.
    pub(crate) fn objects_at(&self, time: Timestamp) -> Result<Vec<serde_json::Value>, HubError> {
        let stream = self.store.objects_at(time, ObjectFilter::default());
        let found = self
            .runtime
            .block_on(stream.collect())
            .map_err(HubError::Store)?;
        Ok(found.into_iter().filter_map(|it| it.body).collect())
    }
}

/// What was decided about an incident last: the store removes what was settled long ago.
fn decision(row: &Incident) -> Transition {
    let last = row.history.last();
    Transition {
        to: match row.state.clone() {
            State::Open => IncidentState::Open,
            State::Acknowledged => IncidentState::Acknowledged,
            State::Resolved => IncidentState::Resolved,
            State::Accepted { reason, expires } => IncidentState::Accepted {
                reason,
                until: expires,
            },
            State::FalsePositive { reason } => IncidentState::FalsePositive { reason },
        },
        author: last.map_or_else(|| ENGINE.to_owned(), |change| change.by.clone()),
        at: last.map_or(row.updated, |change| change.time),
    }
}
