//! `catseye policy back-test`: what policies would have denied of what was done.

mod show;
mod store;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use catseye_admission::past::{Past, Recorded};
use catseye_admission::{PolicySet, Request, RoleAuthorizer, Verdict};
use catseye_event::Event;
use catseye_model::{Completeness, Inventory, Object};
use catseye_rbac::Rbac;
use jiff::Timestamp;

use super::{Format, load};
use crate::audit::logs::{self, LogArgs};
use crate::intake::ReadingArgs;
use crate::output;
use store::Kept;

/// Say which recorded calls policies would have denied
///
/// Every write in the logs is put together as admission would have been asked, in the order of the log,
/// and judged. A policy without a binding holds everywhere and denies. Calls whose objects the log does
/// not show are counted, not guessed: log at level `RequestResponse` what policies are about, and give the
/// state at the beginning with --state. A hub's store has both: `--events` reads the events that it keeps,
/// `--history` the versions of objects, which shows also what was never logged with its objects; who made a version is
/// found among the events of its time. Exit code 1 when a call would have been denied.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  catseye policy back-test policies/ --events audit.log
  catseye policy back-test no-host-network.yaml --events logs/ --state cluster.yaml --format json
  catseye policy back-test policies/ --events /var/lib/catseye
  catseye policy back-test policies/ --history postgres://catseye@db/catseye --since 2026-11-01T00:00:00Z")]
pub(super) struct Args {
    /// File or folder with policies and bindings
    policies: PathBuf,
    /// Audit logs, in any shape, plain or packed; a folder stands for the files in it; a hub's store for the
    /// events in it (repeatable)
    #[arg(long, value_name = "LOG", required_unless_present = "history")]
    events: Vec<PathBuf>,
    /// A hub's store, a folder or postgres://…, whose versions of objects are judged
    #[arg(long, value_name = "URL", conflicts_with_all = ["events", "state"])]
    history: Option<String>,
    /// Only what a store holds from this time on; what was before is the state at the beginning
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Objects as they were when the logs begin: files, folders, a dump (repeatable)
    #[arg(long, value_name = "PATH")]
    state: Vec<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
    /// How to show the answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// A call that would have been denied.
struct Denied {
    time: String,
    request: Request,
    policy: String,
    message: String,
    is_error: bool,
}

/// What came of a log.
#[derive(Default)]
struct Tested {
    denied: Vec<Denied>,
    /// Calls that were judged, and those that a policy is about.
    judged: usize,
    met: usize,
    failed: usize,
    warned: usize,
    unseen: BTreeMap<&'static str, usize>,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args {
        policies,
        events,
        history,
        since,
        state,
        reading,
        format,
    } = args;
    let (set, beside) = load::policies(&policies)?;
    let mut unreadable = false;
    let inventory = if state.is_empty() {
        Inventory::new(Vec::<Object>::new(), Completeness::Fragment)
    } else {
        let loaded = reading.load_or_here(&state)?;
        unreadable |= loaded.tell()?;
        loaded.inventory
    };
    let mut past = Past::of(&inventory);
    for object in &beside {
        past.surroundings.add(object);
    }
    let rbac = Arc::new(Rbac::of(&inventory));
    let mut tested = Tested::default();
    if let Some(url) = history {
        let mut kept = Kept::open(&url)?;
        kept.state_before(since, &mut past)?;
        kept.for_each_version(since, &mut |version, authors| {
            let recorded = past.version(version, authors, &inventory);
            let time = version.seen.to_string();
            judged(recorded, time, &set, &mut past, &rbac, &mut tested);
        })?;
    }
    let (stores, logs): (Vec<PathBuf>, Vec<PathBuf>) =
        events.into_iter().partition(|path| store::is_store(path));
    for path in stores {
        let mut kept = Kept::open(&path.to_string_lossy())?;
        if state.is_empty() {
            kept.state_before(since, &mut past)?;
        }
        kept.for_each_event(since, &mut |event| {
            test(event, &set, &mut past, &rbac, &mut tested);
        })?;
    }
    if !logs.is_empty() {
        let read = LogArgs { logs }.for_each_event(&mut |event| {
            test(event, &set, &mut past, &rbac, &mut tested);
        })?;
        unreadable |= !logs::tell(&read);
    }
    output::print(&match format {
        Format::Text => show::text(&tested),
        Format::Json => show::for_programs(&tested),
    })?;
    Ok(ExitCode::from(if unreadable {
        2
    } else {
        u8::from(!tested.denied.is_empty())
    }))
}

fn test(
    event: &Event<'_>,
    set: &PolicySet,
    past: &mut Past,
    rbac: &Arc<Rbac>,
    tested: &mut Tested,
) {
    let time = event
        .time()
        .map(|time| time.to_string())
        .unwrap_or_default();
    let recorded = past.request(event);
    judged(recorded, time, set, past, rbac, tested);
}

fn judged(
    recorded: Recorded,
    time: String,
    set: &PolicySet,
    past: &mut Past,
    rbac: &Arc<Rbac>,
    tested: &mut Tested,
) {
    let request = match recorded {
        Recorded::Judged(request) => request,
        Recorded::Nothing => return,
        Recorded::Failed => {
            tested.failed += 1;
            return;
        }
        Recorded::Unseen(why) => {
            *tested.unseen.entry(why).or_default() += 1;
            return;
        }
    };
    let user = &request.user;
    let mut surroundings = past.surroundings.clone();
    surroundings.authorizer = Arc::new(RoleAuthorizer::new(rbac.clone(), &user.name, &user.groups));
    let verdict: Verdict = set.judge(&request, &surroundings);
    tested.judged += 1;
    tested.met += usize::from(verdict.met > 0);
    tested.warned += usize::from(!verdict.warnings.is_empty());
    // What the past knows is copied for as long as somebody else holds it.
    drop(surroundings);
    past.done(&request);
    if let Some(first) = verdict.denials.into_iter().next() {
        tested.denied.push(Denied {
            time,
            request: *request,
            policy: first.policy,
            message: first.message,
            is_error: first.is_error,
        });
    }
}
