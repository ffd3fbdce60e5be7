//! What a change of the manifests opens and closes.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use catseye_netpol::{Change, Difference, Name, PortSet, Reach};
use serde_json::json;

use super::form::{self, Table};
use super::json::{ports as json_ports, written};
use super::party::told_addresses;
use super::{Format, Question};
use crate::output::styled;

/// The text, and whether anything differs.
pub(super) fn shown(
    before: &Reach,
    after: &Reach,
    question: &Question,
    format: Format,
) -> (String, bool) {
    let Difference {
        changes,
        removed,
        added,
    } = Difference::between(before, after);
    let changes: Vec<Change> = changes
        .into_iter()
        .filter_map(|change| asked(change, question))
        .collect();
    let differs = !changes.is_empty() || !removed.is_empty() || !added.is_empty();
    let table = || Table {
        head: ["source", "destination", "before", "after"]
            .map(str::to_owned)
            .to_vec(),
        rows: changes
            .iter()
            .map(|change| {
                vec![
                    told(&change.source),
                    told(&change.destination),
                    change.before.to_string(),
                    change.after.to_string(),
                ]
            })
            .collect(),
    };
    let text = match format {
        Format::Text => text(&changes, &removed, &added),
        Format::Csv => form::csv(&table()),
        Format::Dot => form::dot(&table()),
        Format::Markdown => form::markdown(&table()),
        Format::Json => written(&json!({
            "version": 1,
            "changes": changes.iter().map(|change| json!({
                "source": name(&change.source),
                "destination": name(&change.destination),
                "before": json_ports(&change.before),
                "after": json_ports(&change.after),
            })).collect::<Vec<_>>(),
            "removed": removed.iter().map(name).collect::<Vec<_>>(),
            "added": added.iter().map(name).collect::<Vec<_>>(),
        })),
    };
    (text, differs)
}

/// The part of a change that is asked about.
fn asked(change: Change, question: &Question) -> Option<Change> {
    let end = |wanted: &Option<super::Wanted>, name: Name| match wanted {
        Some(wanted) => wanted.part_of_name(&name),
        None => Some(name),
    };
    let only = |ports: PortSet| match question.port {
        Some(port) => ports.intersection(&PortSet::one(port)),
        None => ports,
    };
    let change = Change {
        source: end(&question.from, change.source)?,
        destination: end(&question.to, change.destination)?,
        before: only(change.before),
        after: only(change.after),
    };
    (change.before != change.after).then_some(change)
}

fn told(name: &Name) -> String {
    match name {
        Name::Addresses(addresses) => told_addresses(addresses),
        Name::Workload { .. } => name.to_string(),
    }
}

fn name(name: &Name) -> serde_json::Value {
    match name {
        Name::Addresses(addresses) => super::json::addresses(addresses),
        Name::Workload {
            namespace,
            kind,
            name,
        } => json!({"namespace": namespace, "kind": kind, "name": name}),
    }
}

fn text(changes: &[Change], removed: &[Name], added: &[Name]) -> String {
    if changes.is_empty() && removed.is_empty() && added.is_empty() {
        return "nothing changes\n".to_owned();
    }
    let red = Style::new().fg_color(Some(AnsiColor::Red.into()));
    let green = Style::new().fg_color(Some(AnsiColor::Green.into()));
    let mut text = String::new();
    for change in changes {
        let (opened, closed) = (
            change.after.difference(&change.before),
            change.before.difference(&change.after),
        );
        let ends = format!("{} => {}", told(&change.source), told(&change.destination));
        if !opened.is_none() {
            let _ = writeln!(text, "{} {ends} : {opened}", styled(red, "opens "));
        }
        if !closed.is_none() {
            let _ = writeln!(text, "{} {ends} : {closed}", styled(green, "closes"));
        }
    }
    for name in added {
        let _ = writeln!(text, "new    {}", told(name));
    }
    for name in removed {
        let _ = writeln!(text, "gone   {}", told(name));
    }
    text
}
