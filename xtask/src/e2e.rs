//! `cargo xtask e2e`: a real cluster up, every crate's `tests/e2e_*.rs`, the cluster down.

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::cluster;

/// Runs the end-to-end tests on a real cluster
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask e2e                                   on a cluster of our own, built at need
  cargo xtask e2e --kubeconfig ~/.kube/config       on a cluster of yours: kind, k3d, minikube
  cargo xtask e2e -- --nocapture round_trip         with arguments for the tests")]
pub(crate) struct Args {
    /// Use this cluster rather than one of our own; tests that need its audit log skip
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Leave the cluster up
    #[arg(long)]
    keep: bool,
    /// Arguments for the tests
    #[arg(last = true, value_name = "ARGUMENT")]
    arguments: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let Args {
        kubeconfig,
        keep,
        arguments,
    } = args;
    let mut steps = Vec::new();
    if let Some(file) = kubeconfig {
        let file = file
            .canonicalize()
            .with_context(|| format!("failed to find {}", file.display()))?;
        let passed = tests(&mut steps, |command| {
            command.env(catseye_e2e::KUBECONFIG, file).args(arguments);
        })?;
        return Ok(report(&steps, passed));
    }
    let program = timed(&mut steps, "build the cluster program", cluster::program)?;
    let dir = cluster::folder(None);
    if dir.exists() {
        timed(&mut steps, "clear up after an earlier run", || {
            cluster::clear(&program, &dir)
        })?;
    }
    timed(&mut steps, "start the cluster", || {
        cluster::up(&program, &dir, 2)
    })?;
    let passed = tests(&mut steps, |command| {
        command.env(catseye_e2e::FOLDER, &dir).args(arguments);
    });
    if *keep {
        println!("the cluster stays up; stop it with: cargo xtask cluster down");
    } else {
        timed(&mut steps, "stop the cluster", || {
            cluster::down(&program, &dir)
        })?;
    }
    Ok(report(&steps, passed?))
}

/// Builds the tests, then runs them: two steps, for one is the compiler's.
fn tests(steps: &mut Vec<Step>, configure: impl FnOnce(&mut Command)) -> Result<bool> {
    let cargo = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command
            .args(["test", "--workspace", "--locked", "--quiet"])
            .args(["--test", "e2e_*"])
            .args(more)
            .current_dir(crate::project_root());
        command
    };
    timed(steps, "build the tests", || {
        cluster::succeed(&mut cargo(&["--no-run"]))
    })?;
    timed(steps, "run the tests", || {
        let mut command = cargo(&["--no-fail-fast", "--"]);
        command.env(catseye_e2e::REQUIRED, "1");
        configure(&mut command);
        Ok(command.status().context("failed to start cargo")?.success())
    })
}

/// A step, and how long it took.
type Step = (&'static str, Duration);

fn timed<T>(
    steps: &mut Vec<Step>,
    name: &'static str,
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let began = Instant::now();
    let result = work();
    steps.push((name, began.elapsed()));
    result
}

fn report(steps: &[Step], passed: bool) -> ExitCode {
    for (name, duration) in steps {
        println!("{:>7.1} s  {name}", duration.as_secs_f64());
    }
    if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
