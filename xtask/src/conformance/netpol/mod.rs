//! Network connectivity of manifests: what another analyzer answers for the same files.
//!
//! ```text
//!  CASE/manifests ─► Inventory ─► Reach ─┬─► listing  ◄─┐
//!                                        ├─► exposure ◄─┼─ CASE/expected/*connlist*, *exposure*, *explain*
//!                                        └─► explain  ◄─┘
//! ```
//!
//! Both sides are brought into one form (parties, port sets, ranges of IPv4 addresses) before they are
//! compared, so nothing depends on how either writes. The JSON files of a case repeat its text files
//! and are passed over.

mod correction;
mod explain;
mod exposure;
mod focus;
mod listing;
mod ports;
mod states;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use catseye_model::{Completeness, Inventory, Object, yaml};
use catseye_netpol::Reach;

use self::correction::Corrected;
use self::focus::Focus;
use super::{Outcome, entries, name};

pub(super) use self::states::judge as judge_differences;

/// A case, read.
struct Case {
    inventory: Inventory,
    reach: Reach,
    /// What was corrected before the case was read.
    corrected: Corrected,
    /// Why the case is about something else than policies of Kubernetes.
    apart: Option<&'static str>,
}

const OTHER_NETWORKS: &str = "user-defined networks of OVN-Kubernetes and machines of KubeVirt are \
    extensions of which Kubernetes' policies say nothing; we answer as for pods of one network";

pub(super) fn judge(folder: &Path) -> Outcome {
    let mut outcome = Outcome::default();
    let cases = match entries(folder) {
        Ok(cases) => cases,
        Err(err) => {
            outcome.count("(all)", Err(err));
            return outcome;
        }
    };
    let mut corrected = Corrected::default();
    for path in cases {
        let case = match Case::read(&path.join("manifests")) {
            Ok(case) => case,
            Err(err) => {
                outcome.count(name(&path), Err(err));
                continue;
            }
        };
        corrected.add(&case.corrected);
        for answer in entries(&path.join("expected")).unwrap_or_default() {
            let file = name(&answer);
            if let Some(stem) = file.strip_suffix(".txt") {
                let number = format!("{}/{stem}", name(&path));
                match (judge_answer(&case, &answer, stem), case.apart) {
                    (Err(err), Some(why)) => outcome.set_apart(number, err.to_string(), why),
                    (judged, _) => outcome.count(number, judged),
                }
            }
        }
    }
    outcome.notes.extend(corrected.notes());
    outcome
}

fn judge_answer(case: &Case, answer: &Path, stem: &str) -> Result<()> {
    let text = fs::read_to_string(answer).context("reading the expected answer")?;
    let focus = Focus::of(stem, &case.reach)?;
    if stem.ends_with("explain_output") || stem.ends_with("explain_exposure_output") {
        explain::compare(case, &text, &focus)
    } else if stem.ends_with("exposure_output") {
        listing::compare(case, &text, &focus)?;
        exposure::compare(case, &text, &focus)
    } else {
        listing::compare(case, &text, &focus)
    }
}

impl Case {
    fn read(folder: &Path) -> Result<Self> {
        let mut files = Vec::new();
        list(folder, &mut files)?;
        let mut objects = Vec::new();
        for file in files {
            objects.extend(objects_of(&file)?);
        }
        ensure!(!objects.is_empty(), "no manifests");
        let apart = objects
            .iter()
            .any(|object| matches!(object.group(), "k8s.ovn.org" | "kubevirt.io"))
            .then_some(OTHER_NETWORKS);
        let (objects, corrected) = correction::corrected(objects);
        let inventory = Inventory::new(objects, Completeness::Tree);
        let reach = Reach::with_strangers(&inventory);
        Ok(Case {
            inventory,
            reach,
            corrected,
            apart,
        })
    }
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in entries(folder)? {
        if entry.is_dir() {
            list(&entry, files)?;
        } else if entry
            .extension()
            .is_some_and(|ending| ["yaml", "yml", "json"].iter().any(|known| ending == *known))
        {
            files.push(entry);
        }
    }
    Ok(())
}

/// The objects of a file; some folders also hold files that are no manifests.
fn objects_of(file: &Path) -> Result<Vec<Object>> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let mut objects = Vec::new();
    for document in yaml::documents(&text) {
        let Ok(value) = document.content else {
            continue;
        };
        objects.extend(Object::read(value, None).0);
    }
    Ok(objects)
}
