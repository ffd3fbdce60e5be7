//! The `catseye-e2e-scenario` program: plays a story on a cluster and records it.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is the edge: it drives a cluster, writes files and talks to the developer"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use catseye_e2e_scenario::clock::{Clock, DAY, MINUTE};
use catseye_e2e_scenario::cluster::Cluster;
use catseye_e2e_scenario::perform::{Stage, perform};
use catseye_e2e_scenario::record::{self, Finished};
use catseye_e2e_scenario::recording::Recording;
use catseye_e2e_scenario::repository::Repository;
use catseye_e2e_scenario::retime::Retimer;
use catseye_e2e_scenario::shape::{self, Tolerance};
use catseye_e2e_scenario::timetable::Deal;
use catseye_e2e_scenario::wire::Wire;
use catseye_e2e_scenario::{metrics, plan, stage};
use clap::Parser;
use jiff::{SignedDuration, Timestamp};

/// Plays a believable shop on a real API server, and records what the server says
#[derive(Debug, Parser)]
#[command(after_help = "The recording of the shop, from nothing:
  cargo xtask cluster up --nodes 6 --dir /tmp/shop
  cargo run -p catseye-e2e-scenario -- record shop --cluster /tmp/shop --out fixtures/clusters/shop
  cargo xtask cluster down --dir /tmp/shop")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Prints the timetable of a story; needs no cluster
    Plan {
        /// The story: shop or quiet
        story: String,
        /// Another seed makes another week
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Plays a story on a fresh cluster and writes the recording
    Record {
        /// The story: shop or quiet
        story: String,
        /// Another seed makes another week
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// The folder of a running cluster with six nodes
        #[arg(long)]
        cluster: PathBuf,
        /// Where the recording goes
        #[arg(long)]
        out: PathBuf,
        /// How many seconds a day of the story lasts when nobody is late
        #[arg(long, default_value_t = 45)]
        day: i64,
    },
    /// Checks that a recording is whole
    Check {
        /// The folder of the recording
        recording: PathBuf,
    },
    /// Prints the table of a recording's labelled scenarios, as its README has it
    Scenarios {
        /// The folder of the recording
        recording: PathBuf,
    },
    /// Compares the shapes of two recordings of one seed
    Compare {
        /// The one
        left: PathBuf,
        /// The other
        right: PathBuf,
        /// By how much Kubernetes' own components may differ, in percent …
        #[arg(long, default_value_t = 35)]
        percent: u64,
        /// … or in events
        #[arg(long, default_value_t = 15)]
        events: u64,
    },
}

/// How late a sitting may be, in seconds of the story.
const LATEST: i64 = 20 * MINUTE;

/// The folder that continuous delivery deploys from.
fn repository() -> Result<Repository> {
    Repository::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("shop"))
}

fn main() -> ExitCode {
    run(Cli::parse().command).unwrap_or_else(|err| {
        eprintln!("error: {err:#}");
        ExitCode::from(2)
    })
}

fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Plan { story, seed } => print_plan(&story, seed),
        Command::Record {
            story,
            seed,
            cluster,
            out,
            day,
        } => {
            let runtime = tokio::runtime::Runtime::new()?;
            runtime.block_on(record_story(&story, seed, &cluster, &out, day))
        }
        Command::Check { recording } => {
            let recording = Recording::read(&recording)?;
            recording.check()?;
            println!(
                "{} events, {} labels, {} snapshots: whole",
                recording.events.len(),
                recording.labels.len(),
                recording.snapshots.len()
            );
            Ok(ExitCode::SUCCESS)
        }
        Command::Scenarios { recording } => {
            print!("{}", Recording::read(&recording)?.scenarios());
            Ok(ExitCode::SUCCESS)
        }
        Command::Compare {
            left,
            right,
            percent,
            events,
        } => compare(&left, &right, Tolerance { percent, events }),
    }
}

fn print_plan(name: &str, seed: u64) -> Result<ExitCode> {
    let story = plan::story(name, seed, &mut repository()?)?;
    for act in &story.timetable.acts {
        let at = story.epoch + SignedDuration::from_secs(act.at.0);
        match &act.deal {
            Deal::Join(node) => println!("{at}  {node} joins"),
            Deal::Snapshot(name) => println!("{at}  snapshot {name}"),
            Deal::Calls(calls) => {
                for call in calls {
                    let mark = call.mark.as_ref();
                    let mark = mark.map_or(String::new(), |mark| {
                        format!("  [{} {}]", mark.scenario, mark.variant)
                    });
                    println!(
                        "{at}  {:<40} {:<6} {}{mark}",
                        call.actor.name(),
                        call.method,
                        call.path
                    );
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn record_story(
    name: &str,
    seed: u64,
    cluster: &Path,
    out: &Path,
    day: i64,
) -> Result<ExitCode> {
    let born = Timestamp::now();
    let mut repository = repository()?;
    let story = plan::story(name, seed, &mut repository)?;
    let cluster = Cluster::open(cluster)?;
    let raw = cluster.dir.join("recording");
    fs::create_dir_all(&raw)?;
    let wire = Wire::open(cluster.clone()).await?;
    println!("setting the stage");
    stage::set(&wire, &repository)
        .await
        .context("setting the stage")?;
    stage::credentials(&wire, &story.timetable).await?;
    // The metrics need the story's clock, and the autoscalers a moment to read them.
    let start = Timestamp::now() + SignedDuration::from_secs(8);
    let clock = Clock::new(start, story.epoch, DAY / day.max(1));
    let clock = Arc::new(Mutex::new(clock));
    let (port, server) = metrics::serve(Arc::clone(&wire), Arc::clone(&clock)).await?;
    stage::register_metrics(&wire, port).await?;
    println!("playing {} calls", story.timetable.calls().count());
    let played = perform(
        Stage {
            wire,
            clock: Arc::clone(&clock),
            seed,
            out: &raw,
        },
        story.timetable.clone(),
    )
    .await?;
    // The log is written a little after the answers.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    server.abort();
    let written = record::write(
        &Finished {
            story: &story,
            repository: &repository,
            retimer: Retimer::new(
                played.clock,
                born - SignedDuration::from_mins(30),
                played.end,
                story.end,
            ),
            raw: &raw,
            audit_log: &cluster.audit_log,
            kubernetes: &cluster.kubernetes,
        },
        out,
    )?;
    for (verb, count) in written.shape.by_verb() {
        println!("{verb:<10} {count:>6}");
    }
    let mut status = ExitCode::SUCCESS;
    println!(
        "the latest sitting began {} story seconds late",
        played.late
    );
    if played.late > LATEST {
        println!("too late: the machine is too busy, record again");
        status = ExitCode::FAILURE;
    }
    for stray in written.strays {
        println!("sent twice by the transport, record again: {stray}");
        status = ExitCode::FAILURE;
    }
    for entry in record::read_ledger(&raw.join("ledger.jsonl"))? {
        if !entry.expected {
            println!(
                "unexpected {}: {} {} {}",
                entry.status, entry.actor, entry.method, entry.path
            );
            status = ExitCode::FAILURE;
        }
    }
    Ok(status)
}

fn compare(left: &Path, right: &Path, tolerance: Tolerance) -> Result<ExitCode> {
    let (left, right) = (Recording::read(left)?, Recording::read(right)?);
    let scripted = left.scripted().union(&right.scripted()).cloned().collect();
    let found = shape::differences(&left.shape(), &right.shape(), &scripted, tolerance);
    print!("{}", shape::table(&found));
    let labels_agree = left.labelled() == right.labelled();
    println!(
        "{} and {} labels, {} by scenario and variant",
        left.labels.len(),
        right.labels.len(),
        if labels_agree {
            "the same"
        } else {
            "NOT the same"
        }
    );
    let failing = found.iter().filter(|row| row.fails).count();
    println!(
        "{} and {} events; {} scripted identities; {} rows differ, {failing} of them beyond {} % or {} events",
        left.events.len(),
        right.events.len(),
        scripted.len(),
        found.len(),
        tolerance.percent,
        tolerance.events
    );
    Ok(if failing == 0 && labels_agree {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
