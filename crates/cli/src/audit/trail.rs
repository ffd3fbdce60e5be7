//! `catseye audit trail`: who changed which role or binding.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anstyle::Style;
use catseye_detect::trail::{Change, Trail};
use catseye_event::Event;
use clap::ValueEnum;
use jiff::Timestamp;
use serde::Serialize;

use super::logs::{self, LogArgs};
use crate::output::{self, styled};

/// Tell who changed which role or binding, when, from where, with before and after
///
/// What a role says is learned from the log itself; what it said before the log began is said to be
/// unknown. Refused attempts are told, too.
///
/// Exit codes: 0 all read, 2 a part of the logs could not be read.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    logs: LogArgs,
    /// Changes since this time only
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Changes by actors whose name contains this only
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// Leave out what the control plane does by itself, and what is named as a deployer in `[audit]`
    #[arg(long)]
    people: bool,
    /// Who delivers: `[audit]` of this file [default: `catseye.toml` of the current folder where there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How to tell them
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

const EXAMPLES: &str = "\
Examples:
  catseye audit trail audit.log                       every change of roles and bindings
  catseye audit trail audit.log --actor alice --since 2026-11-24T00:00:00Z";

#[derive(Serialize)]
struct Report {
    version: u32,
    changes: Vec<Change>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Args {
        logs,
        since,
        actor,
        people,
        config,
        format,
    } = args;
    let settings = super::settings::read(config.as_deref())?;
    let mut trail = Trail::new();
    let mut changes = Vec::new();
    let read = logs.for_each_event(&mut |event: &Event<'_>| {
        let by_itself =
            event.user().actor().is_system() || settings.rules.is_deployer(&event.user().username);
        // Every event is shown to the trail: it learns what roles say.
        let Some(change) = trail.observe(event) else {
            return;
        };
        let wanted = since.is_none_or(|since| change.time >= since)
            && actor
                .as_ref()
                .is_none_or(|name| change.actor.contains(name.as_str()))
            && !(*people && by_itself);
        if wanted {
            changes.push(change);
        }
    })?;
    let complete = logs::tell(&read);
    match format {
        Format::Table => output::print(&table(&changes))?,
        Format::Json => {
            let report = Report {
                version: 1,
                changes,
            };
            let mut text = serde_json::to_string_pretty(&report)?;
            text.push('\n');
            output::print(&text)?;
        }
    }
    Ok(if complete {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
    })
}

fn table(changes: &[Change]) -> String {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let mut text = String::new();
    for change in changes {
        let acting = change.acting_as.as_ref();
        let acting = acting.map_or_else(String::new, |whom| format!(" acting as {whom}"));
        let refused = change.refused.as_ref();
        let refused = refused.map_or_else(String::new, |reason| format!(" [{reason}]"));
        let _ = writeln!(
            text,
            "{} {}{acting} {}{refused}",
            change.time.strftime("%Y-%m-%d %H:%M:%S"),
            styled(bold, printable(&change.actor)),
            printable(&change.words),
        );
        let from = format!("from {} with {}", change.source, change.agent);
        let _ = writeln!(text, "    {}", styled(dim, printable(&from)));
        if let (Some(before), Some(after)) = (&change.before, &change.after) {
            for line in before.iter().filter(|line| !after.contains(line)) {
                let _ = writeln!(text, "    - {}", printable(line));
            }
            for line in after.iter().filter(|line| !before.contains(line)) {
                let _ = writeln!(text, "    + {}", printable(line));
            }
        }
    }
    let count = changes.len();
    let _ = writeln!(text, "{count} change{}", if count == 1 { "" } else { "s" });
    text
}

/// Text of a log without what would steer a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_control() {
                '\u{fffd}'
            } else {
                character
            }
        })
        .collect()
}
