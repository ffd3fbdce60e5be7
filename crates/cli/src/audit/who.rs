//! `catseye audit who NAME`: what an actor is known for, in words.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anstyle::Style;
use anyhow::bail;
use catseye_detect::baseline::{Baseline, Portrait, Trait, grouped};
use catseye_detect::incident::{Config, Trust, Watch};
use catseye_event::Event;
use clap::ValueEnum;
use serde::Serialize;

use super::incidents::read_baseline;
use super::logs::{self, LogArgs};
use super::trail::printable;
use crate::output::{self, styled};

/// Tell what an actor is known for: what it does, to what, from where, with what, when, how much
///
/// Exit codes: 0 told, 1 nobody of that name, 2 a part of the logs could not be read.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The user name, or a part of it that only one actor has
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    logs: LogArgs,
    /// What was learned before
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Names of networks and what the baseline may hold: `[audit]` of this file [default: `catseye.toml` of the
    /// current folder where there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How to tell it
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
  catseye audit who alice audit.log
  catseye audit who system:serviceaccount:shop:cart /var/log/kubernetes/audit/";

#[derive(Serialize)]
struct Report {
    version: u32,
    portrait: Portrait,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Args {
        name,
        logs,
        baseline,
        config,
        format,
    } = args;
    let settings = super::settings::read(config.as_deref())?;
    let known = match baseline {
        Some(file) => read_baseline(file, settings.baseline)?,
        None => Baseline::new(settings.baseline),
    };
    let config = Config {
        trust: Trust::All,
        ..settings.incidents
    };
    let mut watch = Watch::new(config, known);
    let read = logs.for_each_event(&mut |event: &Event<'_>| {
        watch.observe(event, &[]);
    })?;
    let complete = logs::tell(&read);
    let like = watch.baseline().actors_like(name);
    let actor = match like.as_slice() {
        [] => {
            anstream::eprintln!("nobody in these logs is called {name:?}");
            return Ok(ExitCode::from(1));
        }
        [only] => only,
        several => {
            let some: Vec<&str> = several.iter().take(8).map(String::as_str).collect();
            bail!(
                "{} actors are called like {name:?}: {}",
                several.len(),
                some.join(", ")
            );
        }
    };
    let Some(portrait) = watch.baseline().portrait(actor) else {
        return Ok(ExitCode::from(1));
    };
    match format {
        Format::Table => output::print(&table(&portrait))?,
        Format::Json => {
            let report = Report {
                version: 1,
                portrait,
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

fn table(portrait: &Portrait) -> String {
    let bold = Style::new().bold();
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}, {}: {} calls on {} days, {} – {}",
        styled(bold, printable(&portrait.actor)),
        portrait.kind,
        grouped(portrait.calls),
        portrait.days,
        portrait.first.strftime("%Y-%m-%d %H:%M"),
        portrait.last.strftime("%Y-%m-%d %H:%M"),
    );
    let judged = if portrait.mature {
        format!(
            "judged by its own past: {:.1} of 100 calls bring something new",
            100.0 * portrait.chance_of_new
        )
    } else {
        format!("too little known: judged by its peers ({})", portrait.peers)
    };
    let _ = writeln!(text, "{}\nworks {}", printable(&judged), portrait.hours);
    for (title, traits) in [
        ("does", &portrait.actions),
        ("touches", &portrait.objects),
        ("with", &portrait.agents),
        ("from", &portrait.sources),
    ] {
        list(&mut text, title, traits);
    }
    if !portrait.amounts.is_empty() {
        let _ = writeln!(text, "{}", styled(bold, "how much"));
        for amount in &portrait.amounts {
            let _ = writeln!(
                text,
                "  {} a {}: usually {:.1}, at most {:.0}",
                amount.what, amount.per, amount.usual, amount.most
            );
        }
    }
    text
}

/// How many values of a kind are listed before the rest is counted.
const SHOWN: usize = 15;

fn list(text: &mut String, title: &str, traits: &[Trait]) {
    if traits.is_empty() {
        return;
    }
    let _ = writeln!(text, "{}", styled(Style::new().bold(), title));
    for it in traits.iter().take(SHOWN) {
        let _ = writeln!(
            text,
            "  {:<56} {:>8} times, last {}; {} others",
            printable(&it.value),
            grouped(u64::from(it.times)),
            it.last,
            it.shared_by
        );
    }
    if traits.len() > SHOWN {
        let _ = writeln!(text, "  and {} more", traits.len() - SHOWN);
    }
}
