//! `catseye audit coverage`: what a log holds, what it cannot show, and the audit policy that would.

use std::fmt::Write as _;
use std::process::ExitCode;

use anstyle::{AnsiColor, Color, Style};
use anyhow::bail;
use catseye_event::audit::Level;
use catseye_event::coverage::{Certainty, Coverage, POLICY};
use clap::ValueEnum;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::logs::{self, LogArgs, LogRead};
use crate::output::{self, styled};

/// Say what audit logs hold, what they cannot show, and which audit policy would
///
/// No alert means nothing where there is no data: before you rely on detections, see what they can
/// see. Everything in the log is counted by source, level, actor and resource; each blind spot says
/// what goes unnoticed and what to change.
///
/// Exit codes: 0 no blind spots for certain, 1 some, 2 a part of the logs could not be read.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    logs: OptionalLogs,
    /// How to write it
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Write the audit policy under which every detection can see what it needs, and nothing else
    #[arg(long)]
    policy: bool,
}

/// Logs, which may be left out where only the policy is asked for.
#[derive(Debug, clap::Args)]
struct OptionalLogs {
    /// Audit logs, in any shape, plain or packed (gzip, zstd); a folder stands for the files in it,
    /// oldest rotation first; `-` reads standard input
    #[arg(required_unless_present = "policy", value_name = "LOG")]
    logs: Vec<std::path::PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs
    Json,
}

const EXAMPLES: &str = "\
Examples:
  catseye audit coverage /var/log/kubernetes/audit      all rotations of an API server's log
  kubectl logs -n kube-system kube-apiserver-m-0 | catseye audit coverage -
  aws logs tail /aws/eks/shop/cluster --since 1d | catseye audit coverage -
  catseye audit coverage --policy > policy.yaml         what to give to --audit-policy-file";

/// Resources in the table; the JSON has all.
const SHOWN_RESOURCES: usize = 15;

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Args {
        logs: OptionalLogs { logs },
        format,
        policy,
    } = args;
    if *policy {
        output::print(POLICY)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut coverage = Coverage::new();
    let args = LogArgs { logs: logs.clone() };
    let read = args.for_each_event(&mut |event| coverage.observe(event))?;
    let all_read = logs::tell(&read);
    if coverage.events() == 0 && all_read {
        bail!("there are no audit events in these logs; is audit logging on, and is this its log?");
    }
    let text = match format {
        Format::Table => table(&coverage, &read),
        Format::Json => {
            let mut text = serde_json::to_string_pretty(&document(&coverage, &read))?;
            text.push('\n');
            text
        }
    };
    output::print(&text)?;
    let is_blind = coverage
        .blind_spots()
        .iter()
        .any(|spot| spot.certainty == Certainty::Certain);
    Ok(if !all_read {
        ExitCode::from(2)
    } else if is_blind {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    })
}

const LEVELS: [Level; 4] = [
    Level::Metadata,
    Level::Request,
    Level::RequestResponse,
    Level::Unknown,
];

fn table(coverage: &Coverage, read: &[LogRead]) -> String {
    let bold = Style::new().bold();
    let mut text = String::new();
    let bytes: u64 = read.iter().map(|log| log.tally.bytes).sum();
    let logs = if read.len() == 1 { "log" } else { "logs" };
    let _ = writeln!(
        text,
        "{} events in {} {logs} ({:.1} MB)",
        coverage.events(),
        read.len(),
        megabytes(bytes)
    );
    if let Some((first, last)) = coverage.span() {
        let (all, with_events) = coverage.minutes();
        let _ = writeln!(
            text,
            "from {} to {}, with events in {with_events} of {all} minutes",
            second(first),
            second(last)
        );
    }

    let _ = writeln!(
        text,
        "\n{}",
        styled(bold, "Sources, and how much they tell")
    );
    let _ = writeln!(
        text,
        "  {:<16} {:>9} {:>9} {:>9} {:>15} {:>8}",
        "source", "events", "Metadata", "Request", "RequestResponse", "unknown"
    );
    for (source, seen) in coverage.sources() {
        let [metadata, request, both, unknown] =
            LEVELS.map(|level| seen.levels.get(&level).copied().unwrap_or(0));
        let _ = writeln!(
            text,
            "  {:<16} {:>9} {metadata:>9} {request:>9} {both:>15} {unknown:>8}",
            source.name(),
            seen.events
        );
        let never: Vec<&str> = seen
            .without
            .iter()
            .filter(|(_, count)| **count == seen.events)
            .map(|(aspect, _)| aspect.name())
            .collect();
        if !never.is_empty() {
            let _ = writeln!(text, "  {:<16} never shows: {}", "", never.join(", "));
        }
    }

    let _ = writeln!(text, "\n{}", styled(bold, "Who"));
    let _ = writeln!(
        text,
        "  {:<16} {:>9} {:>10}",
        "kind", "events", "identities"
    );
    for (kind, seen) in coverage.actors() {
        let (count, more) = seen.identities();
        let more = if more { "+" } else { "" };
        let _ = writeln!(
            text,
            "  {:<16} {:>9} {:>10}",
            kind.name(),
            seen.events,
            format!("{count}{more}")
        );
    }

    let resources = coverage.resources();
    let _ = writeln!(text, "\n{}", styled(bold, "What"));
    let _ = writeln!(
        text,
        "  {:<52} {:>9} {:>9}  objects shown",
        "resource", "reads", "writes"
    );
    for (group, resource, seen) in resources.iter().take(SHOWN_RESOURCES) {
        let shown = if seen.with_object == 0 {
            "-".to_owned()
        } else {
            format!("{} of {}", seen.object_shown, seen.with_object)
        };
        let _ = writeln!(
            text,
            "  {:<52} {:>9} {:>9}  {shown}",
            qualified(group, resource),
            seen.reads,
            seen.writes
        );
    }
    if resources.len() > SHOWN_RESOURCES {
        let _ = writeln!(
            text,
            "  and {} more (--format json lists all)",
            resources.len() - SHOWN_RESOURCES
        );
    }

    let spots = coverage.blind_spots();
    let _ = writeln!(text, "\n{}", styled(bold, "What this log cannot show"));
    if spots.is_empty() {
        text.push_str("  Nothing that a detection needs.\n");
        return text;
    }
    for spot in &spots {
        let color = match spot.certainty {
            Certainty::Certain => AnsiColor::Red,
            Certainty::Possible => AnsiColor::Yellow,
        };
        let word = Style::new().fg_color(Some(Color::Ansi(color)));
        let _ = writeln!(
            text,
            "  {} ({}): {}",
            styled(word, spot.id),
            spot.certainty.words(),
            spot.what
        );
        let _ = writeln!(text, "    hides: {}", spot.hides);
        let _ = writeln!(text, "    do: {}", spot.remedy);
    }
    text.push_str(
        "\n`catseye audit coverage --policy` writes an audit policy that shows all of it.\n",
    );
    text
}

fn qualified(group: &str, resource: &str) -> String {
    match (group, resource.split_once('/')) {
        ("", _) => resource.to_owned(),
        (group, Some((resource, sub))) => format!("{resource}.{group}/{sub}"),
        (group, None) => format!("{resource}.{group}"),
    }
}

/// Whole seconds are enough for people.
fn second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Version 1 of what programs read. Fields may be added; those here stay.
fn document(coverage: &Coverage, read: &[LogRead]) -> Value {
    let logs: Vec<Value> = read
        .iter()
        .map(|log| {
            let unreadable: Vec<Value> = log
                .tally
                .unreadable
                .iter()
                .map(|(cause, unreadable)| {
                    json!({"cause": cause.name(), "count": unreadable.count, "line": unreadable.first.line,
                        "byte": unreadable.first.byte, "detail": unreadable.detail})
                })
                .collect();
            json!({"name": log.name, "bytes": log.tally.bytes, "lines": log.tally.lines,
                "events": log.tally.events, "cut": log.tally.cut, "passed_over": log.tally.passed_over,
                "unreadable": unreadable, "error": log.error.as_ref().map(ToString::to_string)})
        })
        .collect();
    let sources: Vec<Value> = coverage
        .sources()
        .iter()
        .map(|(source, seen)| {
            let levels: serde_json::Map<String, Value> = seen
                .levels
                .iter()
                .map(|(level, count)| (level.name().to_owned(), json!(count)))
                .collect();
            let stages: serde_json::Map<String, Value> = seen
                .stages
                .iter()
                .map(|(stage, count)| (stage.name().to_owned(), json!(count)))
                .collect();
            let without: serde_json::Map<String, Value> = seen
                .without
                .iter()
                .map(|(aspect, count)| (aspect.name().to_owned(), json!(count)))
                .collect();
            json!({"source": source.name(), "events": seen.events, "cut": seen.cut, "levels": levels,
                "stages": stages, "without": without})
        })
        .collect();
    let actors: Vec<Value> = coverage
        .actors()
        .iter()
        .map(|(kind, seen)| {
            let (identities, at_least) = seen.identities();
            json!({"kind": kind.name(), "events": seen.events, "identities": identities, "at_least": at_least})
        })
        .collect();
    let resources: Vec<Value> = coverage
        .resources()
        .iter()
        .map(|(group, resource, seen)| {
            json!({"group": group, "resource": resource, "reads": seen.reads, "writes": seen.writes,
                "with_object": seen.with_object, "object_shown": seen.object_shown})
        })
        .collect();
    let blind_spots: Vec<Value> = coverage
        .blind_spots()
        .iter()
        .map(|spot| {
            json!({"id": spot.id, "certainty": spot.certainty.name(), "what": spot.what, "hides": spot.hides,
                "remedy": spot.remedy})
        })
        .collect();
    let (minutes, minutes_with_events) = coverage.minutes();
    let span = coverage.span();
    json!({
        "version": 1,
        "events": coverage.events(),
        "first": span.map(|(first, _)| first.to_string()),
        "last": span.map(|(_, last)| last.to_string()),
        "minutes": minutes,
        "minutes_with_events": minutes_with_events,
        "logs": logs,
        "sources": sources,
        "actors": actors,
        "resources": resources,
        "blind_spots": blind_spots,
    })
}
