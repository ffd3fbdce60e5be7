//! Reading a recording back, and checking that it is whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use catseye_model::Fields;
use serde_json::Value;

use crate::call::Deed;
use crate::ledger::Label;
use crate::shape::Shape;

/// One run of a scenario.
struct Run<'a> {
    begins: &'a str,
    ends: &'a str,
    calls: usize,
    actors: BTreeSet<&'a str>,
    label: &'a Label,
}

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

    /// How many calls of each scenario and variant are labelled.
    pub fn labelled(&self) -> BTreeMap<(String, String), usize> {
        let mut counts = BTreeMap::new();
        for label in &self.labels {
            let key = (label.scenario.clone(), label.variant.clone());
            *counts.entry(key).or_default() += 1;
        }
        counts
    }

    /// What is labelled, as a Markdown table in the order of the story.
    pub fn scenarios(&self) -> String {
        let times: BTreeMap<&str, &str> = self
            .events
            .iter()
            .filter_map(|event| {
                Some((
                    event.text("auditID")?,
                    event.text("requestReceivedTimestamp")?,
                ))
            })
            .collect();
        let mut runs: BTreeMap<(&str, &str), Run<'_>> = BTreeMap::new();
        for label in &self.labels {
            let time = times.get(label.audit_id.as_str()).copied().unwrap_or("");
            let key = (label.scenario.as_str(), label.variant.as_str());
            let run = runs.entry(key).or_insert_with(|| Run {
                begins: time,
                ends: time,
                calls: 0,
                actors: BTreeSet::new(),
                label,
            });
            run.begins = run.begins.min(time);
            run.ends = run.ends.max(time);
            run.calls += 1;
            run.actors.insert(&label.actor);
        }
        let mut rows: Vec<_> = runs.into_iter().collect();
        rows.sort_by_key(|(_, run)| run.begins);
        let mut text = String::from(
            "| kind | scenario | variant | technique | calls | from | to | as |\n|---|---|---|---|---|---|---|---|\n",
        );
        for ((scenario, variant), run) in rows {
            let kind = match run.label.kind {
                Deed::Attack => "attack",
                Deed::Handmade => "by hand",
            };
            let technique = run.label.technique.as_deref().unwrap_or("");
            let actors: Vec<&str> = run.actors.into_iter().collect();
            let day_and_hour = |time: &str| time.get(5..13).unwrap_or_default().replace('T', " ");
            // Writing to a String does not fail.
            let _ = writeln!(
                text,
                "| {kind} | {scenario} | {variant} | {technique} | {} | {} h | {} h | {} |",
                run.calls,
                day_and_hour(run.begins),
                day_and_hour(run.ends),
                actors.join(", ")
            );
        }
        text
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
            // What was to begin just before the end may have begun a little late.
            if received < start || received > end + jiff::SignedDuration::from_hours(2) {
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
