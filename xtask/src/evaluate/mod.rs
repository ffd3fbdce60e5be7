//! How good detection is on recorded logs with known answers: what is found at how many incidents a day,
//! how soon, and how much of it is noise; beside two simpler detectors on the same events.
//!
//! ```text
//!  --train LOG ─► learned ─┐
//!  --log LOG ──────────────┴─► catseye      (rules, baseline, incidents) ─┐
//!                          ├─► rules alone  (an alert a rule, actor, day) ─┼─► Alert[] ─► recall at
//!                          └─► new terms    (unseen for seven days) ──────┘             1, 5, 20 a day
//!  --labels FILE ─► scenarios ──────────────────────────────────────────────────────────▲
//! ```
//!
//! An alert finds a scenario only when one of the scenario's own events is its evidence: being open at
//! the right time for the wrong reason does not count.

mod detectors;
mod labels;
mod log;
mod measure;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};

use self::detectors::{Alert, Trained};
use self::labels::Scenario;

/// Measure detection on logs with known answers
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Audit(AuditArgs),
}

/// Recall at a budget of incidents a day, noise and time to detection on audit logs
#[derive(Debug, clap::Args)]
struct AuditArgs {
    /// The log to judge; plain, gzip or zstd, or the CSV of the `PerfSPEC` data set
    #[arg(long, required_unless_present = "recordings", value_name = "FILE")]
    log: Vec<PathBuf>,
    /// A folder of recordings, or one: each in it is judged with its labels, after `--train`
    #[arg(long, value_name = "DIR", conflicts_with_all = ["log", "labels"])]
    recordings: Option<PathBuf>,
    /// What is bad in it: the recorder's JSON lines, or CSV of auditID and label
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// A log of ordinary days before, learned first
    #[arg(long, value_name = "FILE")]
    train: Vec<PathBuf>,
    /// Show every incident of medium severity and above
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let What::Audit(args) = &args.what;
    let AuditArgs {
        log,
        recordings,
        labels,
        train,
        list,
    } = args;
    let trained = Trained::on(train)?;
    let learned = !train.is_empty();
    if let Some(folder) = recordings {
        for recording in recorded(folder)? {
            println!("== {}", recording.display());
            let log = [recording.join("audit.jsonl.zst")];
            let labels = labels::read(&recording.join("labels.jsonl"))?;
            println!("{}", evaluate(&trained, &log, &labels, learned, *list)?);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let scenarios = match labels {
        Some(file) => labels::read(file)?,
        None => Vec::new(),
    };
    print!("{}", evaluate(&trained, log, &scenarios, learned, *list)?);
    Ok(ExitCode::SUCCESS)
}

/// The folders with an audit log: the folder itself, or those in it, by name.
fn recorded(folder: &Path) -> Result<Vec<PathBuf>> {
    let is_recording = |folder: &Path| folder.join("audit.jsonl.zst").is_file();
    if is_recording(folder) {
        return Ok(vec![folder.to_owned()]);
    }
    let failed = || format!("failed to list {}", folder.display());
    let mut found = Vec::new();
    for entry in folder.read_dir().with_context(failed)? {
        let path = entry.with_context(failed)?.path();
        if is_recording(&path) {
            found.push(path);
        }
    }
    ensure!(
        !found.is_empty(),
        "{} holds no recording; make one with `cargo run -p catseye-e2e-scenario -- record`",
        folder.display()
    );
    found.sort();
    Ok(found)
}

fn evaluate(
    trained: &Trained,
    log: &[PathBuf],
    scenarios: &[Scenario],
    learned: bool,
    list: bool,
) -> Result<String> {
    // Writing to a String does not fail.
    let mut text = String::new();
    let judged = detectors::judge(trained, log)?;
    let facts = &judged.facts;
    let _ = writeln!(
        text,
        "{} requests on {} days ({} – {}), {} scenarios{}",
        facts.requests,
        facts.days(),
        facts.first.strftime("%Y-%m-%d %H:%M"),
        facts.last.strftime("%Y-%m-%d %H:%M"),
        scenarios.len(),
        if learned { ", days before learned" } else { "" },
    );
    for detector in &judged.detectors {
        let _ = writeln!(text, "\n{}", detector.name);
        text += &measure::words(detector, scenarios, facts);
    }
    if list {
        for incident in &judged.incidents {
            let _ = writeln!(
                text,
                "\n{} {} {} {} ({:.1}) {} – {}: {}",
                incident.id,
                incident.severity,
                incident.kind,
                incident.actor,
                incident.score,
                incident.first.strftime("%m-%d %H:%M"),
                incident.last.strftime("%m-%d %H:%M"),
                incident.title,
            );
            for reason in &incident.reasons {
                let _ = writeln!(text, "    {reason}");
            }
            for evidence in &incident.evidence {
                let _ = writeln!(
                    text,
                    "      {} {:<8} {} {}x {}",
                    evidence.first.strftime("%H:%M:%S"),
                    evidence.severity,
                    evidence.id,
                    evidence.count,
                    evidence.message
                );
                for part in evidence.receipt.iter().flat_map(|receipt| &receipt.parts) {
                    let _ = writeln!(
                        text,
                        "               {:.1} × {:.2} {} {}: {}",
                        part.bits, part.weight, part.what, part.value, part.because
                    );
                }
            }
        }
    }
    Ok(text)
}
