//! `catseye policy generate`: checks, exceptions and what a cluster does as policies of the API server.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use catseye_admission::Action;
use catseye_admission::generate::{Learned, Making, from_checks, from_learned, without_policy};
use serde_json::{Value, json};

use crate::intake::ReadingArgs;
use crate::{output, scan};

/// Write policies that the API server enforces by itself
///
/// Checks that a pod alone answers become `ValidatingAdmissionPolicy` objects with bindings; exceptions
/// become conditions. With --learn, what runs is held to what it is: the registries that images come from,
/// the capabilities that are added, the Pod Security level that each namespace holds. The output is for
/// `kubectl apply -f -`; begin with --action warn or audit.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  catseye policy generate --check privileged-container --check host-network
  catseye policy generate --all --exceptions exceptions.yaml --action audit | kubectl apply -f -
  catseye policy generate --learn cluster.yaml --action warn")]
pub(super) struct Args {
    /// A check, by id or name (repeatable)
    #[arg(long, value_name = "CHECK")]
    check: Vec<String>,
    /// All checks that can be policies
    #[arg(long)]
    all: bool,
    /// Learn from these files, folders or dumps (repeatable)
    #[arg(long, value_name = "PATH")]
    learn: Vec<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
    /// Exceptions that become conditions
    #[arg(long, value_name = "FILE")]
    exceptions: Option<PathBuf>,
    /// What follows where a policy does not hold
    #[arg(long, value_enum, default_value = "deny")]
    action: Follows,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Follows {
    /// The request is refused
    Deny,
    /// The client is warned
    Warn,
    /// The audit log is told
    Audit,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args {
        check,
        all,
        learn,
        reading,
        exceptions,
        action,
    } = args;
    if check.is_empty() && !all && learn.is_empty() {
        bail!("nothing to write: name checks with --check, or use --all or --learn PATH");
    }
    let (exceptions, _) = scan::read_exceptions(exceptions.as_deref())?;
    let making = Making {
        action: match action {
            Follows::Deny => Action::Deny,
            Follows::Warn => Action::Warn,
            Follows::Audit => Action::Audit,
        },
        exceptions: &exceptions,
        today: jiff::Zoned::now().date(),
    };
    let mut checks = Vec::new();
    for name in &check {
        let found = catseye_checks::find(name)
            .with_context(|| format!("{name:?} is no check: `catseye checks` lists them"))?;
        checks.push(found);
    }
    let impossible = without_policy(&checks);
    if !impossible.is_empty() {
        bail!(
            "no policy can say what {} says: it looks at more than a pod",
            impossible.join(", ")
        );
    }
    if all {
        checks = catseye_checks::all().collect();
        anstream::eprintln!(
            "{} of {} checks look at more than a pod and have no policy",
            without_policy(&checks).len(),
            checks.len()
        );
    }
    let mut made = from_checks(&checks, &making);
    if !learn.is_empty() {
        let loaded = reading.load_or_here(&learn)?;
        loaded.tell()?;
        let learned = Learned::of(&loaded.inventory);
        if learned.workloads == 0 {
            bail!("there are no workloads to learn from");
        }
        made.extend(from_learned(&learned, &making));
    }
    let items: Vec<Value> = made.into_iter().map(Value::from).collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    output::print(&format!("{list:#}\n"))?;
    Ok(ExitCode::SUCCESS)
}
