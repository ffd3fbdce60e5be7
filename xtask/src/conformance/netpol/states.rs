//! Differences between two states: `diff-type: changed, source: A, destination: B, ref1: …, ref2: …`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use catseye_netpol::{Difference, Name, PortSet};

use super::listing::{Listing, admitted, differ};
use super::ports::{Party, ipv4, party, ports};
use super::{Case, Outcome, entries, name};

pub(in crate::conformance) fn judge(folder: &Path) -> Outcome {
    let mut outcome = Outcome::default();
    for path in entries(folder).unwrap_or_default() {
        match judge_case(&path) {
            Err(Disagreement {
                reason,
                apart: Some(why),
            }) => outcome.set_apart(name(&path), format!("{reason:#}"), why),
            judged => outcome.count(name(&path), judged.map_err(|found| found.reason)),
        }
    }
    outcome
}

/// A case that is answered otherwise, and why if it is about something else.
struct Disagreement {
    reason: anyhow::Error,
    apart: Option<&'static str>,
}

fn judge_case(path: &Path) -> Result<(), Disagreement> {
    let undecided = |reason| Disagreement {
        reason,
        apart: None,
    };
    // The answers speak of the second folder as `ref1`, the state before.
    let before = Case::read(&path.join("second")).map_err(undecided)?;
    let after = Case::read(&path.join("first")).map_err(undecided)?;
    compare(path, &before, &after).map_err(|reason| Disagreement {
        reason,
        apart: before.apart.or(after.apart),
    })
}

fn compare(path: &Path, before: &Case, after: &Case) -> Result<()> {
    let text = fs::read_to_string(path.join("expected.txt")).context("reading expected.txt")?;
    let mut expected = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("diff-type: ")) {
        let field = |name: &str| {
            let (_, rest) = line
                .split_once(name)
                .with_context(|| format!("no {name}"))?;
            // A list of ports has commas too: the next field ends it.
            let end = [
                ", destination: ",
                ", ref1: ",
                ", ref2: ",
                ", workloads-diff-info: ",
            ];
            let end = end.iter().filter_map(|end| rest.find(end)).min();
            Ok::<&str, anyhow::Error>(&rest[..end.unwrap_or(rest.len())])
        };
        let (before, after) = (ports(field("ref1: ")?)?.0, ports(field("ref2: ")?)?.0);
        let ends = (party(field("source: ")?)?, party(field("destination: ")?)?);
        add(&mut expected, ends.0, ends.1, before, after);
    }
    let mut found = Vec::new();
    for change in Difference::between(&before.reach, &after.reach).changes {
        let ends = (named(&change.source), named(&change.destination));
        add(&mut found, ends.0, ends.1, change.before, change.after);
    }
    let (old, new) = (admitted(before), admitted(after));
    let workloads: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for workload in workloads {
        let of = |state: &std::collections::BTreeMap<String, PortSet>| {
            state.get(workload).cloned().unwrap_or_default()
        };
        let (before, after) = (of(&old), of(&new));
        let destination = Party::Workload(workload.clone());
        add(&mut found, Party::Controller, destination, before, after);
    }
    differ(&lines(&expected), &lines(&found))
}

/// Connections by their change: the ports before and after are the key, so that ranges of addresses
/// join where the change is the same.
type Changes = Vec<((PortSet, PortSet), Listing)>;

fn add(changes: &mut Changes, from: Party, to: Party, before: PortSet, after: PortSet) {
    if before == after {
        return;
    }
    let key = (before, after);
    let known = changes.iter().position(|(known, _)| *known == key);
    let place = known.unwrap_or(changes.len());
    if known.is_none() {
        changes.push((key, Listing::default()));
    }
    changes[place].1.add(from, to, PortSet::all());
}

fn lines(changes: &Changes) -> Vec<String> {
    let mut lines: Vec<String> = changes
        .iter()
        .flat_map(|((before, after), listing)| {
            let ends = listing.lines().into_iter();
            ends.map(move |line| format!("{} {before} -> {after}", line.trim_end_matches("all")))
        })
        .collect();
    lines.sort();
    lines
}

fn named(name: &Name) -> Party {
    match name {
        Name::Addresses(addresses) => Party::Addresses(addresses.intersection(&ipv4())),
        Name::Workload { .. } => Party::Workload(name.to_string()),
    }
}
