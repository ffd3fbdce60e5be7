//! Cases with known answers, kept as data outside the project: do we answer as their authors do?
//!
//! A suite is a folder of cases and a function that judges them. Every case that is answered otherwise
//! is printed with the reason; a difference that we mean to have stands in [`DIFFERENCES`] with the
//! reason why, and all others fail the run.
//!
//! ```text
//!  DIR/psa ─────────────────► psa::judge ─────────┐
//!  DIR/kyverno-pod-security ► kyverno::judge ─────┤
//!  DIR/regolibrary ─────────► regolibrary::judge ─┼─► Outcome ─► "psa 1763/1763"
//!  DIR/polaris ─────────────► polaris::judge ─────┤
//!  DIR/badPods ─────────────► bad_pods::judge ────┤
//!  DIR/audit ───────────────► audit::judge ───────┤
//!  DIR/audit/… ─────────────► detections::judge_… ┤
//!  DIR/audit/falco_traces ──► falco_rules::judge ─┤
//!  DIR/vap ─────────────────► vap::judge ─────────┤
//!  DIR/netpol-analyzer, -diff► netpol::judge ─────┘
//! ```

mod audit;
mod bad_pods;
mod detections;
mod difference;
mod falco_rules;
mod kubehound;
mod kyverno;
mod netpol;
mod polaris;
mod psa;
mod regolibrary;
#[cfg(test)]
mod tests;
mod vap;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use catseye_model::{Object, yaml};

use self::difference::DIFFERENCES;

/// Judge cases with known answers
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Directory with a folder for each suite [default: ../shared/data beside the project]
    #[arg(long, value_name = "DIR", env = "CATSEYE_CASES")]
    cases: Option<PathBuf>,

    /// Suites to judge [default: all]
    #[arg(value_name = "SUITE")]
    suites: Vec<String>,
}

/// Cases of one origin.
struct Suite {
    /// The name, also that of its folder; what follows a `+` tells two ways to judge one folder apart.
    name: &'static str,
    judge: fn(&Path) -> Outcome,
    /// The agreement that tests hold, in percent. Where it is not 100, our checks and theirs follow
    /// standards of their own.
    #[cfg_attr(not(test), expect(dead_code, reason = "only tests hold it"))]
    floor: usize,
}

impl Suite {
    fn folder(&self) -> &'static str {
        self.name.split('+').next().unwrap_or(self.name)
    }
}

const SUITES: &[Suite] = &[
    Suite {
        name: "psa",
        judge: psa::judge,
        floor: 100,
    },
    Suite {
        name: "kyverno-pod-security",
        judge: kyverno::judge,
        floor: 100,
    },
    Suite {
        name: "regolibrary",
        judge: regolibrary::judge,
        floor: 96,
    },
    Suite {
        name: "polaris",
        judge: polaris::judge,
        floor: 88,
    },
    Suite {
        name: "kubehound",
        judge: kubehound::judge,
        floor: 100,
    },
    Suite {
        name: "badPods",
        judge: bad_pods::judge,
        floor: 100,
    },
    Suite {
        name: "audit/panther_tests",
        judge: detections::judge_panther,
        floor: 85,
    },
    Suite {
        name: "audit/falco_traces",
        judge: detections::judge_falco,
        floor: 90,
    },
    Suite {
        name: "audit/falco_traces+rules",
        judge: falco_rules::judge,
        floor: 100,
    },
    Suite {
        name: "audit/recorded",
        judge: detections::judge_recorded,
        floor: 85,
    },
    Suite {
        name: "audit",
        judge: audit::judge,
        floor: 100,
    },
    Suite {
        name: "vap",
        judge: vap::judge,
        floor: 100,
    },
    Suite {
        name: "netpol-analyzer",
        judge: netpol::judge,
        floor: 80,
    },
    Suite {
        name: "netpol-diff",
        judge: netpol::judge_differences,
        floor: 90,
    },
];

/// What came of a suite.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// How many cases were answered as expected.
    pub agreed: usize,
    /// How many cases there are.
    pub total: usize,
    /// The others.
    pub misses: Vec<Miss>,
    /// What else is worth a line.
    pub notes: Vec<String>,
}

/// A case that was answered otherwise.
#[derive(Debug)]
pub(crate) struct Miss {
    /// The case, by a name that stays.
    pub case: String,
    /// What differs.
    pub reason: String,
    /// Why we mean to answer so, where a property of the case tells; else [`DIFFERENCES`] may.
    pub on_purpose: Option<&'static str>,
}

impl Outcome {
    /// Counts one case; an error is the reason of a miss.
    pub(crate) fn count(&mut self, case: impl Into<String>, answer: Result<()>) {
        self.total += 1;
        match answer {
            Ok(()) => self.agreed += 1,
            Err(err) => self.misses.push(Miss {
                case: case.into(),
                reason: format!("{err:#}"),
                on_purpose: None,
            }),
        }
    }

    /// Counts a case that we mean to answer otherwise because of what it is about.
    pub(crate) fn set_apart(&mut self, case: impl Into<String>, reason: String, why: &'static str) {
        self.total += 1;
        self.misses.push(Miss {
            case: case.into(),
            reason,
            on_purpose: Some(why),
        });
    }
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let Args { cases, suites } = args;
    let cases = cases.clone().unwrap_or_else(default_cases);
    if !cases.is_dir() {
        eprintln!("no cases: {} is not a directory", cases.display());
        return Ok(ExitCode::from(2));
    }
    let mut unexplained = false;
    for suite in selected(suites)? {
        let folder = cases.join(suite.folder());
        if !folder.is_dir() {
            eprintln!("no cases of {}: {} is absent", suite.name, folder.display());
            return Ok(ExitCode::from(2));
        }
        unexplained |= print(suite, &(suite.judge)(&folder)) > 0;
    }
    Ok(ExitCode::from(u8::from(unexplained)))
}

/// Where the cases lie unless another place is named.
fn default_cases() -> PathBuf {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    project.join("../shared/data")
}

fn selected(names: &[String]) -> Result<Vec<&'static Suite>> {
    if names.is_empty() {
        return Ok(SUITES.iter().collect());
    }
    names
        .iter()
        .map(|name| {
            SUITES
                .iter()
                .find(|suite| suite.name == name)
                .with_context(|| {
                    let known: Vec<&str> = SUITES.iter().map(|suite| suite.name).collect();
                    format!("no suite {name}: choose from {}", known.join(", "))
                })
        })
        .collect()
}

/// Prints a suite's outcome and answers how many misses have no explanation.
fn print(suite: &Suite, outcome: &Outcome) -> usize {
    let mut explained = 0;
    for miss in &outcome.misses {
        let known = DIFFERENCES
            .iter()
            .find(|known| known.suite == suite.name && known.case == miss.case);
        let on_purpose = miss.on_purpose.or(known.map(|known| known.reason));
        println!("{} {}: {}", suite.name, miss.case, miss.reason);
        if let Some(reason) = on_purpose {
            explained += 1;
            println!("    on purpose: {reason}");
        }
    }
    for note in &outcome.notes {
        println!("{}: {note}", suite.name);
    }
    let closing = format!("{} {}/{}", suite.name, outcome.agreed, outcome.total);
    if explained == 0 {
        println!("{closing}");
    } else {
        println!("{closing}, {explained} differ on purpose");
    }
    outcome.misses.len() - explained
}

/// The objects of a file of manifests.
fn objects(file: &Path) -> Result<Vec<Object>> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let mut objects = Vec::new();
    for document in yaml::documents(&text) {
        let value = document
            .content
            .with_context(|| format!("reading {}", file.display()))?;
        let (read, errors) = Object::read(value, None);
        if let Some(error) = errors.into_iter().next() {
            bail!("{}: {error}", file.display());
        }
        objects.extend(read);
    }
    Ok(objects)
}

/// The entries of a folder, by name, so that every run reads them in one order.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let listing = fs::read_dir(folder).with_context(|| format!("listing {}", folder.display()))?;
    let mut paths = listing
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .with_context(|| format!("listing {}", folder.display()))?;
    paths.sort();
    Ok(paths)
}

/// The last part of a path.
fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
