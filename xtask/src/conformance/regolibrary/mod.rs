//! Posture rules of Kubescape: `RULE/test/CASE` holds the objects (`input/`), perhaps settings
//! (`data.json`), and the alerts that the rule raises (`expected.json`).
//!
//! We do not run the rules. `readings.toml` says which of our checks answers a rule; these checks judge
//! the objects of a case as if they were the whole cluster, and what they find must be the alerts: the
//! same objects, at the same fields.
//!
//! ```text
//!  RULE/rule.metadata.json ─► Rule ────────┐
//!  readings.toml ───────────► Reading ─────┼─► verdict::agrees ─► Outcome
//!  RULE/test/CASE ──────────► Case, Alert ─┘
//! ```

mod alert;
mod case;
mod path;
mod reading;
mod rule;
mod settings;
mod verdict;

use std::path::Path;

use anyhow::{Context as _, Result, anyhow};

use self::case::Case;
use self::reading::{Reading, Readings};
use self::rule::Rule;
use super::{Outcome, entries, name};

pub(super) fn judge(folder: &Path) -> Outcome {
    let mut outcome = Outcome::default();
    if let Err(err) = judge_all(folder, &mut outcome) {
        outcome.count("(all)", Err(err));
    }
    outcome
}

fn judge_all(folder: &Path, outcome: &mut Outcome) -> Result<()> {
    let readings = Readings::load()?;
    for rule_folder in entries(folder)? {
        if rule_folder.is_dir() {
            judge_rule(&rule_folder, &readings, outcome)?;
        }
    }
    Ok(())
}

fn judge_rule(folder: &Path, readings: &Readings, outcome: &mut Outcome) -> Result<()> {
    let rule = Rule::read(folder);
    let cases = Case::folders(folder)?;
    let line = if let Some(reading) = readings.of(&rule) {
        let before = (outcome.agreed, outcome.total);
        for case in &cases {
            let answer = agrees(case, &rule, reading);
            outcome.count(format!("{}/{}", rule.folder, name(case)), answer);
        }
        let (agreed, total) = (outcome.agreed - before.0, outcome.total - before.1);
        format!("{} {agreed}/{total}", reading.checks.join(" "))
    } else if let Some(reason) = readings.reason_beyond(&rule) {
        format!("{} cases not judged: {reason}", cases.len())
    } else {
        for case in &cases {
            let reason = anyhow!("no reading of this rule");
            outcome.count(format!("{}/{}", rule.folder, name(case)), Err(reason));
        }
        format!("no reading, 0/{}", cases.len())
    };
    outcome.notes.push(format!("{} -> {line}", rule.folder));
    Ok(())
}

fn agrees(folder: &Path, rule: &Rule, reading: &Reading) -> Result<()> {
    let case = Case::read(folder).context("reading the case")?;
    verdict::agrees(&case, rule, reading)
}
