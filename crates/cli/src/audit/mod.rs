//! `catseye audit`: what audit logs say.
//!
//! ```text
//! LOG… ─► logs (files, folders, standard input) ─► unpack ─► catseye_event::intake ─► events
//!   └───► follow (a file that is being written)                                        │
//!                              incidents, trail, who, least-privilege, coverage ◄──────┘
//! ```

mod context;
mod coverage;
mod events;
mod follow;
mod incidents;
mod least_privilege;
mod live;
pub(crate) mod logs;
mod place;
mod rules;
mod settings;
mod trail;
pub(crate) mod unpack;
mod who;

pub(crate) use trail::printable;

use std::path::Path;
use std::process::ExitCode;

pub(crate) use context::of as in_reach_of;
pub(crate) use incidents::read_inventory;

use clap::Subcommand;

/// `[audit]` of a configuration file; what every key has as default where there is none.
pub(crate) fn settings_of(file: Option<&Path>) -> anyhow::Result<catseye_detect::Settings> {
    file.map_or_else(
        || Ok(catseye_detect::Settings::default()),
        |file| settings::read(Some(file)),
    )
}

/// Tell from Kubernetes audit logs what happened that matters, as a handful of ranked incidents
///
/// An incident is all that one actor did within hours: attack patterns that its calls match, and what it
/// never did before, each with the past that it breaks. What an actor always does counts less. Teach it
/// ordinary days with --trust --write-baseline, then give --baseline.
///
/// Logs may come from the API server's log or webhook backend, from EKS (CloudWatch), GKE (Cloud
/// Logging) or AKS (diagnostic settings), in files, exports or container logs, packed or not: the
/// shape is told from the content. What cannot be read is counted and located, never dropped in silence.
///
/// Exit codes: 0 no incident, 1 incidents, 2 a part of the logs could not be read.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    incidents: incidents::IncidentArgs,
}

const EXAMPLES: &str = "\
Examples:
  catseye audit last-week/ --trust --write-baseline normal.json   learn ordinary days
  catseye audit audit.log --baseline normal.json                  what happened since
  catseye audit audit.log --rules sigma/ --rules falco.yaml       with your own rules, too
  catseye audit audit.log --inventory cluster.yaml                with what the actors could reach
  catseye audit --follow /var/log/kubernetes/audit/audit.log      as it happens
  catseye audit audit.log --actor alice --format html -o a.html   a page to pass on";

#[derive(Debug, Subcommand)]
enum Command {
    Events(events::Args),
    Coverage(coverage::Args),
    Trail(trail::Args),
    Who(who::Args),
    LeastPrivilege(least_privilege::Args),
    Rules(rules::Args),
}

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args { command, incidents } = args;
    match command {
        Some(Command::Events(args)) => events::run(&args),
        Some(Command::Coverage(args)) => coverage::run(&args),
        Some(Command::Trail(args)) => trail::run(&args),
        Some(Command::Who(args)) => who::run(&args),
        Some(Command::LeastPrivilege(args)) => least_privilege::run(&args),
        Some(Command::Rules(args)) => rules::run(&args),
        None => incidents::run(&incidents),
    }
}
