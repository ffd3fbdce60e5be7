//! Pods of the Pod Security Standards: `LEVEL/VERSION/{pass,fail}/*.yaml`, admitted or not at that level
//! and version.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use catseye_checks::pss::{self, Level};
use catseye_model::{Object, PodView, Version};

use super::{Outcome, entries, name, objects};

/// One pod with what admission says of it.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) file: PathBuf,
    pub(super) level: Level,
    pub(super) version: Version,
    pub(super) admitted: bool,
}

pub(super) fn judge(folder: &Path) -> Outcome {
    let mut outcome = Outcome::default();
    match cases(folder) {
        Ok(cases) => {
            for case in cases {
                let answer = agrees(&case);
                outcome.count(case.name, answer);
            }
        }
        Err(err) => outcome.count("(all)", Err(err)),
    }
    outcome
}

fn agrees(case: &Case) -> Result<()> {
    let object = pod(case)?;
    let Some(pod) = PodView::of(&object) else {
        bail!("{object} has no pod spec");
    };
    let violations = pss::evaluate(case.level, case.version, &pod);
    if case.admitted {
        let found: Vec<String> = violations
            .iter()
            .map(|violation| {
                let control = violation.control.id;
                format!("{control}: {} {}", violation.path, violation.message)
            })
            .collect();
        ensure!(found.is_empty(), "should pass: {}", found.join("; "));
    } else {
        ensure!(!violations.is_empty(), "should fail, nothing was found");
    }
    Ok(())
}

/// The one object of a case.
pub(super) fn pod(case: &Case) -> Result<Object> {
    let mut objects = objects(&case.file)?;
    match (objects.pop(), objects.is_empty()) {
        (Some(object), true) => Ok(object),
        _ => bail!("expected one object"),
    }
}

pub(super) fn cases(folder: &Path) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for level_folder in entries(folder)? {
        let level: Level = name(&level_folder).parse()?;
        for version_folder in entries(&level_folder)? {
            let version: Version = name(&version_folder).parse()?;
            for answer_folder in entries(&version_folder)? {
                let admitted = match name(&answer_folder).as_str() {
                    "pass" => true,
                    "fail" => false,
                    other => bail!("{other} is neither pass nor fail"),
                };
                for file in entries(&answer_folder)? {
                    let place = file.strip_prefix(folder).unwrap_or(&file);
                    cases.push(Case {
                        name: place.display().to_string(),
                        file,
                        level,
                        version,
                        admitted,
                    });
                }
            }
        }
    }
    Ok(cases)
}
