//! `catseye audit events`: logs of any shape as plain events, one a line.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use catseye_event::{Event, render};
use clap::ValueEnum;

use super::follow::Places;
use super::logs::{self, Follow, LogArgs};

/// Write the events of audit logs one a line, whatever shape the logs have
///
/// As JSON, every event is written as the API server of `audit.k8s.io/v1` would write it, so that tools
/// which know only that shape can read the logs of EKS, GKE and AKS. Values of Secrets and tokens are
/// replaced by their length and a hash under a key of this run.
///
/// Exit codes: 0 all read, 2 a part of the logs could not be read.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    logs: LogArgs,
    /// Go on reading as the logs are written, through rotations
    #[arg(long, short)]
    follow: bool,
    /// How to write them
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Time, code, actor, verb and object
    Text,
    /// JSON lines of audit.k8s.io/v1
    Json,
}

const EXAMPLES: &str = "\
Examples:
  catseye audit events --follow /var/log/kubernetes/audit/audit.log
  catseye audit events --format json gke-export.json.gz > audit.log";

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Args {
        logs,
        follow,
        format,
    } = args;
    let out = std::cell::RefCell::new(BufWriter::new(io::stdout().lock()));
    // A reader that has gone away ends the run: `catseye audit events LOG | head`.
    let failure = std::cell::Cell::new(None);
    let mut on_event = |event: &Event<'_>| {
        if let Err(err) = write(&mut *out.borrow_mut(), event, *format) {
            failure.set(Some(err));
        }
    };
    let read = if *follow {
        logs.follow(&mut on_event, &Places::new(), &mut |_| {
            if let Err(err) = out.borrow_mut().flush() {
                failure.set(Some(err));
            }
            let failed = failure.take();
            let next = if failed.is_some() {
                Follow::End
            } else {
                Follow::On
            };
            failure.set(failed);
            next
        })?
    } else {
        logs.for_each_event(&mut on_event)?
    };
    if let Some(err) = failure.take() {
        return Err(err.into());
    }
    out.borrow_mut().flush()?;
    Ok(if logs::tell(&read) {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
    })
}

fn write(mut out: impl Write, event: &Event<'_>, format: Format) -> io::Result<()> {
    match format {
        Format::Json => writeln!(out, "{}", render::plain(event)),
        Format::Text => writeln!(out, "{}", line(event)),
    }
}

/// `2026-11-21T00:30:49.993768Z 200 user jane get secrets shop/db`.
fn line(event: &Event<'_>) -> String {
    let time = event.time().map_or("-".to_owned(), |time| time.to_string());
    let code = event.code().map_or("-".to_owned(), |code| code.to_string());
    let mut object = event.resource().to_owned();
    let (group, subresource) = (event.api_group(), event.subresource());
    if !group.is_empty() {
        object = format!("{object}.{group}");
    }
    if !subresource.is_empty() {
        object = format!("{object}/{subresource}");
    }
    match (event.namespace(), event.name()) {
        _ if object.is_empty() => event.request_uri().clone_into(&mut object),
        ("", "") => {}
        ("", name) => object = format!("{object} {name}"),
        (namespace, name) => object = format!("{object} {namespace}/{name}"),
    }
    let cut = if event.is_cut() { " (cut)" } else { "" };
    let text = format!(
        "{time} {code} {} {} {object}{cut}",
        event.actor(),
        event.verb()
    );
    // Names come from clients: nothing in them may steer the terminal.
    text.replace(char::is_control, "\u{fffd}")
}
