//! Policies and other objects read from files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use catseye_admission::PolicySet;
use catseye_model::{Object, Value, yaml};

/// The files of a path: itself, or all YAML files below it, in one order.
pub(crate) fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    let listing = fs::read_dir(path).with_context(|| format!("listing {}", path.display()))?;
    for entry in listing {
        let entry = entry
            .with_context(|| format!("listing {}", path.display()))?
            .path();
        let is_yaml = entry
            .extension()
            .is_some_and(|ending| ending == "yaml" || ending == "yml" || ending == "json");
        if entry.is_dir() {
            found.extend(files(&entry)?);
        } else if is_yaml {
            found.push(entry);
        }
    }
    found.sort();
    Ok(found)
}

/// The documents of a file.
pub(crate) fn documents(file: &Path) -> anyhow::Result<Vec<Value>> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let mut values = Vec::new();
    for document in yaml::documents(&text) {
        let value = document
            .content
            .with_context(|| format!("reading {}", file.display()))?;
        values.push(value);
    }
    Ok(values)
}

/// Adds the policies and bindings of a file; how many there were. Other objects are returned.
pub(crate) fn add(set: &mut PolicySet, file: &Path) -> anyhow::Result<(usize, Vec<Object>)> {
    let mut count = 0;
    let mut others = Vec::new();
    for value in documents(file)? {
        let (objects, _) = Object::read(value, None);
        for object in objects {
            match set.add(&object) {
                Ok(true) => count += 1,
                Ok(false) => others.push(object),
                Err(problems) => {
                    let all: Vec<String> = problems
                        .iter()
                        .map(|problem| format!("  {problem}"))
                        .collect();
                    bail!(
                        "{}: {} {} cannot be used\n{}",
                        file.display(),
                        object.kind_name(),
                        object.name(),
                        all.join("\n")
                    );
                }
            }
        }
    }
    Ok((count, others))
}

/// All policies of a path, which must have some.
pub(crate) fn policies(path: &Path) -> anyhow::Result<(PolicySet, Vec<Object>)> {
    let mut set = PolicySet::unbound_deny();
    let mut others = Vec::new();
    for file in files(path)? {
        // Cases stand beside policies and are no objects.
        if is_cases(&file) {
            continue;
        }
        others.extend(add(&mut set, &file)?.1);
    }
    if set.policies().is_empty() && !set.mutates() {
        bail!(
            "{}: no ValidatingAdmissionPolicy: name a file or folder that has one",
            path.display()
        );
    }
    Ok((set, others))
}

/// True for a file of cases, by its name.
pub(crate) fn is_cases(file: &Path) -> bool {
    let name = file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    name.ends_with("cases.yaml") || name.ends_with("cases.yml")
}
