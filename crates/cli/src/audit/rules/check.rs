//! `catseye audit rules check`: what can be told of rules without any log.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anstyle::Style;
use catseye_rules::{About, Level, Problem, RuleSet};
use clap::ValueEnum;
use serde::Serialize;

use super::super::trail::printable;
use super::files;
use crate::output::{self, styled};

/// Tell what is wrong with rules: what cannot be read, and what can never be true
///
/// A rule is refused when no audit event can fit it: a verb that does not exist, a field that events
/// do not have, two things that exclude each other. The line says what to write instead.
///
/// Exit codes: 0 all rules can be used, 1 some cannot, 2 a file could not be read.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Files of rules, or folders of them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
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
  catseye audit rules check exec.yml
  catseye audit rules check k8s_audit_rules.yaml local_rules.yaml   a Falco book, in its order";

#[derive(Serialize)]
struct Report<'s> {
    version: u32,
    rules: Vec<Usable<'s>>,
    problems: &'s [Problem],
}

#[derive(Serialize)]
struct Usable<'s> {
    id: &'s str,
    title: &'s str,
    language: &'static str,
    severity: catseye_model::Severity,
    file: &'s str,
    line: u32,
    /// It makes detections; otherwise it only feeds correlations.
    alerts: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let set = files::load(&args.files)?;
    match args.format {
        Format::Table => output::print(&table(&set))?,
        Format::Json => {
            let report = Report {
                version: 1,
                rules: usable(&set).collect(),
                problems: &set.problems,
            };
            let mut text = serde_json::to_string_pretty(&report)?;
            text.push('\n');
            output::print(&text)?;
        }
    }
    Ok(if set.has_errors() {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    })
}

fn usable(set: &RuleSet) -> impl Iterator<Item = Usable<'_>> {
    let single = set.rules.iter().map(|rule| (&rule.about, rule.alerts));
    let several = set.correlations.iter().map(|it| (&it.about, it.alerts));
    single.chain(several).map(|(about, alerts)| {
        let About {
            id,
            title,
            language,
            severity,
            file,
            line,
            ..
        } = about;
        Usable {
            id,
            title,
            language: language.name(),
            severity: *severity,
            file,
            line: *line,
            alerts,
        }
    })
}

fn table(set: &RuleSet) -> String {
    let mut text = String::new();
    for problem in &set.problems {
        let style = match problem.level {
            Level::Error => Style::new().bold(),
            Level::Warning => Style::new(),
            Level::Note => Style::new().dimmed(),
        };
        let _ = writeln!(text, "{}", styled(style, printable(&problem.to_string())));
    }
    let of = |level: Level| set.problems.iter().filter(|it| it.level == level).count();
    let rules = set.rules.len() + set.correlations.len();
    let _ = writeln!(
        text,
        "{} can be used; {}, {}, {} passed over",
        counted(rules, "rule"),
        counted(of(Level::Error), "error"),
        counted(of(Level::Warning), "warning"),
        of(Level::Note),
    );
    text
}

fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}
