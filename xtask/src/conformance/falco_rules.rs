//! Falco's traces, judged by Falco rules: each case loads rules files and says which rules fire how often.
//!
//! The files of a case are looked for beside it. A book of Falco's that is not there is stood in for by
//! one of our own with the same names, `fixtures/rules/falco.yaml`; what a case adds to it or overrides
//! is always the suite's own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use catseye_detect::audit::{Config, Rules};
use catseye_model::{Fields as _, Severity};
use catseye_rules::{Level, RuleSet, Source};
use serde_json::Value;

use super::Outcome;
use super::detections::each_event;

/// Where a suite may keep its files of rules.
const FOLDERS: [&str; 5] = [
    "",
    "rules",
    "rules/k8s_audit",
    "rule_overrides",
    "rules_override",
];

/// Falco's book for system calls: nothing in it is about audit events.
const SYSTEM_CALLS: &str = "falco_rules.yaml";

pub(super) fn judge(folder: &Path) -> Outcome {
    let mut outcome = Outcome::default();
    if let Err(err) = each_case(folder, &mut outcome) {
        outcome.count("(all)", Err(err));
    }
    outcome
}

fn each_case(folder: &Path, outcome: &mut Outcome) -> Result<()> {
    let expected = fs::read_to_string(folder.join("expected.json")).context("reading a suite")?;
    let cases: Value = serde_json::from_str(&expected).context("reading a suite")?;
    let mut stood_in = 0;
    for case in cases.list("") {
        let id = case.text("case").unwrap_or_default();
        outcome.count(id, judged(folder, case, &mut stood_in));
    }
    if stood_in > 0 {
        outcome.notes.push(format!(
            "{stood_in} cases load a book that is not here; fixtures/rules/falco.yaml stands in"
        ));
    }
    Ok(())
}

fn judged(folder: &Path, case: &Value, stood_in: &mut usize) -> Result<()> {
    let rules = loaded(folder, case, stood_in)?;
    let trace = folder.join(case.text("trace").unwrap_or_default());
    let log = fs::read(&trace).with_context(|| format!("reading {}", trace.display()))?;
    let mut rules = Rules::of([], Config::default()).with_user_rules(rules);
    let mut fired: BTreeMap<String, i64> = BTreeMap::new();
    let mut worst = None;
    each_event(&log, &mut |event| {
        for detection in rules.observe(event, None) {
            *fired.entry(detection.rule.into_owned()).or_default() += 1;
            worst = worst.max(Some(detection.severity));
        }
    });
    if case.flag("detect") == Some(false) {
        ensure!(fired.is_empty(), "{fired:?} fire");
        return Ok(());
    }
    for (rule, count) in case.entries("expected_counts") {
        let seen = fired.get(rule).copied().unwrap_or_default();
        ensure!(Some(seen) == count.as_i64(), "{rule} fires {seen} times");
    }
    let level = case.text("level").unwrap_or_default();
    ensure!(
        worst >= Some(severity(level)),
        "{level} is expected and the worst is {worst:?}"
    );
    Ok(())
}

/// The rules that a case loads, in its order.
fn loaded(folder: &Path, case: &Value, stood_in: &mut usize) -> Result<RuleSet> {
    let mut sources: Vec<Source> = Vec::new();
    let mut is_stood_in = false;
    for file in case.texts("rules") {
        let found = FOLDERS
            .iter()
            .map(|below| folder.join(below).join(file))
            .find(|path| path.is_file());
        let path = match found {
            Some(path) => path,
            None if file == SYSTEM_CALLS => continue,
            None if file.ends_with("k8s_audit_rules.yaml") => {
                // One of ours stands in for all of theirs.
                if std::mem::replace(&mut is_stood_in, true) {
                    continue;
                }
                crate::project_root().join("fixtures/rules/falco.yaml")
            }
            None => bail!("the file {file} is not there"),
        };
        let text = fs::read_to_string(&path).context("reading rules")?;
        sources.push(Source {
            name: file.to_owned(),
            text,
        });
    }
    *stood_in += usize::from(is_stood_in);
    let set = RuleSet::load(&sources);
    if let Some(problem) = set.problems.iter().find(|it| it.level == Level::Error) {
        bail!("{problem}");
    }
    Ok(set)
}

fn severity(level: &str) -> Severity {
    match level {
        "WARNING" => Severity::Medium,
        "NOTICE" => Severity::Low,
        _ => Severity::Info,
    }
}
