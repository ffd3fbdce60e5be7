//! `cargo xtask`: the project's chores, one module per subcommand.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "chores read and write files and talk to the developer; the bans are for pure crates"
)]

mod bootstrap_policy;
mod bpf;
mod cluster;
mod conformance;
mod corpus;
mod detection_pages;
mod docs;
mod e2e;
mod evaluate;
mod schema;
#[cfg(test)]
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

/// The project's chores
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Cluster(cluster::Args),
    BootstrapPolicy(bootstrap_policy::Args),
    Bpf(bpf::Args),
    Conformance(conformance::Args),
    Corpus(corpus::Args),
    Docs(docs::Args),
    E2e(e2e::Args),
    Evaluate(evaluate::Args),
    Schema(schema::Args),
}

/// The folder of the workspace.
fn project_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default()
}

fn main() -> Result<ExitCode> {
    match Cli::parse().command {
        Command::Cluster(args) => cluster::run(&args),
        Command::BootstrapPolicy(args) => bootstrap_policy::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Bpf(args) => bpf::run(&args),
        Command::Conformance(args) => conformance::run(&args),
        Command::Corpus(args) => corpus::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Docs(args) => docs::run(&args).map(|()| ExitCode::SUCCESS),
        Command::E2e(args) => e2e::run(&args),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Schema(args) => schema::run(&args).map(|()| ExitCode::SUCCESS),
    }
}
