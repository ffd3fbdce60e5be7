//! `catseye`: one program, one file or folder per subcommand.
//!
//! Exit codes: 0 nothing at or above the threshold, 1 findings, 2 could not run or could not read all.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the program reads files, the clock and the environment; the bans are for pure crates"
)]

mod access;
mod alerts;
mod audit;
mod baseline;
mod blast_radius;
mod checks;
mod completions;
mod config;
mod demo;
mod drift;
mod dump;
mod events;
mod explain;
mod frameworks;
mod gate;
mod install;
mod intake;
mod network;
mod output;
mod paths;
mod policy;
mod progress;
mod query;
mod reach;
mod runtime;
mod scan;
mod sensor;
mod serve;
mod stop;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches as _, Parser, Subcommand};

/// Turns on the lights in a Kubernetes cluster
///
/// Point it at manifests: `catseye scan ./deploy`. It names what an attacker would use, where it
/// stands, and what to write instead.
#[derive(Debug, Parser)]
#[command(name = "catseye", version, max_term_width = 100)]
struct Cli {
    /// When to use colour: on terminals only, always or never
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: output::Color,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Serve(serve::Args),
    Sensor(sensor::Args),
    Scan(Box<scan::Args>),
    Audit(audit::Args),
    Drift(Box<drift::Args>),
    Baseline(baseline::Args),
    Runtime(Box<runtime::Args>),
    Network(network::Args),
    Dump(dump::Args),
    WhoCan(access::who_can::Args),
    Can(access::can::Args),
    Paths(Box<paths::Args>),
    BlastRadius(blast_radius::Args),
    Query(query::Args),
    Reach(Box<reach::Args>),
    Policy(policy::Args),
    Explain(explain::Args),
    Checks(checks::Args),
    Frameworks(frameworks::Args),
    Alerts(alerts::Args),
    Events(Box<events::Args>),
    Config(config::Args),
    Install(Box<install::Args>),
    Completions(completions::Args),
}

/// The command line, for generated reference pages.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Parses the command line. Under the name `kubectl-catseye` this is a plugin of kubectl, and its help
/// says what to type there.
fn parse() -> Cli {
    let name = std::env::args_os().next().unwrap_or_default();
    let stem = std::path::Path::new(&name).file_stem();
    if stem.is_none_or(|stem| stem != "kubectl-catseye") {
        return Cli::parse();
    }
    let matches = Cli::command().bin_name("kubectl catseye").get_matches();
    // What clap matched it can read.
    Cli::from_arg_matches(&matches).unwrap_or_else(|err| err.exit())
}

/// Parses the command line, runs the subcommand and says how it went.
pub fn run() -> ExitCode {
    let Cli { color, command } = parse();
    color.apply();
    let outcome = match command {
        Command::Demo(args) => demo::run(&args),
        Command::Serve(args) => serve::run(args),
        Command::Sensor(args) => sensor::run(&args),
        Command::Scan(args) => scan::run(*args),
        Command::Audit(args) => audit::run(args),
        Command::Drift(args) => drift::run(*args),
        Command::Baseline(args) => baseline::run(args),
        Command::Runtime(args) => runtime::run(*args),
        Command::Network(args) => network::run(args),
        Command::Dump(args) => dump::run(args),
        Command::WhoCan(args) => access::who_can::run(args),
        Command::Can(args) => access::can::run(args),
        Command::Paths(args) => paths::run(*args),
        Command::BlastRadius(args) => blast_radius::run(args),
        Command::Query(args) => query::run(args),
        Command::Reach(args) => reach::run(*args),
        Command::Policy(args) => policy::run(args),
        Command::Explain(args) => explain::run(&args),
        Command::Checks(args) => checks::run(&args),
        Command::Frameworks(args) => frameworks::run(&args),
        Command::Alerts(args) => alerts::run(args),
        Command::Events(args) => events::run(*args),
        Command::Config(args) => config::run(&args),
        Command::Install(args) => install::run(&args),
        Command::Completions(args) => completions::run(&args),
    };
    match outcome {
        Ok(code) => code,
        // A reader that closes the pipe early (`catseye checks | head`) has seen enough.
        Err(err) if output::is_closed_pipe(&err) => ExitCode::SUCCESS,
        Err(err) => {
            anstream::eprintln!("{}: {err:#}", output::ERROR.render_word());
            ExitCode::from(2)
        }
    }
}
