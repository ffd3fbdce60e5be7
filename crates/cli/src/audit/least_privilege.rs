//! `catseye audit least-privilege SUBJECT`: the role that its calls need, with proof.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use catseye_detect::baseline::grouped;
use catseye_detect::privilege::{Suggestion, Usage};
use catseye_event::Event;

use super::logs::{self, LogArgs};
use crate::access::subject;
use crate::output;

/// Write the roles that a subject's calls need, and prove it by replaying the calls
///
/// The roles allow what was called and was allowed, named objects by their names, `create` never by
/// name. They go to standard output as a List; the proof goes to standard error. A log shows what was
/// needed while it was written: cover at least one release and one month's end before you apply them.
///
/// Exit codes: 0 written, 1 the subject made no call, 2 a part of the logs could not be read.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The user name, or sa:NAMESPACE/NAME
    #[arg(value_name = "SUBJECT")]
    subject: String,
    #[command(flatten)]
    logs: LogArgs,
    /// Malicious addresses: `[audit]` of this file [default: `catseye.toml` of the current folder where there is
    /// one]; what a thief called from there is no need of the subject
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The name of the roles [default: that of the subject]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  catseye audit least-privilege sa:shop/cart audit.log > roles.json
  kubectl apply --dry-run=server -f roles.json";

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Args {
        subject,
        logs,
        config,
        name,
    } = args;
    let settings = super::settings::read(config.as_deref())?;
    let mut left_out = 0;
    let subject = &subject::user_name(subject)?;
    let mut usage = Usage::new();
    let read = logs.for_each_event(&mut |event: &Event<'_>| {
        if event.effective_user().username != *subject.as_str() {
            return;
        }
        if settings.rules.is_malicious(event) {
            left_out += 1;
        } else {
            usage.observe(event);
        }
    })?;
    let complete = logs::tell(&read);
    if left_out > 0 {
        anstream::eprintln!(
            "calls from malicious addresses that are left out: {}",
            grouped(left_out)
        );
    }
    if usage.is_empty() {
        anstream::eprintln!(
            "{subject} made no call in these logs; write a whole user name, or sa:NAMESPACE/NAME"
        );
        return Ok(ExitCode::from(if complete { 1 } else { 2 }));
    }
    let suggestion = usage.suggest(&name.clone().unwrap_or_else(|| role_name(subject)));
    let list = serde_json::json!({
        "apiVersion": "v1",
        "kind": "List",
        "items": suggestion.roles,
    });
    let mut text = serde_json::to_string_pretty(&list)?;
    text.push('\n');
    output::print(&text)?;
    anstream::eprintln!("{}", proof(&suggestion));
    Ok(if complete {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
    })
}

fn proof(suggestion: &Suggestion) -> String {
    let mut text = format!(
        "{} of {} replayed calls ({} kinds) are allowed by these roles",
        grouped(suggestion.still_allowed),
        grouped(suggestion.calls),
        grouped(suggestion.kinds as u64),
    );
    if suggestion.overflow > 0 {
        let _ = write!(
            text,
            "; {} kinds of calls did not fit into memory, so the roles may be too narrow",
            grouped(suggestion.overflow)
        );
    }
    for (asked, count) in &suggestion.refused {
        let thing = if asked.resource.is_empty() {
            &asked.path
        } else {
            &asked.resource
        };
        let _ = write!(
            text,
            "\nwas refused and stays so: {} {thing} {} ({count} times)",
            asked.verb, asked.namespace
        );
    }
    text
}

/// A name that Kubernetes takes: `cart` for a service account, else the letters of the user name.
fn role_name(subject: &str) -> String {
    let last = subject.rsplit(':').next().unwrap_or(subject);
    let name: String = last
        .to_lowercase()
        .chars()
        .map(|character| {
            if character.is_ascii_alphanumeric() {
                character
            } else {
                '-'
            }
        })
        .collect();
    let name = name.trim_matches('-');
    if name.is_empty() {
        "calls-made".to_owned()
    } else {
        name.to_owned()
    }
}
