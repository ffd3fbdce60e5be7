//! `catseye audit`: what audit logs say.
//!
//! ```text
//! LOG… ─► logs (files, folders, standard input) ─► unpack ─► catseye_event::intake ─► events
//!   └───► follow (a file that is being written)                                        └─► coverage, …
//! ```

mod coverage;
mod events;
mod follow;
mod logs;
mod unpack;

use std::process::ExitCode;

use clap::Subcommand;

/// Ask Kubernetes audit logs
///
/// Logs may come from the API server's log or webhook backend, from EKS (CloudWatch), GKE (Cloud
/// Logging) or AKS (diagnostic settings), in files, exports or container logs, packed or not: the
/// shape is told from the content. What cannot be read is counted and located, never dropped in silence.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Events(events::Args),
    Coverage(coverage::Args),
}

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args { command } = args;
    match command {
        Command::Events(args) => events::run(&args),
        Command::Coverage(args) => coverage::run(&args),
    }
}
