//! `catseye runtime`: what recorded runtime events say.
//!
//! ```text
//! PATH… ─► recordings (files, folders, standard input; packed or not) ─► catseye_event::runtime ─► events
//!                                  rules ─► incidents ◄── prepared (names, parents) ◄───────────────┘
//! ```

mod intel;
mod profile;
pub(crate) mod recordings;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use catseye_detect::baseline::{self, Baseline};
use catseye_detect::incident::{Incident, Watch};
use catseye_detect::runtime::{Config, RuntimeRules};
use catseye_model::{Inventory, Severity};
use catseye_report::assemble::exceptions::complain;
use catseye_report::incidents::{Gap, Incidents, html, table};
use clap::ValueEnum;
use jiff::Timestamp;

use self::recordings::RecordingArgs;
use crate::audit::read_inventory;
use crate::output;
use crate::scan::read_exceptions;

/// Tell from recorded runtime events what happened that matters, as a handful of ranked incidents
///
/// An incident is all that the pods of one workload did within hours: attack patterns that match, the tree
/// of processes around them, whom they talked to and which names they asked for.
///
/// Recordings may come from Catseye's sensor, Tetragon (its JSON log), Falco (JSON output) or Hubble
/// (`hubble observe -o json`), in files or through a pipe, packed or not; the shape is told from the content
/// and several may be mixed. What cannot be read is counted and located, never dropped in silence.
///
/// Exit codes: 0 no incident, 1 incidents, 2 a part of the recordings could not be read.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    recordings: RecordingArgs,
    /// The cluster's objects (a dump, or files): names for pods and workloads, the address of the API
    /// server, declared ports
    #[arg(long, value_name = "PATH")]
    inventory: Option<PathBuf>,
    /// A list of known bad addresses or domains: CSV or JSON of abuse.ch, a hosts file, a STIX 2.1 bundle,
    /// or one a line; may be given several times
    #[arg(long, value_name = "FILE")]
    intel: Vec<PathBuf>,
    /// Evidence that somebody has accepted: rules by id, and whom and what it is about; with reason, author
    /// and expiry
    #[arg(long, value_name = "FILE")]
    exceptions: Option<PathBuf>,
    /// What is normal for each container, learned before: programs, files and peers that are new are told,
    /// where there is enough evidence that new ones are rare
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// Write what is normal after these recordings; what belongs to an incident is not learned
    #[arg(long, value_name = "FILE")]
    write_profile: Option<PathBuf>,
    /// Incidents of workloads whose name contains this only
    #[arg(long, value_name = "NAME")]
    workload: Option<String>,
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

const EXAMPLES: &str = "\
Examples:
  catseye runtime examples/runtime/attack.jsonl                      the bundled example
  catseye runtime tetragon.log --inventory cluster.yaml              with names of pods and workloads
  catseye runtime events/ --intel feodo.csv --intel urlhaus.txt      with lists of bad addresses and domains
  kubectl logs -n kube-system ds/tetragon -c export-stdout | catseye runtime -
  catseye runtime ordinary/ --write-profile normal.json              learn what is normal
  catseye runtime today.jsonl --profile normal.json                  what is new since
  catseye network generate events/ --inventory cluster.yaml          policies from what was observed";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs; versioned
    Json,
    /// One self-contained page
    Html,
}

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args {
        recordings,
        inventory,
        intel,
        exceptions,
        profile: profile_file,
        write_profile,
        workload,
        min_severity,
        format,
        output,
    } = args;
    let (exceptions, exceptions_file) = read_exceptions(exceptions.as_deref())?;
    let (inventory, unreadable) = match &inventory {
        Some(path) => read_inventory(path)?,
        None => (None, false),
    };
    let mut config = Config {
        intel: intel::read(&intel)?,
        ..Config::default()
    };
    if let Some(inventory) = &inventory {
        config = config.with_inventory(inventory);
    }
    let mut rules = RuntimeRules::new(config);
    if let Some(inventory) = &inventory {
        rules = rules.attributing(inventory);
    }
    let nothing_known = Baseline::new(baseline::Config::default());
    let mut watch = Watch::new(catseye_detect::incident::Config::default(), nothing_known)
        .accepting(exceptions);
    let mut profiles = match &profile_file {
        Some(file) => profile::read(file)?,
        None => catseye_detect::profile::Profiles::default(),
    };
    let learns = write_profile.is_some();
    let mut span: Option<(Timestamp, Timestamp)> = None;
    let read = recordings.for_each_event(&mut |mut event| {
        rules.prepare(&mut event);
        let (first, last) = span.unwrap_or((event.time, event.time));
        span = Some((first.min(event.time), last.max(event.time)));
        let mut detections = rules.observe(&event, inventory.as_ref());
        if profile_file.is_some()
            && let Some(deviation) = profiles.look(&event)
        {
            detections.push(deviation.detection(&event));
        }
        let outcome = watch.observe_runtime(&event, &detections);
        // What is part of something serious must not become normal.
        if learns && outcome.is_none_or(|it| it.severity < Severity::Medium) {
            profiles.learn(&event);
        }
    })?;
    let complete = recordings::tell(&read) && !unreadable;
    if watch.runtime_events() == 0 && complete {
        bail!(
            "these recordings hold no runtime events; expected are lines of Catseye's sensor, Tetragon, Falco or Hubble"
        );
    }
    if let Some(file) = &write_profile {
        profile::write(file, &mut profiles)?;
    }
    let today = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    for complaint in watch.complaints(today.date()) {
        output::tell(&complain(complaint, exceptions_file.as_ref()));
    }
    let report = report(
        &rules,
        &watch,
        span,
        inventory.as_ref(),
        |incident| {
            workload
                .as_ref()
                .is_none_or(|name| incident.actor.contains(name.as_str()))
        },
        min_severity,
    );
    publish(&report, format, output.as_deref())?;
    Ok(match (complete, report.incidents.is_empty()) {
        (false, _) => ExitCode::from(2),
        (true, false) => ExitCode::from(1),
        (true, true) => ExitCode::SUCCESS,
    })
}

fn report(
    rules: &RuntimeRules,
    watch: &Watch,
    span: Option<(Timestamp, Timestamp)>,
    inventory: Option<&Inventory>,
    asked_for: impl Fn(&Incident) -> bool,
    min_severity: Severity,
) -> Incidents {
    let (incidents, below): (Vec<Incident>, Vec<Incident>) = watch
        .current()
        .into_iter()
        .filter(|incident| asked_for(incident))
        .partition(|incident| incident.severity >= min_severity);
    let actors: std::collections::BTreeSet<&str> = incidents
        .iter()
        .chain(&below)
        .map(|incident| incident.actor.as_str())
        .collect();
    let gaps = rules
        .counts()
        .filter(|(_, count)| count.not_evaluable > 0)
        .map(|(rule, count)| Gap {
            rule: rule.id.to_owned(),
            title: rule.title().to_owned(),
            events: count.not_evaluable,
            blind: count.judged == 0,
            missing: Vec::new(),
            lacks: count.lacks.map(catseye_detect::runtime::Needs::words),
        })
        .collect();
    let in_reach = match inventory {
        Some(inventory) => crate::audit::in_reach_of(inventory, &incidents),
        None => std::collections::BTreeMap::new(),
    };
    Incidents {
        version: 1,
        requests: 0,
        runtime_events: watch.runtime_events(),
        first: span.map(|(first, _)| first),
        last: span.map(|(_, last)| last),
        actors: actors.len(),
        learned_before: true,
        below: below.len(),
        incidents,
        dropped: watch.dropped(),
        accepted: watch.accepted(),
        in_reach,
        gaps,
    }
}

fn publish(report: &Incidents, format: Format, file: Option<&Path>) -> anyhow::Result<()> {
    let text = match format {
        Format::Table => table::render(report),
        Format::Json => report.to_json(),
        Format::Html => html::render(report),
    };
    let Some(file) = file else {
        if format == Format::Html && std::io::stdout().is_terminal() {
            anstream::eprintln!("a page is easier to read in a browser: add -o incidents.html");
        }
        output::print(&text)?;
        return Ok(());
    };
    let text = if format == Format::Table {
        anstream::adapter::strip_str(&text).to_string()
    } else {
        text
    };
    std::fs::write(file, text).with_context(|| format!("failed to write {}", file.display()))
}
