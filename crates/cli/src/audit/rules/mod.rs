//! `catseye audit rules`: rules that users bring, checked and tried on logs.

mod back_test;
mod check;
mod files;
mod tell;

use std::process::ExitCode;

use clap::Subcommand;

pub(super) use files::{RuleArgs, tell};

/// Check your own rules, and try them on logs: Sigma, Falco (`k8s_audit`) and kAudit, as they are
///
/// The language is told from the content. `catseye audit LOG… --rules FILE` uses them beside the
/// built-in ones.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Args),
    Test(back_test::Args),
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Check(args) => check::run(args),
        Command::Test(args) => back_test::run(args),
    }
}
