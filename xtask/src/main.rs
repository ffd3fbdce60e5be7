//! `cargo xtask`: the project's chores, one module per subcommand.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "chores read and write files and talk to the developer; the bans are for pure crates"
)]

mod corpus;

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
    Corpus(corpus::Args),
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Corpus(args) => corpus::run(&args),
    }
}
