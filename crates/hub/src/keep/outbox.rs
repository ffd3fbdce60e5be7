//! What is to be written next.
//!
//! While the store takes nothing it grows: then of each object only the newest state stays.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use catseye_model::{Object, ObjectKey};
use catseye_store::{
    AlertPut, AlertSettled, Batch, Cursor, Depth, DocumentPut, EventRecord, FindingsUpdate,
    IncidentUpsert, Seen,
};
use jiff::Timestamp;

/// Versions of objects that are written in one batch.
pub(super) const PART: usize = 2000;
/// Above so many waiting versions those between are left out, while the store takes nothing.
const MOST_VERSIONS: usize = 4000;

/// An object as it was seen, or seen last.
#[derive(Debug)]
pub(super) struct Version {
    pub(super) key: ObjectKey,
    pub(super) at: Timestamp,
    pub(super) object: Option<Arc<Object>>,
    pub(super) is_gone: bool,
}

/// What is to be written next.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    pub(super) events: Vec<EventRecord>,
    pub(super) objects: Vec<Version>,
    pub(super) incidents: BTreeMap<String, IncidentUpsert>,
    /// What is kept whole, by name.
    pub(super) documents: BTreeMap<&'static str, DocumentPut>,
    pub(super) findings: Vec<FindingsUpdate>,
    /// How far streams were read.
    pub(super) cursors: BTreeMap<String, Cursor>,
    /// The same, on its way to the store.
    pub(super) sent: BTreeMap<String, Cursor>,
    pub(super) seen: Option<Seen>,
    pub(super) alerts: Vec<AlertPut>,
    pub(super) settled_alerts: Vec<AlertSettled>,
    /// Versions are gone through again when there are so many.
    fold_at: usize,
}

/// What was taken out of an outbox to be written as one.
pub(super) struct Taken {
    batch: Batch,
    objects: Vec<Version>,
}

impl Outbox {
    /// Adds a version of an object. While the store takes nothing, states between the oldest and the newest are
    /// left out; gives how many were.
    pub(super) fn version(&mut self, version: Version, is_failing: bool) -> usize {
        self.objects.push(version);
        if !is_failing || self.objects.len() <= self.fold_at.max(MOST_VERSIONS) {
            return 0;
        }
        let folded = self.fold();
        self.fold_at = self.objects.len() * 2;
        folded
    }

    /// Keeps one state of each object, the newest, and its deletion.
    fn fold(&mut self) -> usize {
        let before = self.objects.len();
        let mut known: HashSet<(ObjectKey, String, bool)> = HashSet::new();
        let mut newest = Vec::new();
        for version in std::mem::take(&mut self.objects).into_iter().rev() {
            let uid = version.text("metadata.uid");
            if known.insert((version.key.clone(), uid, version.is_gone)) {
                newest.push(version);
            }
        }
        newest.reverse();
        self.objects = newest;
        before - self.objects.len()
    }

    /// Takes everything out, of versions of objects the first [`PART`]; `None` when there is nothing.
    pub(super) fn take(&mut self) -> Option<Taken> {
        let later = self.objects.split_off(self.objects.len().min(PART));
        let objects = std::mem::replace(&mut self.objects, later);
        let batch = Batch {
            events: std::mem::take(&mut self.events),
            incidents: std::mem::take(&mut self.incidents).into_values().collect(),
            documents: std::mem::take(&mut self.documents).into_values().collect(),
            findings: std::mem::take(&mut self.findings),
            cursors: self.cursors.values().cloned().collect(),
            seen: self.seen.take(),
            alerts: std::mem::take(&mut self.alerts),
            settled_alerts: std::mem::take(&mut self.settled_alerts),
            ..Batch::default()
        };
        self.sent = std::mem::take(&mut self.cursors);
        if self.objects.is_empty() {
            self.fold_at = 0;
        }
        let is_empty = objects.is_empty()
            && batch.events.is_empty()
            && batch.incidents.is_empty()
            && batch.documents.is_empty()
            && batch.cursors.is_empty()
            && batch.findings.is_empty()
            && batch.seen.is_none()
            && batch.alerts.is_empty()
            && batch.settled_alerts.is_empty();
        (!is_empty).then_some(Taken { batch, objects })
    }
}

impl Taken {
    /// As the store takes it.
    pub(super) fn into_batch(self) -> Batch {
        let objects = self.objects.into_iter().map(Version::into_change);
        Batch {
            objects: objects.collect(),
            ..self.batch
        }
    }
}

impl Version {
    fn text(&self, field: &str) -> String {
        use catseye_model::Fields as _;
        let object = self.object.as_ref();
        let found = object.and_then(|object| object.value().text(field));
        found.unwrap_or_default().to_owned()
    }

    fn into_change(self) -> catseye_store::ObjectChange {
        let object = self.object.as_ref().filter(|_| !self.is_gone);
        catseye_store::ObjectChange {
            uid: self.text("metadata.uid"),
            resource_version: self.text("metadata.resourceVersion"),
            body: object.and_then(|object| serde_json::to_value(object.value()).ok()),
            key: stored_key(&self.key),
            at: self.at,
            depth: Depth::Intent,
        }
    }
}

fn stored_key(key: &ObjectKey) -> catseye_store::ObjectKey {
    catseye_store::ObjectKey {
        group: key.group.clone(),
        kind: key.kind.clone(),
        namespace: key.namespace.clone(),
        name: key.name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn version(name: &str, uid: &str, number: usize, is_gone: bool) -> Version {
        let value = json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "uid": uid, "resourceVersion": number.to_string()}});
        let object = Object::new(value, None).unwrap();
        Version {
            key: ObjectKey::of(&object),
            at: Timestamp::UNIX_EPOCH,
            object: Some(Arc::new(object)),
            is_gone,
        }
    }

    fn told(outbox: &Outbox) -> Vec<(String, String, bool)> {
        let versions = outbox.objects.iter();
        let told = versions.map(|it| {
            (
                it.key.name.clone(),
                it.text("metadata.resourceVersion"),
                it.is_gone,
            )
        });
        told.collect()
    }

    #[test]
    fn of_what_waits_too_long_the_newest_state_and_each_deletion_stay() {
        let mut outbox = Outbox::default();
        let mut folded = 0;
        folded += outbox.version(version("b", "1", 0, false), true);
        folded += outbox.version(version("b", "1", 1, true), true);
        folded += outbox.version(version("b", "2", 2, false), true);
        for number in 0..MOST_VERSIONS * 3 {
            folded += outbox.version(version("a", "9", number, false), true);
            assert!(outbox.objects.len() <= MOST_VERSIONS + 1);
        }
        assert_eq!(folded + outbox.objects.len(), MOST_VERSIONS * 3 + 3);
        outbox.fold();
        let last = (MOST_VERSIONS * 3 - 1).to_string();
        let expected = [
            ("b", "0", false),
            ("b", "1", true),
            ("b", "2", false),
            ("a", &last, false),
        ];
        let expected = expected.map(|(name, at, gone)| (name.to_owned(), at.to_owned(), gone));
        assert_eq!(told(&outbox), expected);
    }

    #[test]
    fn a_store_that_takes_everything_is_told_every_state_in_parts() {
        let mut outbox = Outbox::default();
        for number in 0..MOST_VERSIONS + 5 {
            assert_eq!(outbox.version(version("a", "9", number, false), false), 0);
        }
        let mut sizes = Vec::new();
        while let Some(taken) = outbox.take() {
            sizes.push(taken.into_batch().objects.len());
        }
        assert_eq!(sizes, [PART, PART, 5]);
    }
}
