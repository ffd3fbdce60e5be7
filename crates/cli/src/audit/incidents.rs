//! `catseye audit LOG…`: what happened that matters, as ranked incidents.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use catseye_detect::audit::{self, Rules};
use catseye_detect::baseline::{self, Baseline};
use catseye_detect::incident::{Config, Incident, Trust, Watch};
use catseye_event::Event;
use catseye_model::Severity;
use catseye_report::incidents::{Gap, Incidents, html, table};
use clap::ValueEnum;
use jiff::Timestamp;

use super::logs::{self, LogArgs};
use super::rules::{self, RuleArgs};
use crate::output;

/// What to look for and how to tell it
#[derive(Debug, clap::Args)]
pub(crate) struct IncidentArgs {
    #[command(flatten)]
    logs: LogArgs,
    #[command(flatten)]
    rules: RuleArgs,
    /// What is normal, learned before
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write what is normal after these logs; what is serious is not learned
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,
    /// These logs show ordinary days: learn everything in them
    #[arg(long)]
    trust: bool,
    /// Incidents since this time only; earlier events are still learned from
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Incidents of actors whose name contains this only
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// Leave out incidents below this severity
    #[arg(long, value_name = "SEVERITY", default_value = "medium")]
    min_severity: Severity,
    /// How to tell them
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Write them to a file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs; versioned
    Json,
    /// One self-contained page
    Html,
}

pub(crate) fn run(args: &IncidentArgs) -> anyhow::Result<ExitCode> {
    let IncidentArgs {
        logs,
        rules: user_rules,
        baseline,
        write_baseline,
        trust,
        since,
        actor,
        min_severity,
        format,
        output,
    } = args;
    let known = match baseline {
        Some(file) => read_baseline(file)?,
        None => Baseline::default(),
    };
    let config = Config {
        trust: if *trust { Trust::All } else { Trust::Guarded },
        ..Config::default()
    };
    let mut watch = Watch::new(config, known);
    let mut rules = Rules::new(audit::Config::default());
    let mut usable = true;
    if let Some(set) = user_rules.load()? {
        usable = rules::tell(&set);
        rules = rules.with_user_rules(set);
    }
    let mut span: Option<(Timestamp, Timestamp)> = None;
    let read = logs.for_each_event(&mut |event: &Event<'_>| {
        if let Some(time) = event.time() {
            let span = span.get_or_insert((time, time));
            *span = (span.0.min(time), span.1.max(time));
        }
        let detections = rules.observe(event, None);
        watch.observe(event, &detections);
    })?;
    let complete = logs::tell(&read) && usable;
    let (requests, dropped) = (watch.requests(), watch.dropped());
    if requests == 0 && complete {
        bail!("these logs hold no events; `catseye audit coverage` says what they hold");
    }
    let (all, learned) = watch.finish();
    if let Some(file) = write_baseline {
        write(file, &learned.to_json())?;
        anstream::eprintln!(
            "what is normal of {} actors written to {}",
            learned.actors(),
            file.display()
        );
    }
    let asked_for = |incident: &Incident| {
        since.is_none_or(|since| incident.last >= since)
            && actor
                .as_ref()
                .is_none_or(|name| incident.actor.contains(name.as_str()))
    };
    let (incidents, below): (Vec<Incident>, Vec<Incident>) = all
        .into_iter()
        .filter(asked_for)
        .partition(|incident| incident.severity >= *min_severity);
    let report = Incidents {
        version: 1,
        requests,
        first: span.map(|(first, _)| first),
        last: span.map(|(_, last)| last),
        actors: learned.actors(),
        learned_before: baseline.is_some(),
        incidents,
        below: below.len(),
        dropped,
        gaps: gaps(&rules),
    };
    publish(&report, *format, output.as_deref())?;
    // What was declared ordinary is told, but fails no run.
    Ok(match (complete, *trust || report.incidents.is_empty()) {
        (false, _) => ExitCode::from(2),
        (true, false) => ExitCode::from(1),
        (true, true) => ExitCode::SUCCESS,
    })
}

fn gaps(rules: &Rules) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = rules
        .coverage()
        .gaps()
        .map(|(rule, coverage)| Gap {
            rule: rule.id.to_owned(),
            title: rule.title().to_owned(),
            events: coverage.not_evaluable,
            blind: coverage.is_blind(),
            missing: coverage
                .missing()
                .map(|aspect| aspect.name().to_owned())
                .collect(),
        })
        .collect();
    let engine = rules.user_rules().map(catseye_detect::UserRules::engine);
    for (rule, count) in engine
        .into_iter()
        .flat_map(|engine| engine.set().rules.iter().zip(engine.counts()))
        .filter(|(_, count)| count.not_evaluable > 0)
    {
        gaps.push(Gap {
            rule: rule.about.id.clone(),
            title: rule.about.title.clone(),
            events: count.not_evaluable,
            blind: count.judged == 0,
            missing: count
                .missing
                .aspects()
                .map(|aspect| aspect.name().to_owned())
                .collect(),
        });
    }
    gaps
}

fn publish(report: &Incidents, format: Format, file: Option<&Path>) -> anyhow::Result<()> {
    let text = match format {
        Format::Table => table::render(report),
        Format::Json => report.to_json(),
        Format::Html => html::render(report),
    };
    match file {
        Some(file) if format == Format::Table => {
            write(file, &anstream::adapter::strip_str(&text).to_string())
        }
        Some(file) => write(file, &text),
        None => {
            if format == Format::Html && std::io::stdout().is_terminal() {
                anstream::eprintln!("a page is easier to read in a browser: add -o incidents.html");
            }
            output::print(&text)?;
            Ok(())
        }
    }
}

/// Reads a file that `--write-baseline` wrote.
pub(super) fn read_baseline(file: &Path) -> anyhow::Result<Baseline> {
    let failed = || format!("failed to read {}", file.display());
    let text = std::fs::read_to_string(file).with_context(failed)?;
    Baseline::from_json(&text, baseline::Config::default()).with_context(failed)
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("failed to write {}", file.display()))
}
