//! `catseye audit rules test`: how often a rule would have fired, and on whom.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use catseye_detect::audit::{Config, Rules};
use catseye_detect::{Detection, Evidence};
use catseye_event::Event;
use catseye_rules::{About, Problem};
use clap::ValueEnum;
use jiff::Timestamp;
use serde::Serialize;

use super::super::logs::{self, LogArgs};
use super::{files, tell};
use crate::output;

/// Try rules on logs: how often they would have fired, in which namespaces, on whom
///
/// Rules are judged as `catseye audit --rules` judges them: each request once, unless a rule asks for
/// the stage. What a log does not show, such as bodies, is counted as not evaluable, never as quiet.
///
/// Exit codes: 0 no rule fires, 1 some do, 2 a rule cannot be used or a part of the logs not be read.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Files of rules, or folders of them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Audit logs, in any shape, plain or packed; a folder stands for the files in it; `-` reads
    /// standard input
    #[arg(long = "log", required = true, num_args = 1.., value_name = "LOG")]
    logs: Vec<PathBuf>,
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
  catseye audit rules test exec.yml --log audit.log
  catseye audit rules test rules/ --log /var/log/kubernetes/audit/ --format json";

/// How many examples are shown of a rule.
const EXAMPLES_SHOWN: usize = 3;
/// How many namespaces and identities are told apart; what is beyond is counted together.
const MOST_NAMES: usize = 10_000;

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) version: u32,
    /// Requests in the logs.
    pub(super) requests: u64,
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
    /// Most hits first.
    pub(super) rules: Vec<Tested>,
    pub(super) problems: Vec<Problem>,
}

/// How one rule fared.
#[derive(Debug, Serialize)]
pub(super) struct Tested {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) language: &'static str,
    pub(super) severity: catseye_model::Severity,
    pub(super) file: String,
    pub(super) line: u32,
    /// It makes detections; otherwise it only feeds correlations, and hits are its matches.
    pub(super) alerts: bool,
    pub(super) hits: u64,
    /// Hits a day, where the logs span an hour or more.
    pub(super) per_day: Option<f64>,
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
    /// Events that the rule was asked about.
    pub(super) judged: u64,
    /// Events that do not show enough to tell.
    pub(super) not_evaluable: u64,
    /// What those lack.
    pub(super) missing: Vec<&'static str>,
    /// Namespaces by hits, most first; empty for what is cluster-wide.
    pub(super) namespaces: Vec<Share>,
    /// Identities by hits, most first.
    pub(super) identities: Vec<Share>,
    pub(super) examples: Vec<Example>,
}

#[derive(Debug, Serialize)]
pub(super) struct Share {
    pub(super) name: String,
    pub(super) hits: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct Example {
    pub(super) time: Timestamp,
    pub(super) actor: String,
    pub(super) target: String,
    pub(super) event: String,
    pub(super) message: String,
    pub(super) evidence: Vec<Evidence>,
}

/// Hits of one rule while the logs are read.
#[derive(Debug, Default)]
struct Hits {
    count: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    namespaces: BTreeMap<String, u64>,
    identities: BTreeMap<String, u64>,
    examples: Vec<Example>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let set = files::load(&args.files)?;
    let usable = files::tell(&set);
    if set.rules.is_empty() && set.correlations.is_empty() {
        bail!("no rule can be used; `catseye audit rules check` says why");
    }
    let problems = set.problems.clone();
    let mut rules = Rules::of([], Config::default()).with_user_rules(set);
    let mut hits: BTreeMap<(String, String), Hits> = BTreeMap::new();
    let mut span: Option<(Timestamp, Timestamp)> = None;
    let logs = LogArgs {
        logs: args.logs.clone(),
    };
    let read = logs.for_each_event(&mut |event: &Event<'_>| {
        if let Some(time) = event.time() {
            let span = span.get_or_insert((time, time));
            *span = (span.0.min(time), span.1.max(time));
        }
        for detection in rules.observe(event, None) {
            let key = (detection.rule.to_string(), detection.title.to_string());
            hits.entry(key).or_default().add(detection);
        }
    })?;
    let complete = logs::tell(&read);
    let report = Report {
        version: 1,
        requests: rules.coverage().events,
        first: span.map(|(first, _)| first),
        last: span.map(|(_, last)| last),
        rules: tested(&rules, hits, span),
        problems,
    };
    match args.format {
        Format::Table => output::print(&tell::table(&report))?,
        Format::Json => {
            let mut text = serde_json::to_string_pretty(&report)?;
            text.push('\n');
            output::print(&text)?;
        }
    }
    let fires = report.rules.iter().any(|it| it.alerts && it.hits > 0);
    Ok(match (complete && usable, fires) {
        (false, _) => ExitCode::from(2),
        (true, true) => ExitCode::from(1),
        (true, false) => ExitCode::SUCCESS,
    })
}

fn tested(
    rules: &Rules,
    mut hits: BTreeMap<(String, String), Hits>,
    span: Option<(Timestamp, Timestamp)>,
) -> Vec<Tested> {
    let Some(engine) = rules.user_rules().map(catseye_detect::UserRules::engine) else {
        return Vec::new();
    };
    let set = engine.set();
    let mut all = Vec::new();
    let mut tested = |about: &About, alerts: bool, matched: u64| {
        let key = (about.id.clone(), about.title.clone());
        let hits = hits.remove(&key).unwrap_or_default();
        let count = if alerts { hits.count } else { matched };
        Tested {
            id: about.id.clone(),
            title: about.title.clone(),
            language: about.language.name(),
            severity: about.severity,
            file: about.file.clone(),
            line: about.line,
            alerts,
            hits: count,
            per_day: per_day(count, span),
            first: hits.first,
            last: hits.last,
            judged: 0,
            not_evaluable: 0,
            missing: Vec::new(),
            namespaces: shares(hits.namespaces),
            identities: shares(hits.identities),
            examples: hits.examples,
        }
    };
    for (rule, count) in set.rules.iter().zip(engine.counts()) {
        all.push(Tested {
            judged: count.judged,
            not_evaluable: count.not_evaluable,
            missing: count
                .missing
                .aspects()
                .map(catseye_event::Aspect::name)
                .collect(),
            ..tested(&rule.about, rule.alerts, count.matched)
        });
    }
    for (correlation, count) in set.correlations.iter().zip(engine.correlated()) {
        all.push(tested(&correlation.about, correlation.alerts, *count));
    }
    all.sort_by(|one, other| {
        (other.alerts, other.hits)
            .cmp(&(one.alerts, one.hits))
            .then_with(|| one.title.cmp(&other.title))
    });
    all
}

#[expect(clippy::cast_precision_loss, reason = "hits are far below 2^52")]
fn per_day(hits: u64, span: Option<(Timestamp, Timestamp)>) -> Option<f64> {
    let (first, last) = span?;
    let hours = last.duration_since(first).as_secs_f64() / 3600.0;
    (hours >= 1.0).then(|| (hits as f64 / (hours / 24.0) * 10.0).round() / 10.0)
}

fn shares(names: BTreeMap<String, u64>) -> Vec<Share> {
    let mut shares: Vec<Share> = names
        .into_iter()
        .map(|(name, hits)| Share { name, hits })
        .collect();
    shares.sort_by(|one, other| {
        other
            .hits
            .cmp(&one.hits)
            .then_with(|| one.name.cmp(&other.name))
    });
    shares
}

impl Hits {
    fn add(&mut self, detection: Detection) {
        self.count += 1;
        let time = detection.time;
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last = Some(self.last.map_or(time, |last| last.max(time)));
        note(&mut self.namespaces, &detection.target.namespace);
        note(&mut self.identities, &detection.actor);
        // Examples of different actors and objects tell more than the first few.
        let target = detection.target.to_string();
        let is_known = self
            .examples
            .iter()
            .any(|it| it.actor == detection.actor || it.target == target);
        if self.examples.len() < EXAMPLES_SHOWN && !is_known {
            self.examples.push(Example {
                time,
                actor: detection.actor,
                target,
                event: detection.event,
                message: detection.message,
                evidence: detection.evidence,
            });
        }
    }
}

fn note(names: &mut BTreeMap<String, u64>, name: &str) {
    if let Some(count) = names.get_mut(name) {
        *count += 1;
    } else if names.len() < MOST_NAMES {
        names.insert(name.to_owned(), 1);
    } else {
        *names.entry("(others)".to_owned()).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::per_day;

    #[test]
    fn hits_a_day_need_an_hour_to_be_told() {
        let time = |text: &str| text.parse().expect("a time");
        let span = |last| Some((time("2026-11-21T00:00:00Z"), time(last)));
        assert_eq!(per_day(6, span("2026-11-21T12:00:00Z")), Some(12.0));
        assert_eq!(per_day(6, span("2026-11-21T00:10:00Z")), None);
        assert_eq!(per_day(6, None), None);
    }
}
