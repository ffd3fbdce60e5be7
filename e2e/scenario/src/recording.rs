//! Reading a recording back, and checking that it is whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use catseye_model::Fields;
use serde_json::Value;

use crate::ledger::Label;
use crate::shape::Shape;

/// A recording in memory.
#[derive(Debug)]
pub struct Recording {
    /// `recording.json`.
    pub about: Value,
    /// The audit events, in the order of their times.
    pub events: Vec<Value>,
    /// The labels.
    pub labels: Vec<Label>,
    /// The objects of each snapshot.
    pub snapshots: BTreeMap<String, Vec<Value>>,
}

impl Recording {
    /// Reads the folder of a recording.
    pub fn read(folder: &Path) -> Result<Self> {
        let about = fs::read_to_string(folder.join("recording.json"))
            .with_context(|| format!("{}: no recording", folder.display()))?;
        let about: Value = serde_json::from_str(&about)?;
        let labels = fs::read_to_string(folder.join("labels.jsonl"))?;
        let labels = labels
            .lines()
            .map(|line| serde_json::from_str(line).context("a line of labels.jsonl"))
            .collect::<Result<_>>()?;
        let mut snapshots = BTreeMap::new();
        for snapshot in about.list("snapshots") {
            let name = snapshot.text("name").context("a snapshot's name")?;
            let path = folder.join("objects").join(format!("{name}.jsonl.zst"));
            snapshots.insert(name.to_owned(), lines(&path)?);
        }
        Ok(Self {
            events: lines(&folder.join("audit.jsonl.zst"))?,
            about,
            labels,
            snapshots,
        })
    }

    /// The shape of the audit log.
    pub fn shape(&self) -> Shape {
        Shape::of(&self.events)
    }

    /// The identities all of whose calls are scripted.
    pub fn scripted(&self) -> BTreeSet<String> {
        self.about.texts("scripted").map(str::to_owned).collect()
    }

    /// Fails with the first thing that does not hold together.
    pub fn check(&self) -> Result<()> {
        let ids: BTreeSet<&str> = self
            .events
            .iter()
            .filter_map(|event| event.text("auditID"))
            .collect();
        for label in &self.labels {
            if !ids.contains(label.audit_id.as_str()) {
                bail!(
                    "{}: labelled, but not in the audit log: {}",
                    label.audit_id,
                    label.call
                );
            }
        }
        if Shape::from_json(self.about.at("counts")) != self.shape() {
            bail!("recording.json counts other events than the audit log has");
        }
        for (field, found) in [("events", self.events.len()), ("labels", self.labels.len())] {
            if self.about.integer(field) != i64::try_from(found).ok() {
                bail!("recording.json: {field} is not {found}");
            }
        }
        let time = |event: &Value, field: &str| -> Result<jiff::Timestamp> {
            Ok(event.text(field).context("a time")?.parse()?)
        };
        let (start, end) = (time(&self.about, "start")?, time(&self.about, "end")?);
        for event in &self.events {
            let received = time(event, "requestReceivedTimestamp")?;
            // What is begun at the end is still logged.
            if received < start || received > end + jiff::SignedDuration::from_hours(12) {
                bail!("{received}: an event outside of the story");
            }
        }
        for snapshot in self.about.list("snapshots") {
            let name = snapshot.text("name").unwrap_or_default();
            let found = self.snapshots.get(name).map_or(0, Vec::len);
            if snapshot.integer("objects") != i64::try_from(found).ok() {
                bail!("{name}: {found} objects, and recording.json says otherwise");
            }
        }
        Ok(())
    }
}

fn lines(path: &Path) -> Result<Vec<Value>> {
    let bytes = fs::read(path).with_context(|| format!("{}", path.display()))?;
    let text = zstd::decode_all(bytes.as_slice())?;
    let text = String::from_utf8(text)?;
    text.lines()
        .map(|line| serde_json::from_str(line).with_context(|| format!("{}", path.display())))
        .collect()
}
