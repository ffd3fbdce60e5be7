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

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

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
    #[arg(long, required = true, value_name = "FILE")]
    log: Vec<PathBuf>,
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
        labels,
        train,
        list,
    } = args;
    let scenarios = match labels {
        Some(file) => labels::read(file)?,
        None => Vec::new(),
    };
    let trained = Trained::on(train)?;
    let judged = detectors::judge(&trained, log)?;
    let facts = &judged.facts;
    println!(
        "{} requests on {} days ({} – {}), {} scenarios{}",
        facts.requests,
        facts.days(),
        facts.first.strftime("%Y-%m-%d %H:%M"),
        facts.last.strftime("%Y-%m-%d %H:%M"),
        scenarios.len(),
        if train.is_empty() {
            ""
        } else {
            ", days before learned"
        },
    );
    for detector in &judged.detectors {
        println!("\n{}", detector.name);
        measure::print(detector, &scenarios, facts);
    }
    if *list {
        for incident in &judged.incidents {
            println!(
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
                println!("    {reason}");
            }
            for evidence in &incident.evidence {
                println!(
                    "      {} {:<8} {} {}x {}",
                    evidence.first.strftime("%H:%M:%S"),
                    evidence.severity,
                    evidence.id,
                    evidence.count,
                    evidence.message
                );
                for part in evidence.receipt.iter().flat_map(|receipt| &receipt.parts) {
                    println!(
                        "               {:.1} × {:.2} {} {}: {}",
                        part.bits, part.weight, part.what, part.value, part.because
                    );
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
