//! `catseye drift`: where the cluster is not as desired, by whose hand, what it means, and the way back.
//!
//! ```text
//!  DESIRED, releases, annotations ─► desired ─┐
//!  cluster or dump ──────────────────► live ──┼─► compare ─► attribute ─► meaning ─► table, JSON, story
//!  audit logs, ledger ───────────────► calls ─┘                                └──► restore
//! ```

mod contain;
mod desired;
mod json;
mod live;
mod parity;
mod restore;
mod story;
mod text;
mod undo;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use catseye_drift::journal::{Departure, Reader};
use catseye_drift::set::Coverage;
use catseye_drift::{
    Attribution, Class, Comparison, DesiredState, Drifts, Ledger, Meaning, Mutations, ObjectDrift,
    Ownership, Provenance, Ranges, Schemas, Surroundings, Trust, attribute, compare_all,
};
use catseye_model::redact::holds_redacted;
use catseye_model::{Inventory, Severity};
use catseye_respond::Freeze;
use clap::ValueEnum;
use jiff::Timestamp;

use crate::audit::logs;
use crate::intake::live::LiveArgs;
use crate::output;

/// Tell where the cluster is not as desired, who did it, and what that means for security
///
/// Reads what is desired (manifests, kustomizations, charts, Helm releases) and compares it with the live
/// cluster, or with a dump. Defaults, controllers, autoscalers and webhooks are told apart from hands: what
/// is left is what somebody changed. A field that desired does not name is drift too when a person set it.
///
/// Audit logs say who did it. Without them the objects' own managedFields say which tool wrote, which is a
/// client's claim and no user; the answer always says how strong it is.
///
/// Exit codes: 0 all as desired, 1 drift, 2 something could not be read or done.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(crate) struct Args {
    /// What is desired: files or folders, rendered where they are charts or kustomizations; `-` reads
    /// standard input
    #[arg(value_name = "DESIRED")]
    desired: Vec<PathBuf>,
    /// What Helm keeps of its releases in the cluster is desired, too
    #[arg(long)]
    helm_releases: bool,
    /// What the last `kubectl apply` left in the objects' own annotations is desired, too. An annotation
    /// speaks of its own object: it makes no other one an object that nobody desires
    #[arg(long)]
    last_applied: bool,
    /// Objects in the namespaces of Argo CD's and Flux's applications that none of them lists are told, too,
    /// and those that one lists and that are not there. What the applications list is never called unmanaged
    #[arg(long)]
    inventories: bool,
    /// The namespace of desired objects that name none
    #[arg(long, short, value_name = "NAME")]
    namespace: Option<String>,
    /// Values file for Helm charts (repeatable)
    #[arg(long, value_name = "FILE")]
    helm_values: Vec<PathBuf>,

    /// Compare with the live cluster; the default without --dump
    #[arg(long, conflicts_with = "dump")]
    live: bool,
    #[command(flatten)]
    cluster: LiveArgs,
    /// Compare with a dump of the cluster (`catseye dump`, `kubectl get -o yaml`)
    #[arg(long, value_name = "FILE")]
    dump: Vec<PathBuf>,

    /// The cluster as it was at this time, from the store of a hub; who wrote what comes from there, too
    #[arg(long, value_name = "TIME", requires = "store", conflicts_with_all = ["live", "dump", "restore"])]
    at: Option<Timestamp>,
    /// The store of a hub, for --at: a folder, or postgres://…
    #[arg(
        long,
        value_name = "URL",
        env = "CATSEYE_STORE_URL",
        hide_env_values = true
    )]
    store: Option<String>,
    /// Hold the cluster to another instead: the dump of another cluster, `namespaces:ONE=OTHER`, or
    /// `nodes`. What must differ is left out: addresses, names of hosts, values of Secrets, the namespace's
    /// own name
    #[arg(long, value_name = "OTHER", conflicts_with_all = ["restore", "desired", "helm_releases", "last_applied", "inventories"])]
    parity: Option<parity::Parity>,

    /// Audit logs, files or folders, that tell who did it
    #[arg(long, value_name = "LOG")]
    audit: Vec<PathBuf>,
    /// A file in which the calls that wrote are kept, so that answers outlive the audit log
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// A field manager that is trusted with all that it writes, such as an operator of yours; not where the
    /// audit log shows a person under its name, or a service account whose name shares no word with it
    #[arg(long, value_name = "MANAGER")]
    trust: Vec<String>,
    /// The field manager that deploys [default: per object, who owns most of it]
    #[arg(long, value_name = "MANAGER")]
    deployer: Option<String>,
    /// Leave objects that nobody desires out of the answer
    #[arg(long)]
    no_unmanaged: bool,
    /// Only objects whose `Kind namespace/name` holds this text
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Only drift of at least this severity
    #[arg(long, value_name = "SEVERITY")]
    min_severity: Option<Severity>,
    /// A freeze, FROM..UNTIL: scaling is expected, changes by hand are louder
    #[arg(long, value_name = "WINDOW")]
    freeze: Option<Freeze>,

    /// The way back: `plan` shows it, `apply` does it, after a dry run on the API server
    #[arg(long, value_enum, value_name = "HOW")]
    restore: Option<restore::How>,
    /// Where `--restore apply` writes how to undo it
    #[arg(long, value_name = "FILE", default_value = "catseye-undo.json")]
    undo_file: PathBuf,
    /// Take back an earlier `--restore apply`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["restore", "desired"])]
    undo: Option<PathBuf>,
    /// Delete what nobody desires, too; never what is in `kube-` namespaces, what holds others or data, nor
    /// what an operator made
    #[arg(long, requires = "restore")]
    prune: bool,
    /// A user whose changes `--restore contain` lets through, as the API server knows it (repeatable)
    #[arg(long, value_name = "USER", requires = "restore")]
    deployer_user: Vec<String>,
    /// Delete what `--restore contain` wrote and whose time is over; nothing else does
    #[arg(long, conflicts_with_all = ["restore", "desired", "undo", "dump"])]
    remove_expired: bool,
    /// Restore although desired fails checks that live passes
    #[arg(long, requires = "restore")]
    accept_worse: bool,
    /// Try also the actions that fail as a dry run, such as objects of a kind that the plan itself makes;
    /// otherwise these are left and the rest is done
    #[arg(long, requires = "restore")]
    despite_failures: bool,

    /// The form of the answer
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  catseye drift deploy/                                           the current cluster against a folder
  catseye drift deploy/ --audit /var/log/kubernetes/audit         … and who did it
  catseye drift --helm-releases                                   against what Helm installed
  catseye drift deploy/ --dump cluster.json --format json         without the cluster, for programs
  catseye drift deploy/ --format story --only Deployment shop/web how one object came to be as it is
  catseye drift deploy/ --restore plan                            the way back, as a plan
  catseye drift deploy/ --restore apply                           … done, with a file to undo it
  catseye drift deploy/ --restore plan --prune                    … what nobody desires is deleted, too
  catseye drift deploy/ --at 2026-11-27T09:00:00Z --store catseye-state   how it was then
  catseye drift --parity namespaces:staging=prod                  what staging has otherwise
  catseye drift --dump one.json --parity other.json               two clusters that should be alike
  catseye drift deploy/ --freeze 2026-12-24T00:00:00Z..2027-01-02T00:00:00Z";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: each object with its differences
    Table,
    /// For programs; versioned
    Json,
    /// How each object came to be as it is, step by step
    Story,
}

/// All that was found, for the renderers.
pub(super) struct Answer<'a> {
    pub(super) live: &'a Inventory,
    pub(super) desired: &'a DesiredState,
    pub(super) drifts: &'a Drifts,
    pub(super) meaning: &'a Meaning,
    pub(super) ledger: &'a Ledger,
    pub(super) ownership: &'a Ownership,
    /// Severity and authors, by object in the order of `drifts`.
    pub(super) told: Vec<Told>,
    pub(super) mutations: usize,
    pub(super) has_audit: bool,
}

/// What is said of one object.
pub(super) struct Told {
    pub(super) severity: Severity,
    pub(super) by: Vec<Attribution>,
}

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    if let Some(file) = &args.undo {
        return undo::undo(file, args.cluster);
    }
    if args.remove_expired {
        return contain::remove_expired(args.cluster);
    }
    if let Some(parity) = args.parity.clone() {
        return parity::run(&args, &parity);
    }
    if args.desired.is_empty() && !(args.helm_releases || args.last_applied || args.inventories) {
        bail!(
            "nothing says what is desired: name a folder, or give --helm-releases, --last-applied or \
             --inventories"
        );
    }
    let key = crate::intake::live::redaction_key()?;
    let mut state = live::read(&args, &key)?;
    let mut unreadable = state.unreadable;
    let (mut desired, raw) = desired::read(&args, &key, &state, &mut unreadable)?;
    desired.settle_scopes(&state.inventory);
    // What came redacted was hashed under a key that is gone.
    let same_key = !state.had_hashes && !raw.values().any(holds_redacted);
    let schemas = Schemas::with_definitions(&state.inventory);
    live::in_versions_of(&desired, &schemas, &key, &mut state);
    let live = &state.inventory;

    let ranges = Ranges::of(live).or_desired(&desired);
    let ownership = Ownership::of(live);
    let mut trust = Trust {
        managers: args.trust.clone(),
        applications: ownership.argo_names(),
        ..Trust::default()
    };
    let mut mutations = Mutations::of(live);
    let nothing_learned = Mutations::default();
    let mut ledger = match &state.ledger {
        Some(ledger) => ledger.clone(),
        None => read_ledger(args.ledger.as_deref())?,
    };
    let mut departures = Vec::new();
    if !args.audit.is_empty() {
        let comparison = Comparison {
            schemas: &schemas,
            trust: &trust,
            ranges: &ranges,
            mutations: &nothing_learned,
            deployer: args.deployer.as_deref(),
            same_key,
        };
        let mut reader = Reader::new(comparison, &desired, live, ledger);
        let logs = logs::LogArgs {
            logs: args.audit.clone(),
        };
        let read = logs.for_each_event_under(&key, &mut |event| {
            mutations.observe(event);
            reader.observe(event);
        })?;
        unreadable |= !logs::tell(&read);
        ledger = reader.journal.ledger;
        departures = reader.departures;
        if let Some(file) = &args.ledger {
            std::fs::write(file, ledger.written())
                .with_context(|| format!("failed to write {}", file.display()))?;
        }
    }
    trust.forged = ledger.forged(&trust);
    let first = Comparison {
        schemas: &schemas,
        trust: &trust,
        ranges: &ranges,
        mutations: &nothing_learned,
        deployer: args.deployer.as_deref(),
        same_key,
    };
    catseye_drift::set::learn(&first, &desired, live, &mut mutations);
    let comparison = Comparison {
        mutations: &mutations,
        ..first
    };
    let around = Surroundings {
        coverage: if args.inventories {
            Coverage::of_written(&desired, &ownership)
        } else {
            Coverage::of_written(&desired, &Ownership::default())
        },
        ownership,
        tells_missing: args.inventories,
        provenance: Provenance::of(live).with_ledger(&ledger),
    };
    let mut drifts = compare_all(&comparison, &desired, live, &around);
    history(&mut drifts, &departures, &ledger, &desired, live);
    let now = Timestamp::now();
    drifts.objects.retain(|drift| {
        if catseye_respond::control::is_standing(drift, now) {
            anstream::eprintln!("{} contains damage for now, and is no drift", drift.key);
            return false;
        }
        let is_unmanaged = drift
            .differences
            .iter()
            .any(|it| it.class == Class::Unmanaged);
        (!args.no_unmanaged || !is_unmanaged)
            && args
                .only
                .as_ref()
                .is_none_or(|text| drift.key.to_string().contains(text))
    });
    let meaning = catseye_drift::meaning(live, &desired, &drifts);
    let told: Vec<Told> = drifts
        .objects
        .iter()
        .map(|drift| told(drift, &ledger, &meaning, live, args.freeze.as_ref()))
        .collect();
    let (objects, told): (Vec<ObjectDrift>, Vec<Told>) = std::mem::take(&mut drifts.objects)
        .into_iter()
        .zip(told)
        .filter(|(_, told)| args.min_severity.is_none_or(|least| told.severity >= least))
        .unzip();
    drifts.objects = objects;
    let has_drift = !drifts.objects.is_empty();
    let answer = Answer {
        live,
        desired: &desired,
        drifts: &drifts,
        meaning: &meaning,
        ledger: &ledger,
        ownership: &around.ownership,
        told,
        mutations: mutations.len(),
        has_audit: !ledger.is_empty(),
    };
    if let Some(how) = args.restore {
        return restore::run(how, &args, &answer, &raw, state.session);
    }
    let text = match args.format {
        Format::Table => text::shown(&answer, args.freeze.as_ref()),
        Format::Json => json::written(&answer)?,
        Format::Story => story::told(&answer),
    };
    output::print(&text)?;
    Ok(ExitCode::from(match (unreadable, has_drift) {
        (true, _) => 2,
        (false, true) => 1,
        (false, false) => 0,
    }))
}

/// Adds what the log tells beside the present state: what was otherwise for a while, what was made anew.
fn history(
    drifts: &mut Drifts,
    departures: &[Departure],
    ledger: &Ledger,
    desired: &DesiredState,
    live: &Inventory,
) {
    catseye_drift::set::add_history(drifts, departures, ledger, desired, live);
}

fn told(
    drift: &ObjectDrift,
    ledger: &Ledger,
    meaning: &Meaning,
    live: &Inventory,
    freeze: Option<&Freeze>,
) -> Told {
    let by: Vec<Attribution> = drift
        .differences
        .iter()
        .map(|difference| {
            let mut by = attribute(drift, difference, ledger);
            let owners = catseye_drift::set::decided_by(drift, live);
            catseye_drift::attribution::behind(&mut by, &owners, ledger);
            by
        })
        .collect();
    let severity = meaning.severity(drift);
    let severity = freeze.map_or(severity, |freeze| freeze.severity(severity, drift, &by));
    Told { severity, by }
}

fn read_ledger(file: Option<&std::path::Path>) -> anyhow::Result<Ledger> {
    let Some(file) = file.filter(|file| file.exists()) else {
        return Ok(Ledger::new());
    };
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("failed to read {}", file.display()))?;
    Ledger::read(&text).with_context(|| file.display().to_string())
}
