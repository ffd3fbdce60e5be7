//! What is kept in the store: events, versions of objects, incidents, and what was learned.
//!
//! The engine is synchronous and gathers; what gathered goes to the store in one batch, all or nothing.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};

use catseye_event::{Event, render};
use catseye_store::{
    AlertPut, AlertSettled, Batch, Collection, Cursor, Depth, DocumentPut, ENGINE, EventRecord,
    FindingsUpdate, Fingerprint, IncidentFilter, IncidentUpsert, ObjectFilter, Seen, Store,
    WaitingAlert,
};
use jiff::Timestamp;
use tokio::runtime::Handle;

use crate::drift::LEDGER;
use crate::hub::{HubError, Point};
use crate::inbox::Incident;
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

/// A store, and what is to be written to it next.
#[derive(Debug)]
pub(crate) struct Keep {
    store: Store,
    runtime: Handle,
    outbox: Mutex<Outbox>,
    /// Held while things are put in that are to be written together.
    step: RwLock<()>,
}

#[derive(Debug, Default)]
struct Outbox {
    events: Vec<EventRecord>,
    objects: Vec<catseye_store::ObjectChange>,
    incidents: BTreeMap<String, IncidentUpsert>,
    baseline: Option<DocumentPut>,
    findings: Vec<FindingsUpdate>,
    points: Option<DocumentPut>,
    /// What else is kept whole, by name.
    documents: BTreeMap<&'static str, DocumentPut>,
    /// How far streams were read.
    cursors: BTreeMap<String, Cursor>,
    seen: Option<Seen>,
    alerts: Vec<AlertPut>,
    settled_alerts: Vec<AlertSettled>,
}

impl Keep {
    pub(crate) fn new(store: Store, runtime: Handle) -> Self {
        Keep {
            store,
            runtime,
            outbox: Mutex::default(),
            step: RwLock::default(),
        }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    fn outbox<T>(&self, with: impl FnOnce(&mut Outbox) -> T) -> T {
        with(&mut self.outbox.lock().unwrap_or_else(PoisonError::into_inner))
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

    /// How many things wait to be written.
    pub(crate) fn waiting(&self) -> usize {
        self.outbox(|it| it.events.len() + it.objects.len() + it.incidents.len())
    }

    pub(crate) fn event(&self, record: EventRecord) {
        self.outbox(|outbox| outbox.events.push(record));
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
        use catseye_model::Fields as _;
        let object = change.after.as_ref().or(change.before.as_ref());
        let text = |field: &str| {
            let found = object.and_then(|object| object.value().text(field));
            found.unwrap_or_default().to_owned()
        };
        let body = change
            .after
            .as_ref()
            .and_then(|object| serde_json::to_value(object.value()).ok());
        let version = catseye_store::ObjectChange {
            key: stored_key(&change.key),
            uid: text("metadata.uid"),
            resource_version: text("metadata.resourceVersion"),
            at: change.time,
            body,
            depth: Depth::Intent,
        };
        self.outbox(|outbox| outbox.objects.push(version));
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
            decided: None,
            body: serde_json::to_value(row).unwrap_or_default(),
        };
        self.outbox(|outbox| outbox.incidents.insert(row.id.clone(), upsert));
    }

    pub(crate) fn baseline(&self, json: String, at: Timestamp) {
        let put = DocumentPut {
            collection: Collection::BASELINES,
            name: BEHAVIOUR.to_owned(),
            expected: None,
            author: ENGINE.to_owned(),
            at,
            expires: None,
            body: json.into_bytes(),
        };
        self.outbox(|outbox| outbox.baseline = Some(put));
    }

    /// Tells what is wrong with some objects, or with all.
    pub(crate) fn findings(&self, updates: Vec<FindingsUpdate>) {
        self.outbox(|outbox| outbox.findings.extend(updates));
    }

    /// Keeps how things stood.
    pub(crate) fn points(&self, points: &[Point], at: Timestamp) {
        let put = DocumentPut {
            collection: Collection::BASELINES,
            name: POSTURE.to_owned(),
            expected: None,
            author: ENGINE.to_owned(),
            at,
            expires: None,
            // Numbers and times always make JSON.
            body: serde_json::to_vec(points).unwrap_or_default(),
        };
        self.outbox(|outbox| outbox.points = Some(put));
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

    /// Keeps something whole, in place of what was kept under its name.
    pub(crate) fn document(&self, name: &'static str, body: Vec<u8>, at: Timestamp) {
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

    /// Writes what has gathered. What could not be written waits for the next time.
    pub(crate) fn flush(&self) -> Result<(), HubError> {
        let outbox = {
            let _whole = self.step.write().unwrap_or_else(PoisonError::into_inner);
            self.outbox(std::mem::take)
        };
        let batch = Batch {
            events: outbox.events.clone(),
            objects: outbox.objects.clone(),
            incidents: outbox.incidents.values().cloned().collect(),
            documents: outbox
                .baseline
                .iter()
                .chain(&outbox.points)
                .chain(outbox.documents.values())
                .cloned()
                .collect(),
            findings: outbox.findings.clone(),
            cursors: outbox.cursors.values().cloned().collect(),
            seen: outbox.seen.clone(),
            alerts: outbox.alerts.clone(),
            settled_alerts: outbox.settled_alerts.clone(),
            ..Batch::default()
        };
        if batch.events.is_empty()
            && batch.objects.is_empty()
            && batch.incidents.is_empty()
            && batch.documents.is_empty()
            && batch.cursors.is_empty()
            && batch.findings.is_empty()
            && batch.seen.is_none()
            && batch.alerts.is_empty()
            && batch.settled_alerts.is_empty()
        {
            return Ok(());
        }
        let written = self.runtime.block_on(self.store.apply(batch));
        let Err(err) = written else {
            return Ok(());
        };
        self.outbox(|now| {
            let newer = std::mem::replace(now, outbox);
            now.events.extend(newer.events);
            now.objects.extend(newer.objects);
            now.incidents.extend(newer.incidents);
            now.baseline = newer.baseline.or(now.baseline.take());
            now.points = newer.points.or(now.points.take());
            now.documents.extend(newer.documents);
            now.findings.extend(newer.findings);
            now.cursors.extend(newer.cursors);
            now.alerts.extend(newer.alerts);
            now.settled_alerts.extend(newer.settled_alerts);
            if let Some(newer) = newer.seen {
                let seen = now.seen.get_or_insert_default();
                seen.at = newer.at;
                seen.marks.extend(newer.marks);
                seen.forget_before = newer.forget_before;
            }
        });
        Err(HubError::Store(err))
    }

    /// The incidents that were kept.
    pub(crate) fn incidents(&self) -> Result<Vec<Incident>, HubError> {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = self
                .runtime
                .block_on(self.store.incidents(IncidentFilter::default(), after, PAGE))
                .map_err(HubError::Store)?;
            for kept in page.incidents {
                let row = serde_json::from_value(kept.body).map_err(|err| HubError::Kept {
                    part: "an incident",
                    source: err,
                })?;
                found.push(row);
            }
            after = page.next;
            if after.is_none() {
                return Ok(found);
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

fn stored_key(key: &catseye_model::ObjectKey) -> catseye_store::ObjectKey {
    catseye_store::ObjectKey {
        group: key.group.clone(),
        kind: key.kind.clone(),
        namespace: key.namespace.clone(),
        name: key.name.clone(),
    }
}

/// The source of Kubernetes Events among those that are kept.
pub(crate) const KUBERNETES: &str = "kubernetes";

/// A Kubernetes Event as it is kept; `None` for one that says neither when nor what.
pub(crate) fn kubernetes_event(event: &catseye_model::Object) -> Option<EventRecord> {
    use catseye_model::Fields as _;
    let value = event.value();
    let text = |fields: &[&str]| {
        let found = fields.iter().find_map(|field| value.text(field));
        found.filter(|text| !text.is_empty())
    };
    let time = text(&[
        "series.lastObservedTime",
        "lastTimestamp",
        "eventTime",
        "metadata.creationTimestamp",
    ])?;
    let kind = text(&["involvedObject.kind", "regarding.kind"])?;
    let by = text(&[
        "reportingComponent",
        "source.component",
        "reportingController",
    ]);
    let told = |fields: &[&str]| text(fields).unwrap_or_default().to_owned();
    Some(EventRecord {
        time: time.parse().ok()?,
        source: KUBERNETES.to_owned(),
        actor: by.unwrap_or_default().to_owned(),
        verb: told(&["reason"]),
        resource: crate::inbox::plural(kind),
        subresource: String::new(),
        namespace: told(&["involvedObject.namespace", "regarding.namespace"]),
        name: told(&["involvedObject.name", "regarding.name"]),
        code: 0,
        source_ip: String::new(),
        user_agent: told(&["source.host", "reportingInstance"]),
        // One Event is told again whenever it is counted up.
        id: format!(
            "{}-{}",
            text(&["metadata.uid"]).unwrap_or_default(),
            text(&["metadata.resourceVersion"]).unwrap_or_default()
        ),
        raw: serde_json::to_string(value).ok()?,
    })
}

/// An event as it is kept: without the values of secrets.
pub(crate) fn record(event: &Event<'_>) -> Option<EventRecord> {
    Some(EventRecord {
        time: event.time()?,
        source: "audit".to_owned(),
        actor: event.user().username.to_string(),
        verb: event.verb().to_owned(),
        resource: event.resource().to_owned(),
        subresource: event.subresource().to_owned(),
        namespace: event.namespace().to_owned(),
        name: event.name().to_owned(),
        code: event.code().map_or(0, i32::from),
        source_ip: event.claimed_ip().unwrap_or_default().to_owned(),
        user_agent: event.user_agent().to_owned(),
        id: event.audit_id().to_owned(),
        raw: render::plain(event).to_string(),
    })
}
