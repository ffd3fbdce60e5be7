//! One case: objects, settings and the expected alerts.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use catseye_model::{Object, yaml};
use serde_json::Value;

use super::alert::Alert;
use crate::conformance::{entries, name};

const EXPECTED: &str = "expected.json";
const SETTINGS: &str = "data.json";

/// A case, read.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) objects: Vec<Object>,
    pub(super) settings: Value,
    pub(super) alerts: Vec<Alert>,
}

impl Case {
    /// The folders of a rule's cases: those with an expected answer.
    pub(super) fn folders(rule: &Path) -> Result<Vec<PathBuf>> {
        let tests = rule.join("test");
        if !tests.is_dir() {
            return Ok(Vec::new());
        }
        let mut folders = entries(&tests)?;
        folders.retain(|folder| folder.join(EXPECTED).is_file());
        Ok(folders)
    }

    pub(super) fn read(folder: &Path) -> Result<Self> {
        let input = folder.join("input");
        let mut files = Vec::new();
        // A few cases keep their manifests beside the answer.
        list_files(if input.is_dir() { &input } else { folder }, &mut files)?;
        files.retain(|file| name(file) != EXPECTED && name(file) != SETTINGS);
        let mut objects = Vec::new();
        for file in &files {
            objects.extend(read_objects(file)?);
        }
        ensure!(
            !objects.is_empty(),
            "no objects among {} files",
            files.len()
        );
        let settings = folder.join(SETTINGS);
        Ok(Case {
            objects,
            settings: if settings.is_file() {
                json(&settings)?
            } else {
                Value::Null
            },
            alerts: Alert::all(&json(&folder.join(EXPECTED))?),
        })
    }
}

fn list_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in entries(folder)? {
        if entry.is_dir() {
            list_files(&entry, files)?;
        } else {
            files.push(entry);
        }
    }
    Ok(())
}

fn json(file: &Path) -> Result<Value> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("reading {}", file.display()))
}

/// The objects of a file; a document that is none (a report of a node agent, say) is passed over.
fn read_objects(file: &Path) -> Result<Vec<Object>> {
    let is_json = file.extension().is_some_and(|ending| ending == "json");
    let documents: Vec<Value> = if is_json {
        match json(file)? {
            Value::Array(members) => members,
            one => vec![one],
        }
    } else {
        let text =
            fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
        yaml::documents(&text)
            .into_iter()
            .map(|document| document.content.map(Value::from))
            .collect::<Result<_, _>>()
            .with_context(|| format!("reading {}", file.display()))?
    };
    Ok(documents
        .into_iter()
        .flat_map(|document| Object::read(document, None).0)
        .collect())
}
