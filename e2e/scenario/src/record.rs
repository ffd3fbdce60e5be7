//! Writing a recording down: snapshots while the story runs, and the fixture afterwards.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;

use anyhow::{Context, Result, bail};
use catseye_model::Fields;
use serde_json::{Value, json};

use crate::clock::Moment;
use crate::ledger::{Entry, Label};
use crate::plan::Story;
use crate::repository::{Repository, manager_of};
use crate::retime::{Retimer, Sessions};
use crate::shape::Shape;
use crate::wire::Wire;

/// Kinds that no dump needs: answers of the moment, and the chatter of events.
const PASSED_OVER: [&str; 3] = ["events", "componentstatuses", "bindings"];

/// Writes every object that the API server serves to a file, one a line.
pub async fn snapshot(wire: &Wire, path: &Path) -> Result<()> {
    let mut versions = vec!["/api/v1".to_owned()];
    let groups = wire.ask("/apis").await?.body;
    for group in groups.list("groups") {
        let version = group.text("preferredVersion.groupVersion");
        let version = version.context("a group's preferred version")?;
        if !matches!(
            version.split('/').next(),
            Some("metrics.k8s.io" | "events.k8s.io")
        ) {
            versions.push(format!("/apis/{version}"));
        }
    }
    let mut lines = BTreeSet::new();
    for version in versions {
        let served = wire.ask(&version).await?.body;
        for resource in served.list("resources") {
            let name = resource.text("name").unwrap_or_default();
            let lists = resource.texts("verbs").any(|verb| verb == "list");
            if !lists || PASSED_OVER.contains(&name) {
                continue;
            }
            let answer = wire.ask(&format!("{version}/{name}")).await?;
            if answer.status != 200 {
                bail!("{version}/{name}: {}", answer.status);
            }
            for object in answer.body.list("items") {
                let mut object = object.clone();
                // A list's members leave out what the list says once.
                object["apiVersion"] = json!(answer.body["apiVersion"]);
                object["kind"] = resource.at("kind").clone();
                let place = ["apiVersion", "kind", "metadata.namespace", "metadata.name"]
                    .map(|field| object.text(field).unwrap_or_default().to_owned());
                lines.insert((place, object.to_string()));
            }
        }
    }
    let mut file = File::create(path)?;
    for (_, line) in lines {
        writeln!(file, "{line}")?;
    }
    Ok(())
}

/// A finished run, before it becomes a fixture.
pub struct Finished<'a> {
    /// The story that was played.
    pub story: &'a Story,
    /// Its repository with all commits.
    pub repository: &'a Repository,
    /// The retimer of its clock.
    pub retimer: Retimer,
    /// The folder of ledger and snapshots.
    pub raw: &'a Path,
    /// The cluster's audit log.
    pub audit_log: &'a Path,
    /// The API server's version.
    pub kubernetes: &'a str,
}

/// What came of a recording.
pub struct Written {
    /// The shape of the audit log.
    pub shape: Shape,
    /// Calls of played identities that the log has and the ledger has not: under load a connection may
    /// break after the server has taken a call, and the transport sends it again. Such a recording is not
    /// exact.
    pub strays: Vec<String>,
}

/// Writes the fixture.
pub fn write(run: &Finished<'_>, out: &Path) -> Result<Written> {
    let ledger = read_ledger(&run.raw.join("ledger.jsonl"))?;
    let sessions: Sessions = ledger
        .iter()
        .map(|entry| (entry.audit_id.clone(), entry.anchor))
        .collect();
    let mut retimer = run.retimer.clone();
    let mut events = Vec::new();
    let log = BufReader::new(File::open(run.audit_log)?);
    for line in log.lines() {
        let mut event: Value = serde_json::from_str(&line?).context("a line of the audit log")?;
        if retimer.event(&mut event, &sessions)? {
            hide_credentials(&mut event);
            events.push(event);
        }
    }
    events.sort_by_cached_key(|event| event.text("stageTimestamp").unwrap_or_default().to_owned());

    for folder in ["objects", "desired"] {
        let old = out.join(folder);
        if old.exists() {
            fs::remove_dir_all(&old)?;
        }
    }
    fs::create_dir_all(out.join("objects"))?;
    let mut text = String::new();
    for event in &events {
        writeln!(text, "{event}")?;
    }
    compress(&out.join("audit.jsonl.zst"), &text)?;

    let mut snapshots = Vec::new();
    for (name, at) in &run.story.snapshots {
        let raw = fs::read_to_string(run.raw.join(format!("{name}.jsonl")))?;
        let mut text = String::new();
        for line in raw.lines() {
            let mut object: Value = serde_json::from_str(line)?;
            retimer.object(&mut object, *at);
            hide_credentials(&mut object);
            writeln!(text, "{object}")?;
        }
        compress(
            &out.join("objects").join(format!("{name}.jsonl.zst")),
            &text,
        )?;
        write_desired(run.repository, *at, &out.join("desired").join(name))?;
        snapshots.push(
            json!({"name": name, "time": run.retimer.moment(*at).to_string(),
                              "objects": raw.lines().count()}),
        );
    }

    let labels: Vec<&Label> = ledger
        .iter()
        .filter_map(|entry| entry.label.as_ref())
        .collect();
    let mut text = String::new();
    for label in &labels {
        text.push_str(&serde_json::to_string(label)?);
        text.push('\n');
    }
    fs::write(out.join("labels.jsonl"), text)?;

    let shape = Shape::of(&events);
    let about = json!({
        "version": 1,
        "name": run.story.name,
        "seed": run.story.seed,
        "kubernetes": run.kubernetes,
        "factor": run.retimer.clock.factor,
        "start": run.retimer.moment(Moment(0)).to_string(),
        "end": run.retimer.moment(run.story.end).to_string(),
        "events": events.len(),
        "scriptedCalls": ledger.len(),
        "labels": labels.len(),
        "snapshots": snapshots,
        "scripted": scripted(&events, &sessions),
        "counts": shape.to_json(),
    });
    let mut text = serde_json::to_string_pretty(&about)?;
    text.push('\n');
    fs::write(out.join("recording.json"), text)?;
    Ok(Written {
        shape,
        strays: strays(&events, &ledger, &sessions),
    })
}

fn strays(events: &[Value], ledger: &[Entry], sessions: &Sessions) -> Vec<String> {
    let played: BTreeSet<&str> = ledger
        .iter()
        .map(|entry| entry.actor.as_str())
        // Played beside the real one, which has the same account.
        .filter(|actor| !actor.starts_with("system:serviceaccount:kube-system:"))
        .collect();
    events
        .iter()
        .filter(|event| played.contains(event.text("user.username").unwrap_or_default()))
        .filter(|event| !sessions.contains_key(event.text("auditID").unwrap_or_default()))
        .map(|event| event.text("requestURI").unwrap_or_default().to_owned())
        .collect()
}

/// The identities all of whose calls are scripted: they must be the same in every recording of a seed.
fn scripted(events: &[Value], sessions: &Sessions) -> Vec<String> {
    let user = |event: &Value| event.text("user.username").unwrap_or_default().to_owned();
    let is_scripted = |event: &&Value| {
        let id = event.text("auditID").unwrap_or_default();
        sessions.contains_key(id)
    };
    let ours: BTreeSet<String> = events.iter().filter(is_scripted).map(user).collect();
    let theirs: BTreeSet<String> = events
        .iter()
        .filter(|event| !is_scripted(event))
        .map(user)
        .collect();
    ours.difference(&theirs).cloned().collect()
}

/// The lines of a ledger.
pub fn read_ledger(path: &Path) -> Result<Vec<Entry>> {
    let text = fs::read_to_string(path)?;
    text.lines()
        .map(|line| serde_json::from_str(line).context("a line of the ledger"))
        .collect()
}

fn write_desired(repository: &Repository, at: Moment, folder: &Path) -> Result<()> {
    for (file, text) in repository.files_at(Some(at)) {
        if manager_of(&file) != "argocd-controller" {
            continue;
        }
        let path = folder.join(&file);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}

fn compress(path: &Path, text: &str) -> Result<()> {
    // The highest level: recorded once, read for years.
    let bytes = zstd::encode_all(text.as_bytes(), 19)?;
    fs::write(path, bytes).with_context(|| format!("{}", path.display()))
}

/// Takes out what a scanner would rightly call a credential: tokens of the cluster that is long gone.
fn hide_credentials(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with("eyJ") && text.matches('.').count() == 2 => {
            "(a token, left out of the recording)".clone_into(text);
        }
        Value::Array(items) => items.iter_mut().for_each(hide_credentials),
        Value::Object(fields) => fields.values_mut().for_each(hide_credentials),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_do_not_enter_a_recording() {
        let mut answer = json!({"status": {"token": "eyJhbGciOi.eyJhdWQiOl.c2ln"}, "name": "eyJ"});
        hide_credentials(&mut answer);
        assert_eq!(
            answer["status"]["token"],
            "(a token, left out of the recording)"
        );
        assert_eq!(answer["name"], "eyJ");
    }
}
