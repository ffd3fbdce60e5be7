//! A recording of a cluster: its audit log, and all its objects at some times.

use std::collections::BTreeSet;

use catseye_drift::DesiredState;
use catseye_model::Value;
use catseye_model::{Delta, DeltaChange, Inventory, RedactionKey, redact};
use jiff::Timestamp;

use super::synced;

/// What was recorded, unpacked.
#[derive(Debug)]
pub struct Recording {
    log: Vec<u8>,
    /// What sensors saw, an event a line, in the order of time.
    pub(super) runtime: Vec<u8>,
    /// In the order of time.
    pub(super) snapshots: Vec<Snapshot>,
    /// Its manifests are part of the program.
    is_shop: bool,
}

/// All objects at a time, an object a line.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) time: Timestamp,
    lines: Vec<u8>,
}

/// A recording that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// A part is no zstd stream.
    #[error("failed to unpack {part}")]
    Unpack {
        /// Which part.
        part: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A snapshot's time is none.
    #[error("failed to read the time {text:?} of a snapshot")]
    Time {
        /// What stands there.
        text: String,
        /// Why.
        #[source]
        source: jiff::Error,
    },
}

impl Recording {
    /// The recorded shop, which is part of the program: a week in which people work, change things by
    /// hand, and attack.
    pub fn shop() -> Result<Self, RecordingError> {
        macro_rules! part {
            ($file:literal) => {
                include_bytes!(concat!("../../../../fixtures/clusters/shop/", $file)).as_slice()
            };
        }
        let mut shop = Self::packed(
            part!("audit.jsonl.zst"),
            &[
                ("2026-11-23T00:00:00Z", part!("objects/T1.jsonl.zst")),
                ("2026-11-24T00:00:00Z", part!("objects/T2.jsonl.zst")),
                ("2026-11-25T00:00:00Z", part!("objects/T3.jsonl.zst")),
                ("2026-11-26T00:00:00Z", part!("objects/T4.jsonl.zst")),
                ("2026-11-27T00:00:00Z", part!("objects/T5.jsonl.zst")),
                ("2026-11-28T00:00:00Z", part!("objects/T6.jsonl.zst")),
                ("2026-11-29T00:00:00Z", part!("objects/T7.jsonl.zst")),
            ],
        )?;
        shop.is_shop = true;
        shop.sensed(part!("runtime.jsonl.zst"))
    }

    /// The same, with what sensors saw, packed with zstd.
    pub fn sensed(mut self, packed: &[u8]) -> Result<Self, RecordingError> {
        self.runtime = zstd::decode_all(packed).map_err(|source| RecordingError::Unpack {
            part: "the runtime events".to_owned(),
            source,
        })?;
        Ok(self)
    }

    /// A recording from its parts, packed with zstd: the log, and the snapshots with their times, in
    /// order.
    pub fn packed(log: &[u8], snapshots: &[(&str, &[u8])]) -> Result<Self, RecordingError> {
        let unpack = |part: &str, bytes: &[u8]| {
            zstd::decode_all(bytes).map_err(|source| RecordingError::Unpack {
                part: part.to_owned(),
                source,
            })
        };
        let mut found = Vec::new();
        for (text, bytes) in snapshots {
            let time = text.parse().map_err(|source| RecordingError::Time {
                text: (*text).to_owned(),
                source,
            })?;
            found.push(Snapshot {
                time,
                lines: unpack(text, bytes)?,
            });
        }
        Ok(Recording {
            log: unpack("the audit log", log)?,
            runtime: Vec::new(),
            snapshots: found,
            is_shop: false,
        })
    }

    /// What was desired at the time of a snapshot, where that was recorded.
    pub(super) fn desired_at(&self, time: Timestamp, key: &RedactionKey) -> Option<DesiredState> {
        let place = self.snapshots.iter().position(|it| it.time == time)?;
        self.is_shop.then(|| super::desired::shop(place, key))
    }

    /// When it begins.
    pub fn start(&self) -> Option<Timestamp> {
        self.snapshots.first().map(|snapshot| snapshot.time)
    }

    /// When it ends.
    pub fn end(&self) -> Option<Timestamp> {
        self.snapshots.last().map(|snapshot| snapshot.time)
    }

    /// The events, one a line.
    pub(super) fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.log
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
    }
}

impl Snapshot {
    /// Everything as a watcher would say it that lists all kinds anew.
    pub(super) fn deltas(&self, key: &RedactionKey, known: &Inventory) -> Vec<Delta> {
        let mut kinds: BTreeSet<(String, String)> = known
            .objects()
            .map(|(_, object)| (object.group().to_owned(), object.kind_name().to_owned()))
            .collect();
        let mut objects = Vec::new();
        for line in self.lines.split(|byte| *byte == b'\n') {
            let Ok(mut value) = serde_json::from_slice::<Value>(line) else {
                continue;
            };
            redact(&mut value, key);
            let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default();
            let group = text("apiVersion").split_once('/').map_or("", |it| it.0);
            let kind = (group.to_owned(), text("kind").to_owned());
            // They say how components are, not what is there.
            if matches!(kind.1.as_str(), "Lease" | "ComponentStatus") {
                continue;
            }
            kinds.insert(kind);
            objects.push(value);
        }
        let time = self.time;
        let mut deltas: Vec<Delta> = Vec::new();
        for (group, kind) in &kinds {
            deltas.push(Delta {
                time,
                change: DeltaChange::Restart {
                    group: group.clone(),
                    kind: kind.clone(),
                },
            });
        }
        deltas.extend(objects.into_iter().map(|object| Delta {
            time,
            change: DeltaChange::Upsert(object),
        }));
        deltas.extend(kinds.iter().map(|(group, kind)| synced(time, group, kind)));
        deltas
    }
}
