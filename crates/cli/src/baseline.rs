//! `catseye baseline`: the approved blueprint of a cluster, written down and checked against.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use anyhow::Context as _;
use catseye_drift::desired::blueprint::{self, Blueprint, Departure};
use clap::{Subcommand, ValueEnum};

use crate::intake::InputArgs;
use crate::output::{self, styled};

/// Write down which objects a cluster is approved to hold, and tell what departs from that
///
/// A blueprint lists, kind by kind, every object that people or their tools made, with a hash of what it
/// says. It needs no manifests: it answers what is here that nobody approved, what is gone, and what was
/// changed since.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  catseye baseline write --live -o blueprint.json --approved-by jane     after a review
  catseye baseline check blueprint.json --live                           every night";

#[derive(Debug, Subcommand)]
enum Command {
    Write(Write),
    Check(Check),
    Nodes(Nodes),
}

/// Tell in what nodes differ from their peers: version, kernel, runtime, labels, taints
///
/// Nodes that join under pressure are often made by hand. A pool of fewer than three tells nothing.
///
/// Exit codes: 0 all alike, 1 some differ, 2 something could not be read.
#[derive(Debug, clap::Args)]
struct Nodes {
    #[command(flatten)]
    input: InputArgs,
}

/// Write the blueprint of what is there now
#[derive(Debug, clap::Args)]
struct Write {
    #[command(flatten)]
    input: InputArgs,
    /// Who approves it
    #[arg(long, value_name = "NAME", default_value = "")]
    approved_by: String,
    /// Write to a file rather than standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Tell what is unexpected, missing or changed
///
/// Exit codes: 0 all as approved, 1 something departs, 2 something could not be read.
#[derive(Debug, clap::Args)]
struct Check {
    /// The blueprint
    #[arg(value_name = "BLUEPRINT")]
    blueprint: PathBuf,
    #[command(flatten)]
    input: InputArgs,
    /// The form of the answer
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs; versioned
    Json,
}

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args { command } = args;
    match command {
        Command::Write(args) => write(args),
        Command::Check(args) => check(args),
        Command::Nodes(Nodes { input }) => nodes(input),
    }
}

fn write(args: Write) -> anyhow::Result<ExitCode> {
    let Write {
        input,
        approved_by,
        output,
    } = args;
    let loaded = input.load()?;
    let unreadable = loaded.tell()?;
    let blueprint = blueprint::write(&loaded.inventory, &approved_by);
    let text = serde_json::to_string_pretty(&blueprint)? + "\n";
    match output {
        Some(file) => std::fs::write(&file, text)
            .with_context(|| format!("failed to write {}", file.display()))?,
        None => output::print(&text)?,
    }
    Ok(ExitCode::from(if unreadable { 2 } else { 0 }))
}

/// Reads a blueprint file.
pub(crate) fn read(file: &std::path::Path) -> anyhow::Result<Blueprint> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("failed to read {}", file.display()))?;
    let blueprint: Blueprint = serde_json::from_str(&text).with_context(|| {
        format!(
            "{} is no blueprint; write one with `catseye baseline write`",
            file.display()
        )
    })?;
    anyhow::ensure!(
        blueprint.version == 1,
        "{}: version {}; this program reads version 1",
        file.display(),
        blueprint.version
    );
    Ok(blueprint)
}

fn check(args: Check) -> anyhow::Result<ExitCode> {
    let Check {
        blueprint: file,
        input,
        format,
    } = args;
    let approved = read(&file)?;
    let loaded = input.load()?;
    let unreadable = loaded.tell()?;
    let departures = blueprint::check(&approved, &loaded.inventory);
    let text = match format {
        Format::Json => {
            serde_json::to_string_pretty(
                &serde_json::json!({"version": 1, "departures": departures}),
            )? + "\n"
        }
        Format::Table => table(&departures),
    };
    output::print(&text)?;
    Ok(match (unreadable, departures.is_empty()) {
        (true, _) => ExitCode::from(2),
        (false, true) => ExitCode::SUCCESS,
        (false, false) => ExitCode::from(1),
    })
}

fn nodes(input: InputArgs) -> anyhow::Result<ExitCode> {
    use std::fmt::Write as _;
    let loaded = input.load()?;
    let unreadable = loaded.tell()?;
    let odd = catseye_drift::parity::nodes(&loaded.inventory);
    let mut text = String::new();
    let nothing = |value: &str| {
        if value.is_empty() {
            "nothing".to_owned()
        } else {
            value.to_owned()
        }
    };
    for it in &odd {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{} ({}): {} is {}, where {} of {} peers have {}",
            styled(Style::new().bold(), &it.node),
            it.pool,
            it.what,
            nothing(&it.has),
            it.peers.0,
            it.peers.1,
            nothing(&it.peers_have)
        );
    }
    if odd.is_empty() {
        text.push_str("all nodes are like their peers\n");
    }
    output::print(&text)?;
    Ok(match (unreadable, odd.is_empty()) {
        (true, _) => ExitCode::from(2),
        (false, true) => ExitCode::SUCCESS,
        (false, false) => ExitCode::from(1),
    })
}

fn table(departures: &[Departure]) -> String {
    use std::fmt::Write as _;
    if departures.is_empty() {
        return "everything is as approved\n".to_owned();
    }
    let mut by_module: BTreeMap<&str, Vec<&Departure>> = BTreeMap::new();
    for departure in departures {
        by_module
            .entry(&departure.module)
            .or_default()
            .push(departure);
    }
    let mut text = String::new();
    for (module, departures) in by_module {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", styled(Style::new().bold(), module));
        for departure in departures {
            let color = match departure.what {
                "unexpected" => AnsiColor::Red,
                "missing" => AnsiColor::Yellow,
                _ => AnsiColor::Cyan,
            };
            let what = styled(
                Style::new().fg_color(Some(color.into())),
                format!("{:<10}", departure.what),
            );
            let _ = writeln!(text, "  {what} {} {}", departure.kind, departure.object);
        }
    }
    let _ = writeln!(text, "{} departures from the blueprint", departures.len());
    text
}
