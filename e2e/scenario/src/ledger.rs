//! What the driver itself knows of each call it made: the proof behind the labels, and the session clock.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Mutex;

use anyhow::Result;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::call::Deed;

/// A line of the ledger: one call that was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The `Audit-Id` of the answer; for streams, whose answer comes from the kubelet, of the request.
    #[serde(rename = "auditID")]
    pub audit_id: String,
    /// The actor, as the plan knows it.
    pub actor: String,
    /// When its sitting began, or went on after a wait: time runs unscaled from here.
    pub anchor: Timestamp,
    /// The HTTP method.
    pub method: String,
    /// The path as sent.
    pub path: String,
    /// The status of the answer.
    pub status: u16,
    /// False when the script expected another answer.
    pub expected: bool,
    /// The label.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub label: Option<Label>,
}

/// A line of `labels.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Label {
    /// The id of the call's audit events.
    #[serde(rename = "auditID")]
    pub audit_id: String,
    /// Attack or hand-made.
    pub kind: Deed,
    /// The scenario.
    pub scenario: String,
    /// Its variant.
    pub variant: String,
    /// The call's number within this run of the scenario, from 1.
    pub step: u32,
    /// Who really did it, whatever identity the call shows.
    pub actor: String,
    /// What was sent.
    pub call: String,
    /// The ATT&CK technique.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub technique: Option<String>,
}

/// The ledger of a run, on disk line by line.
pub struct Ledger(Mutex<BufWriter<File>>);

impl Ledger {
    /// A new ledger.
    pub fn create(path: &Path) -> Result<Self> {
        Ok(Self(Mutex::new(BufWriter::new(File::create(path)?))))
    }

    /// Writes a line.
    pub fn note(&self, entry: &Entry) -> Result<()> {
        let line = serde_json::to_string(entry)?;
        let mut file = match self.0.lock() {
            Ok(file) => file,
            Err(broken) => broken.into_inner(),
        };
        writeln!(file, "{line}")?;
        Ok(())
    }

    /// Brings all lines to disk.
    pub fn flush(&self) -> Result<()> {
        let mut file = match self.0.lock() {
            Ok(file) => file,
            Err(broken) => broken.into_inner(),
        };
        Ok(file.flush()?)
    }
}
