//! What is bad in a log: scenarios, each a set of audit ids.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result};
use catseye_model::Fields as _;
use serde_json::Value;

/// Calls that belong together: one attack, or one change by hand.
#[derive(Debug)]
pub(super) struct Scenario {
    /// `attack` or `handmade`.
    pub(super) kind: String,
    /// The scenario and its variant.
    pub(super) name: String,
    /// The audit ids of its calls.
    pub(super) events: BTreeSet<String>,
}

pub(super) fn read(path: &Path) -> Result<Vec<Scenario>> {
    let failed = || format!("failed to read {}", path.display());
    let text = std::fs::read_to_string(path).with_context(failed)?;
    let mut scenarios: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let label = if line.starts_with('{') {
            from_json(line).with_context(failed)?
        } else {
            from_csv(line)
        };
        if let Some((kind, name, id)) = label {
            scenarios.entry((kind, name)).or_default().insert(id);
        }
    }
    Ok(scenarios
        .into_iter()
        .map(|((kind, name), events)| Scenario { kind, name, events })
        .collect())
}

type Label = (String, String, String);

fn from_json(line: &str) -> Result<Option<Label>> {
    let label: Value = serde_json::from_str(line)?;
    let text = |field| label.text(field).unwrap_or_default().to_owned();
    let name = format!("{} {}", text("scenario"), text("variant"));
    Ok(Some((
        text("kind"),
        name.trim().to_owned(),
        text("auditID"),
    )))
}

/// `auditID,attack:NAME,…`; ordinary rows label nothing.
fn from_csv(line: &str) -> Option<Label> {
    let mut fields = line.split(',');
    let id = fields.next()?;
    let (kind, name) = fields.next()?.split_once(':')?;
    Some((kind.to_owned(), name.to_owned(), id.to_owned()))
}
