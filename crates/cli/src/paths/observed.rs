//! What audit logs saw in use, for the edges of the attack graph.

use std::path::PathBuf;

use anyhow::bail;
use catseye_event::Event;
use catseye_event::audit::Stage;
use catseye_graph::usage::Usage;
use catseye_graph::used::{Call, Used};
use serde_json::{Value, json};

use crate::audit::logs::{self, LogArgs};

/// Which logs tell what is used.
#[derive(Debug, clap::Args)]
pub(crate) struct ObservedArgs {
    /// An audit log, in any shape, or a folder of them: says of each step whether the log saw it used,
    /// and of each fix whether a call needed what it takes away (repeatable)
    #[arg(long = "audit", value_name = "LOG")]
    logs: Vec<PathBuf>,
}

impl ObservedArgs {
    /// What the logs saw, and whether all of them could be read; `None` where none is given.
    pub(crate) fn read(&self) -> anyhow::Result<Option<(Used, bool)>> {
        if self.logs.is_empty() {
            return Ok(None);
        }
        let logs = LogArgs {
            logs: self.logs.clone(),
        };
        let mut used = Used::new();
        let read = logs.for_each_event(&mut |event| observe(&mut used, event))?;
        let complete = logs::tell(&read);
        if !used.tells_calls() && used.dropped() == 0 {
            bail!(
                "the logs of --audit hold no call that was allowed; nothing can be said of what is used"
            );
        }
        if used.dropped() > 0 {
            crate::output::tell(&catseye_report::scan::Notice {
                level: catseye_report::scan::Level::Warning,
                kind: catseye_report::scan::NoticeKind::Unreadable,
                file: None,
                line: None,
                column: None,
                message: format!(
                    "{} calls of kinds beyond the first 200,000 did not fit into memory: that a step was not seen is not said",
                    used.dropped()
                ),
            });
        }
        Ok(Some((used, complete)))
    }
}

/// Takes in an event. What was refused used no right.
fn observe(used: &mut Used, event: &Event<'_>) {
    used.within(event.time());
    if !matches!(event.stage(), Stage::ResponseComplete | Stage::Panic) {
        return;
    }
    if event.is_forbidden() || event.code() == Some(401) {
        return;
    }
    let actor = event.effective_user();
    let resource = match (event.resource(), event.subresource()) {
        (resource, "") => resource.to_owned(),
        (resource, subresource) => format!("{resource}/{subresource}"),
    };
    let uri = event.request_uri();
    let path = uri.split_once('?').map_or(uri, |(path, _)| path);
    let name = event.object().map_or("", |object| object.name.as_str());
    let call = Call {
        user: actor.username.as_str().to_owned(),
        groups: actor
            .groups
            .iter()
            .map(|group| group.as_str().to_owned())
            .collect(),
        verb: event.verb().to_owned(),
        group: event.api_group().to_owned(),
        path: if resource.is_empty() {
            path.to_owned()
        } else {
            String::new()
        },
        resource,
        namespace: event.namespace().to_owned(),
        name: name.to_owned(),
    };
    used.call(call, event.time());
}

/// Whether a step was seen, in words; nothing where no log is given, or none can tell.
pub(super) fn words(usage: Usage, used: Option<&Used>) -> Option<String> {
    let used = used?;
    Some(match usage {
        Usage::Unknown => return None,
        Usage::NotSeen => format!("not seen in {} of log", used.span()),
        Usage::Seen(seen) => {
            let times = if seen.times == 1 { "once" } else { "times" };
            let count = match seen.times {
                1 => String::new(),
                count => format!("{count} "),
            };
            let last = seen.last.map_or(String::new(), |last| {
                format!(", last at {}", last.strftime("%Y-%m-%dT%H:%M:%SZ"))
            });
            format!("seen used ({count}{times}{last})")
        }
    })
}

/// The same for a fix: what its making would take from somebody.
pub(super) fn fix_words(usage: Usage, used: Option<&Used>) -> Option<String> {
    used?;
    match usage {
        Usage::Unknown => None,
        Usage::NotSeen => Some("safe as far as the log goes: no call in it used this".to_owned()),
        Usage::Seen(_) => words(usage, used).map(|words| format!("{words}: somebody needs it")),
    }
}

/// For programs.
pub(super) fn json(usage: Usage, used: Option<&Used>) -> Value {
    match usage {
        Usage::Unknown if used.is_none() => json!({"state": "unknown", "why": "no log given"}),
        Usage::Unknown => json!({"state": "unknown", "why": "a log of API calls does not tell"}),
        Usage::NotSeen => json!({"state": "not seen", "within": used.map(Used::span)}),
        Usage::Seen(seen) => json!({
            "state": "seen", "times": seen.times, "last": seen.last.map(|last| last.to_string()),
        }),
    }
}
