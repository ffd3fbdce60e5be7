//! `catseye audit LOG…`: what happened that matters, as ranked incidents.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use catseye_detect::audit::{Given, Rules};
use catseye_detect::baseline::{self, Baseline};
use catseye_detect::incident::{Config, Incident, Trust, Watch};
use catseye_event::Event;
use catseye_model::{Inventory, Object, Severity};
use catseye_report::assemble::exceptions::complain;
use catseye_report::incidents::{Gap, Incidents, html, table};
use catseye_report::scan::Level;
use clap::ValueEnum;
use jiff::Timestamp;

use super::follow::Places;
use super::live::{Form, Told};
use super::logs::{self, Follow, LogArgs, LogRead};
use super::place;
use super::rules::{self, RuleArgs};
use crate::intake::{self, Intake, Options};
use crate::output;
use crate::scan::read_exceptions;
use crate::stop;

/// How often what was learned is written while a log is followed: no crash loses more.
const SAVE_EVERY: Duration = Duration::from_mins(5);

/// What to look for and how to tell it
#[derive(Debug, clap::Args)]
pub(crate) struct IncidentArgs {
    #[command(flatten)]
    logs: LogArgs,
    #[command(flatten)]
    rules: RuleArgs,
    /// Go on reading as the logs are written, through rotations, and tell incidents as they open and
    /// grow: a list on a terminal, lines through a pipe, JSON lines with --format json
    #[arg(long, short)]
    follow: bool,
    /// The cluster's objects (a dump, or files): some rules ask for them, and incidents say what their
    /// actors could reach
    #[arg(long, value_name = "PATH")]
    inventory: Option<PathBuf>,
    /// Who delivers, which addresses are bad, where the office is: `[audit]` of this file [default:
    /// `catseye.toml` of the current folder where there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Evidence that somebody has accepted: rules by id, or `baseline`, and whom and what it is about;
    /// with reason, author and expiry
    #[arg(long, value_name = "FILE")]
    exceptions: Option<PathBuf>,
    /// What is normal, learned before
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write what is normal after these logs; what is serious is not learned. With --follow it is written
    /// every five minutes and at the end, by Ctrl-C or SIGTERM too: a crash loses five minutes at most.
    /// FILE.place says how far the log was read; a later run with --baseline FILE goes on there
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
    let settings = super::settings::read(args.config.as_deref())?;
    let known = match &args.baseline {
        Some(file) => read_baseline(file, settings.baseline.clone())?,
        None => Baseline::new(settings.baseline.clone()),
    };
    let (exceptions, exceptions_file) = read_exceptions(args.exceptions.as_deref())?;
    let (inventory, unreadable) = match &args.inventory {
        Some(path) => read_inventory(path)?,
        None => (None, false),
    };
    let config = Config {
        trust: if args.trust {
            Trust::All
        } else {
            Trust::Guarded
        },
        ..settings.incidents
    };
    let mut rules = Rules::new(settings.rules);
    let mut usable = true;
    if let Some(set) = args.rules.load()? {
        usable = rules::tell(&set);
        rules = rules.with_user_rules(set);
    }
    let mut run = Run {
        args,
        inventory,
        rules,
        watch: Watch::new(config, known).accepting(exceptions),
        span: None,
        changed: false,
        places: Places::new(),
    };
    let (read, told) = if args.follow {
        run.follow()?
    } else {
        let read = args.logs.for_each_event(&mut |event| run.take(event))?;
        (read, 0)
    };
    let complete = logs::tell(&read) && usable && !unreadable;
    if run.watch.requests() == 0 && complete && !args.follow {
        bail!("these logs hold no events; `catseye audit coverage` says what they hold");
    }
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    for complaint in run.watch.complaints(today.date()) {
        output::tell(&complain(complaint, exceptions_file.as_ref()));
    }
    if args.follow {
        run.save()?;
        // What was told was told when it happened.
        return Ok(ExitCode::from(match (complete, told) {
            (false, _) => 2,
            (true, 0) => 0,
            (true, _) => 1,
        }));
    }
    let report = run.report()?;
    publish(&report, args.format, args.output.as_deref())?;
    // What was declared ordinary is told, but fails no run.
    Ok(
        match (complete, args.trust || report.incidents.is_empty()) {
            (false, _) => ExitCode::from(2),
            (true, false) => ExitCode::from(1),
            (true, true) => ExitCode::SUCCESS,
        },
    )
}

/// One run over logs.
struct Run<'a> {
    args: &'a IncidentArgs,
    inventory: Option<Inventory>,
    rules: Rules,
    watch: Watch,
    span: Option<(Timestamp, Timestamp)>,
    /// True when an event was evidence since incidents were last looked at.
    changed: bool,
    /// How far followed logs were read.
    places: Places,
}

impl Run<'_> {
    fn take(&mut self, event: &Event<'_>) {
        if let Some(time) = event.time() {
            let span = self.span.get_or_insert((time, time));
            *span = (span.0.min(time), span.1.max(time));
        }
        let detections = self.rules.observe(event, self.inventory.as_ref());
        let outcome = self.watch.observe(event, &detections);
        self.changed |= outcome.is_some();
    }

    fn is_asked_for(&self, incident: &Incident) -> bool {
        let IncidentArgs { since, actor, .. } = self.args;
        since.is_none_or(|since| incident.last >= since)
            && actor
                .as_ref()
                .is_none_or(|name| incident.actor.contains(name.as_str()))
    }

    /// Tells incidents as the logs are written; gives how many.
    fn follow(&mut self) -> anyhow::Result<(Vec<LogRead>, u64)> {
        let args = self.args;
        let mut told = Told::new(Form::of(args.format == Format::Json));
        let mut failure = None;
        let mut saved = Instant::now();
        let ended = stop::flag().context("failed to listen to signals")?;
        let resume = match &args.baseline {
            Some(file) => place::read(file)?,
            None => Places::new(),
        };
        let this = std::cell::RefCell::new(self);
        let read = args.logs.follow(
            &mut |event| this.borrow_mut().take(event),
            &resume,
            &mut |places| {
                let mut this = this.borrow_mut();
                this.places.clone_from(places);
                let next = this.tell(&mut told).and_then(|next| {
                    if saved.elapsed() >= SAVE_EVERY {
                        saved = Instant::now();
                        this.save()?;
                    }
                    Ok(next)
                });
                if ended.load(Ordering::Relaxed) {
                    return Follow::End;
                }
                next.unwrap_or_else(|err| {
                    failure = Some(err);
                    Follow::End
                })
            },
        )?;
        match failure {
            Some(err) => Err(err),
            None => Ok((read, told.count)),
        }
    }

    fn tell(&mut self, told: &mut Told) -> anyhow::Result<Follow> {
        let incidents = if std::mem::take(&mut self.changed) {
            let mut current = self.watch.current();
            current.retain(|it| it.severity >= self.args.min_severity && self.is_asked_for(it));
            Some(current)
        } else {
            None
        };
        let facts = format!(
            "{} requests by {} actors",
            baseline::grouped(self.watch.requests()),
            baseline::grouped(self.watch.baseline().actors() as u64)
        );
        Ok(told.tell(incidents, &facts)?)
    }

    /// Writes what was learned so far, where that is asked for.
    fn save(&self) -> anyhow::Result<()> {
        match &self.args.write_baseline {
            Some(file) => {
                let text = self.watch.baseline().to_json();
                if self.args.follow {
                    let (path, text) = place::before(file, &text, self.places.clone())?;
                    write_whole(&path, &text)?;
                }
                write_whole(file, &text)
            }
            None => Ok(()),
        }
    }

    /// The end of the logs.
    fn report(self) -> anyhow::Result<Incidents> {
        self.save()?;
        let (requests, dropped, accepted) = (
            self.watch.requests(),
            self.watch.dropped(),
            self.watch.accepted(),
        );
        let args = self.args;
        let actors = self.watch.baseline().actors();
        if let Some(file) = &args.write_baseline {
            anstream::eprintln!(
                "what is normal of {actors} actors written to {}",
                file.display()
            );
        }
        let all = self.watch.current();
        let (incidents, below): (Vec<Incident>, Vec<Incident>) = all
            .into_iter()
            .filter(|incident| self.is_asked_for(incident))
            .partition(|incident| incident.severity >= args.min_severity);
        let in_reach = match &self.inventory {
            Some(inventory) => super::context::of(inventory, &incidents),
            None => BTreeMap::new(),
        };
        Ok(Incidents {
            version: 1,
            requests,
            runtime_events: 0,
            first: self.span.map(|(first, _)| first),
            last: self.span.map(|(_, last)| last),
            actors,
            learned_before: args.baseline.is_some(),
            incidents,
            below: below.len(),
            dropped,
            accepted,
            in_reach,
            gaps: gaps(&self.rules),
        })
    }
}

/// The objects at a path, for rules that ask for them; none when there are none, which is told.
pub(crate) fn read_inventory(path: &Path) -> anyhow::Result<(Option<Inventory>, bool)> {
    let options = Options {
        dumps: true,
        render: false,
        helm_values: Vec::new(),
    };
    let Intake {
        objects,
        notices,
        completeness,
        ..
    } = intake::gather(&[path.to_owned()], &options)?;
    let mut unreadable = false;
    for notice in notices.iter().filter(|it| it.level == Level::Error) {
        unreadable = true;
        output::tell(notice);
    }
    if objects.is_empty() {
        bail!(
            "--inventory {}: no Kubernetes object was found",
            path.display()
        );
    }
    let (objects, older) = newest(objects);
    if older > 0 {
        let s = if older == 1 { "" } else { "s" };
        anstream::eprintln!(
            "--inventory {}: {older} object{s} stand{} there more than once; the last file's counts",
            path.display(),
            if older == 1 { "s" } else { "" },
        );
    }
    Ok((Some(Inventory::new(objects, completeness)), unreadable))
}

/// Each object as it stands in the last of the files, which are in the order of their names; and how many
/// were older. A folder of dumps by day holds most objects in each.
fn newest(objects: Vec<Object>) -> (Vec<Object>, usize) {
    let all = objects.len();
    let mut seen = BTreeSet::new();
    let mut kept: Vec<Object> = Vec::with_capacity(all);
    for object in objects.into_iter().rev() {
        let group = object.api_version().split_once('/').map_or("", |it| it.0);
        let place = [group, object.kind_name(), object.namespace(), object.name()];
        if object.name().is_empty() || seen.insert(place.map(str::to_owned)) {
            kept.push(object);
        }
    }
    kept.reverse();
    let older = all - kept.len();
    (kept, older)
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
            lacks: coverage.lacks.map(Given::words),
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
            lacks: None,
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
pub(super) fn read_baseline(file: &Path, config: baseline::Config) -> anyhow::Result<Baseline> {
    let failed = || format!("failed to read {}", file.display());
    let text = std::fs::read_to_string(file).with_context(failed)?;
    Baseline::from_json(&text, config).with_context(failed)
}

/// Writes a file so that whoever is killed on the way leaves the old one.
fn write_whole(file: &Path, text: &str) -> anyhow::Result<()> {
    let is_special = file.metadata().is_ok_and(|metadata| !metadata.is_file());
    let (Some(name), false) = (file.file_name(), is_special) else {
        return write(file, text);
    };
    let failed = || format!("failed to write {}", file.display());
    let mut unfinished = std::ffi::OsString::from(".");
    unfinished.push(name);
    unfinished.push(format!(".{}", std::process::id()));
    let unfinished = file.with_file_name(unfinished);
    let written = std::fs::File::create(&unfinished)
        .and_then(|mut open| {
            open.write_all(text.as_bytes())?;
            open.sync_all()
        })
        .and_then(|()| std::fs::rename(&unfinished, file));
    if written.is_err() {
        // What could not be written may not be removable either: the first error is the one to tell.
        let _ = std::fs::remove_file(&unfinished);
    }
    written.with_context(failed)
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("failed to write {}", file.display()))
}
