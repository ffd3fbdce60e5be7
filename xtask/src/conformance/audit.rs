//! Real audit logs: the intake must make an event of every record, with its source, whatever the shape.
//!
//! `falco_traces` and `recorded` are logs of API servers of many years; in `panther_tests` the field `log`
//! of every line is a record as EKS, GKE or AKS writes it.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use catseye_event::intake::{Intake, Tally};
use catseye_event::{Event, Source};
use catseye_model::{Fields as _, RedactionKey};
use flate2::read::MultiGzDecoder;
use serde_json::Value;

use super::{Outcome, name};

pub(super) fn judge(folder: &Path) -> Outcome {
    let mut outcome = Outcome::default();
    for path in files(&folder.join("falco_traces"), "json") {
        // The list of what the rules of the original should say is no log.
        if name(&path) != "expected.json" {
            outcome.count(format!("falco_traces/{}", name(&path)), whole_log(&path));
        }
    }
    for path in files(&folder.join("recorded"), "gz") {
        outcome.count(format!("recorded/{}", name(&path)), whole_log(&path));
    }
    for path in files(&folder.join("panther_tests"), "jsonl") {
        let text = fs::read_to_string(&path).unwrap_or_default();
        for (index, line) in text.lines().enumerate() {
            let case = format!("panther_tests/{}:{}", name(&path), index + 1);
            outcome.count(case, native_record(line));
        }
    }
    outcome
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = folder.read_dir().into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .collect();
    files.sort();
    files
}

fn read(log: &[u8], on_event: &mut dyn FnMut(&Event<'_>)) -> Tally {
    let mut intake = Intake::new(RedactionKey::new([0; 32]));
    intake.feed(log, on_event);
    intake.finish(on_event);
    intake.tally().clone()
}

/// Every line is an event that says who, what and when.
fn whole_log(path: &Path) -> Result<()> {
    let mut log = Vec::new();
    let mut file = File::open(path)?;
    if path.extension().is_some_and(|ending| ending == "gz") {
        MultiGzDecoder::new(file).read_to_end(&mut log)?;
    } else {
        file.read_to_end(&mut log)?;
    }
    let records = log
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .count();
    let mut speechless = 0;
    let tally = read(&log, &mut |event| {
        let says_all = !event.verb().is_empty()
            && !event.user().username.is_empty()
            && event.time().is_some()
            && !event.audit_id().is_empty();
        speechless += usize::from(!says_all);
    });
    ensure!(
        tally.unreadable_count() == 0,
        "unreadable: {:?}",
        tally.unreadable
    );
    ensure!(
        tally.events == records as u64,
        "{} events of {records} records",
        tally.events
    );
    ensure!(
        speechless == 0,
        "{speechless} events do not say who did what and when"
    );
    Ok(())
}

/// One record gives one event of the right source, with the fields that it has.
fn native_record(line: &str) -> Result<()> {
    let case: Value = serde_json::from_str(line).context("a case is JSON")?;
    let log = case.at("log");
    let mut seen = Vec::new();
    let tally = read(log.to_string().as_bytes(), &mut |event| {
        seen.push((
            event.source(),
            event.verb().to_owned(),
            event.resource().to_owned(),
            event.effective_user().username.to_string(),
        ));
    });
    ensure!(
        tally.unreadable_count() == 0,
        "unreadable: {:?}",
        tally.unreadable
    );
    let is_kubernetes = match case.text("log_type").unwrap_or_default() {
        "GCP.AuditLog" => log
            .text("protoPayload.serviceName")
            .is_none_or(|service| service == "k8s.io"),
        "Azure.MonitorActivity" => log.text("category") == Some("kube-audit"),
        _ => true,
    };
    if !is_kubernetes {
        ensure!(seen.is_empty(), "an event of another service");
        return Ok(());
    }
    ensure!(seen.len() == 1, "{} events", seen.len());
    let (source, verb, resource, user) = seen.remove(0);
    match case.text("log_type").unwrap_or_default() {
        "GCP.AuditLog" => {
            ensure!(source == Source::Gke, "source {source}");
            let method = log.text("protoPayload.methodName").unwrap_or_default();
            ensure!(method.ends_with(&format!(".{verb}")), "{verb} of {method}");
            ensure!(
                method.contains(&format!(".{resource}.")),
                "{resource} of {method}"
            );
        }
        "Azure.MonitorActivity" => {
            ensure!(source == Source::Aks, "source {source}");
            ensure!(!verb.is_empty(), "no verb");
        }
        // Exported event by event, without the envelope of CloudWatch.
        "Amazon.EKS.Audit" => {
            ensure!(verb == log.text("verb").unwrap_or_default(), "verb {verb}");
            ensure!(
                user == log.text("user.username").unwrap_or_default(),
                "user {user}"
            );
            let expected = log.text("objectRef.resource").unwrap_or_default();
            ensure!(resource == expected, "resource {resource}");
        }
        other => anyhow::bail!("a log of type {other}"),
    }
    Ok(())
}
