//! `catseye policy back-test`: what policies would have denied of what was done.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use catseye_admission::past::{Past, Recorded};
use catseye_admission::{PolicySet, Request, RoleAuthorizer, Verdict};
use catseye_event::Event;
use catseye_model::{Completeness, Inventory, Object};
use catseye_rbac::Rbac;
use serde_json::json;

use super::{Format, load};
use crate::audit::logs::{self, LogArgs};
use crate::intake::ReadingArgs;
use crate::output;

/// Say which recorded calls policies would have denied
///
/// Every write in the logs is put together as admission would have been asked, in the order of the log,
/// and judged. A policy without a binding holds everywhere and denies. Calls whose objects the log does
/// not show are counted, not guessed: log at level `RequestResponse` what policies are about, and give the
/// state at the beginning with --state. Exit code 1 when a call would have been denied.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  catseye policy back-test policies/ --events audit.log
  catseye policy back-test no-host-network.yaml --events logs/ --state cluster.yaml --format json")]
pub(super) struct Args {
    /// File or folder with policies and bindings
    policies: PathBuf,
    /// Audit logs, in any shape, plain or packed; a folder stands for the files in it (repeatable)
    #[arg(long, value_name = "LOG", required = true)]
    events: Vec<PathBuf>,
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
    let read = LogArgs { logs: events }.for_each_event(&mut |event| {
        test(event, &set, &mut past, &rbac, &mut tested);
    })?;
    unreadable |= !logs::tell(&read);
    output::print(&match format {
        Format::Text => text(&tested),
        Format::Json => for_programs(&tested),
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
    let request = match past.request(event) {
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
    past.done(&request);
    if let Some(first) = verdict.denials.into_iter().next() {
        tested.denied.push(Denied {
            time: event
                .time()
                .map(|time| time.to_string())
                .unwrap_or_default(),
            request: *request,
            policy: first.policy,
            message: first.message,
            is_error: first.is_error,
        });
    }
}

fn name(request: &Request) -> String {
    let mut text = request.resource.clone();
    if !request.subresource.is_empty() {
        let _ = write!(text, "/{}", request.subresource);
    }
    text.push(' ');
    if !request.namespace.is_empty() && request.namespace != request.name {
        let _ = write!(text, "{}/", request.namespace);
    }
    text.push_str(&request.name);
    text
}

/// How often each value occurs, the most frequent first.
fn sums<'d>(denied: &'d [Denied], of: impl Fn(&'d Denied) -> &'d str) -> Vec<(&'d str, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for call in denied {
        *counts.entry(of(call)).or_default() += 1;
    }
    let mut sums: Vec<_> = counts.into_iter().collect();
    sums.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    sums
}

fn text(tested: &Tested) -> String {
    let mut text = String::new();
    for call in &tested.denied {
        let word = if call.is_error {
            "could not be judged"
        } else {
            "denied"
        };
        let _ = writeln!(
            text,
            "{} {word}: {} {} {} by {}: {}",
            call.time,
            call.request.user.name,
            call.request.operation.name().to_lowercase(),
            name(&call.request),
            call.policy,
            call.message
        );
    }
    if !tested.denied.is_empty() {
        text.push('\n');
    }
    for (title, sums) in [
        (
            "identity",
            sums(&tested.denied, |call| &call.request.user.name),
        ),
        (
            "namespace",
            sums(&tested.denied, |call| {
                if call.request.namespace.is_empty() {
                    "(cluster)"
                } else {
                    &call.request.namespace
                }
            }),
        ),
        ("policy", sums(&tested.denied, |call| &call.policy)),
    ] {
        for (name, count) in sums {
            let _ = writeln!(text, "{count:>6} by {title} {name}");
        }
    }
    let _ = writeln!(
        text,
        "{} of {} calls denied, {} warned; policies are about {} of them",
        tested.denied.len(),
        tested.judged,
        tested.warned,
        tested.met
    );
    if tested.failed > 0 {
        let _ = writeln!(text, "{} calls had failed anyway", tested.failed);
    }
    for (why, count) in &tested.unseen {
        let _ = writeln!(text, "{count} calls could not be judged: {why}");
    }
    text
}

fn for_programs(tested: &Tested) -> String {
    let denied: Vec<_> = tested
        .denied
        .iter()
        .map(|call| {
            json!({
                "time": call.time,
                "auditID": call.request.uid,
                "user": call.request.user.name,
                "operation": call.request.operation.name(),
                "group": call.request.group,
                "resource": call.request.resource,
                "subresource": call.request.subresource,
                "namespace": call.request.namespace,
                "name": call.request.name,
                "policy": call.policy,
                "message": call.message,
                "error": call.is_error,
            })
        })
        .collect();
    let counted = |sums: Vec<(&str, usize)>| -> serde_json::Value {
        sums.into_iter()
            .map(|(name, count)| json!({"name": name, "count": count}))
            .collect()
    };
    format!(
        "{:#}\n",
        json!({
            "version": 1,
            "denied": denied,
            "byIdentity": counted(sums(&tested.denied, |call| &call.request.user.name)),
            "byNamespace": counted(sums(&tested.denied, |call| &call.request.namespace)),
            "byPolicy": counted(sums(&tested.denied, |call| &call.policy)),
            "judged": tested.judged,
            "met": tested.met,
            "warned": tested.warned,
            "failed": tested.failed,
            "notJudged": tested.unseen,
        })
    )
}
