//! `catseye scan`: posture of manifests.

mod selection;

use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use catseye_checks::{Config, Judge};
use catseye_model::{ObjectId, Severity, Version, yaml};
use catseye_policy::{Baseline, Exceptions};
use catseye_report::scan::Level;
use catseye_report::{Assembly, Scan, assemble};
use clap::ValueEnum;
use rayon::prelude::*;

use crate::intake::{self, InputArgs, Loaded};
use crate::{output, progress};

/// Scan manifests (files, folders, kustomizations, Helm charts), cluster dumps, or a live cluster
///
/// Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 something could not be read.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArgs,

    /// Judge by the rules of this Kubernetes version [default: the live cluster's, or the newest]
    #[arg(long, value_name = "VERSION")]
    kubernetes_version: Option<Version>,
    /// Only checks behind this framework, and a table of its controls (repeatable)
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    framework: Vec<String>,
    /// Only these checks, by id, name or area (repeatable)
    #[arg(long, value_name = "CHECK", value_delimiter = ',')]
    check: Vec<String>,
    /// Leave out these checks, by id, name or area (repeatable)
    #[arg(long, value_name = "CHECK", value_delimiter = ',')]
    skip_check: Vec<String>,
    /// Leave out findings below this severity
    #[arg(long, value_name = "SEVERITY", default_value = "low")]
    min_severity: Severity,
    /// Exit with 1 when a finding is at least this severe, or `never`
    #[arg(long, value_name = "SEVERITY", default_value = "low")]
    fail_on: FailOn,

    /// The form of the result
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Write the result to a file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Also list the checks that passed
    #[arg(long)]
    show_passed: bool,

    /// The team's own rules; `catseye.toml` of the current folder where there is one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Accepted risks, with reason, author and expiry
    #[arg(long, value_name = "FILE")]
    exceptions: Option<PathBuf>,
    /// Report only what this file does not hold yet
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write all findings to the baseline file (that of --baseline, or the one named) and exit with 0
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    #[expect(
        clippy::option_option,
        reason = "absent, without a value, and with one"
    )]
    write_baseline: Option<Option<PathBuf>>,

    /// Threads [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
}

const EXAMPLES: &str = "\
Examples:
  catseye scan deploy/                                  everything below a folder
  catseye scan --live --context prod                    a cluster
  helm template shop chart/ | catseye scan -            what Helm would apply
  catseye scan . --framework pss-restricted             one framework, with its table
  catseye scan . --format sarif -o catseye.sarif        for a code host
  catseye scan . --baseline b.json --write-baseline     accept what is there today …
  catseye scan . --baseline b.json                      … and fail only on what is new";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, grouped by object
    Table,
    /// For programs; versioned
    Json,
    /// SARIF 2.1.0, for code hosts
    Sarif,
    /// `JUnit` XML, for CI servers
    Junit,
    /// One self-contained page
    Html,
    /// For pull requests
    Markdown,
}

/// The severity that fails the run.
#[derive(Debug, Clone, Copy)]
struct FailOn(Option<Severity>);

impl std::str::FromStr for FailOn {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        if text.eq_ignore_ascii_case("never") {
            return Ok(FailOn(None));
        }
        match text.parse() {
            Ok(severity) => Ok(FailOn(Some(severity))),
            Err(err) => bail!("{err}, or never"),
        }
    }
}

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args {
        input,
        kubernetes_version,
        framework,
        check,
        skip_check,
        min_severity,
        fail_on: FailOn(fail_on),
        format,
        output,
        show_passed,
        config,
        exceptions,
        baseline,
        write_baseline,
        jobs,
    } = args;
    let frameworks = framework
        .iter()
        .map(|id| crate::checks::find_framework(id))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let checks = selection::selected(&frameworks, &check, &skip_check)?;
    let mut config = read_config(config.as_deref())?;
    let (exceptions, exceptions_file) = read_exceptions(exceptions.as_deref())?;
    let write_to =
        match write_baseline {
            None => None,
            Some(Some(file)) => Some(file),
            Some(None) => Some(baseline.clone().context(
                "--write-baseline needs a file: write --baseline FILE --write-baseline",
            )?),
        };
    let known = match (&baseline, &write_to) {
        (Some(file), None) => Some(read_baseline(file)?),
        _ => None,
    };
    let threads = rayon::ThreadPoolBuilder::new().num_threads(jobs.map_or(0, usize::from));
    // This thread works too, rather than wait for the others.
    threads.use_current_thread().build_global()?;

    let Loaded {
        inventory,
        sources,
        notices,
        server,
    } = input.load()?;
    // A live cluster tells its version; the command line knows better.
    if let Some(version) = kubernetes_version.or(server) {
        config.kubernetes_version = version;
    }
    let judge = Judge::new(&inventory, &config, checks).held_to(&frameworks);
    let ids: Vec<ObjectId> = inventory.objects().map(|(id, _)| id).collect();
    let verdicts = progress::shown("judging", ids.len(), |progress| {
        ids.par_iter()
            .filter_map(|id| {
                progress.step();
                judge.verdict(*id)
            })
            .collect()
    });
    let (scan, all_findings) = assemble(Assembly {
        judge: &judge,
        verdicts,
        sources: &sources,
        notices,
        exceptions,
        exceptions_file,
        baseline: known,
        frameworks,
        min_severity,
        list_passed: show_passed,
        kubernetes_version: config.kubernetes_version.to_string(),
        tool_version: env!("CARGO_PKG_VERSION"),
        today: jiff::Timestamp::now()
            .to_zoned(jiff::tz::TimeZone::UTC)
            .date(),
    });
    if let Some(file) = write_to {
        write(&file, &all_findings.to_json())?;
        anstream::eprintln!(
            "{} findings written to {}",
            all_findings.len(),
            file.display()
        );
        return Ok(if scan.summary.errors > 0 {
            ExitCode::from(2)
        } else {
            ExitCode::SUCCESS
        });
    }
    publish(&scan, format, output.as_deref())?;
    let code = exit_code(&scan, fail_on);
    // The process ends here: giving back millions of small allocations would only take time.
    std::mem::forget((scan, judge));
    std::mem::forget((inventory, sources));
    Ok(code)
}

fn exit_code(scan: &Scan, fail_on: Option<Severity>) -> ExitCode {
    let fails = fail_on.is_some_and(|threshold| {
        scan.findings
            .iter()
            .any(|finding| finding.severity >= threshold)
    });
    match (scan.summary.errors, fails) {
        (1.., _) => ExitCode::from(2),
        (0, true) => ExitCode::from(1),
        (0, false) => ExitCode::SUCCESS,
    }
}

fn publish(scan: &Scan, format: Format, file: Option<&Path>) -> anyhow::Result<()> {
    match (format, file) {
        (Format::Json, None) => {
            catseye_report::json::write(scan, BufWriter::new(std::io::stdout().lock()))?;
        }
        (Format::Json, Some(file)) => {
            let failed = || format!("failed to write {}", file.display());
            let to = BufWriter::new(std::fs::File::create(file).with_context(failed)?);
            catseye_report::json::write(scan, to).with_context(failed)?;
        }
        (format, None) => output::print(&rendered(scan, format))?,
        (Format::Table, Some(file)) => {
            let text = rendered(scan, format);
            write(file, &anstream::adapter::strip_str(&text).to_string())?;
        }
        (format, Some(file)) => write(file, &rendered(scan, format))?,
    }
    if file.is_some() {
        // What could not be read must not hide in a file that nobody opens.
        for notice in &scan.notices {
            if notice.level == Level::Error {
                output::tell(notice);
            }
        }
    }
    Ok(())
}

fn rendered(scan: &Scan, format: Format) -> String {
    match format {
        Format::Table => catseye_report::table::render(scan),
        Format::Json => catseye_report::json::render(scan),
        Format::Sarif => catseye_report::sarif::render(scan),
        Format::Junit => catseye_report::junit::render(scan),
        Format::Html => catseye_report::html::render(scan),
        Format::Markdown => catseye_report::markdown::render(scan),
    }
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("failed to write {}", file.display()))
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("failed to read {}", file.display()))
}

fn read_config(file: Option<&Path>) -> anyhow::Result<Config> {
    let default = Path::new("catseye.toml");
    let file = match file {
        Some(file) => file,
        None if default.is_file() => default,
        None => return Ok(Config::default()),
    };
    Config::from_toml(&read(file)?).with_context(|| format!("failed to read {}", file.display()))
}

pub(crate) fn read_baseline(file: &Path) -> anyhow::Result<Baseline> {
    Baseline::from_json(&read(file)?).with_context(|| format!("failed to read {}", file.display()))
}

/// The exceptions, and the file's name with the line of each entry.
pub(crate) type NamedExceptions = (Exceptions, Option<(String, Vec<u32>)>);

pub(crate) fn read_exceptions(file: Option<&Path>) -> anyhow::Result<NamedExceptions> {
    let Some(file) = file else {
        return Ok((Exceptions::default(), None));
    };
    let text = read(file)?;
    let name = intake::display_name(file);
    let mut documents = yaml::documents(&text).into_iter();
    let (Some(document), None) = (documents.next(), documents.next()) else {
        bail!("{name}: expected one document with `version: 1` and `exceptions:`");
    };
    let value = match document.content {
        Ok(value) => value,
        Err(err) => bail!("{name}: {err}"),
    };
    let outline = catseye_model::Outline::read(&text, document.range);
    let count = value
        .get("exceptions")
        .and_then(|list| list.as_array())
        .map_or(0, <[_]>::len);
    let entry = |index| {
        catseye_model::FieldPath::root()
            .join("exceptions")
            .index(index)
    };
    let lines = (0..count)
        .map(|index| outline.locate(&entry(index)).line)
        .collect();
    match Exceptions::from_value(value.into()) {
        Ok(exceptions) => Ok((exceptions, Some((name, lines)))),
        Err(err) => {
            let position = outline.locate(&err.path);
            bail!("{name}:{}:{}: {err}", position.line, position.column)
        }
    }
}
