//! `catseye drift --parity`: a cluster beside another, a namespace beside another, nodes beside their peers.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use catseye_drift::environment::{self, Likeness, Side};
use catseye_drift::{Class, parity};
use catseye_model::{Inventory, ObjectKey};
use serde_json::json;

use super::live::{self, State};
use super::text::short;
use super::{Args, Format};
use crate::intake::live::redaction_key;
use crate::output;

/// Fields that are shown of one object.
const SHOWN: usize = 8;

/// What is held to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Parity {
    /// Nodes to their peers.
    Nodes,
    /// One namespace to another of the same cluster.
    Namespaces(String, String),
    /// The cluster to another one's dump.
    Dump(std::path::PathBuf),
}

impl std::str::FromStr for Parity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "nodes" {
            return Ok(Parity::Nodes);
        }
        if let Some(names) = text.strip_prefix("namespaces:") {
            return match names.split_once('=') {
                Some((one, other)) if !one.is_empty() && !other.is_empty() => {
                    Ok(Parity::Namespaces(one.to_owned(), other.to_owned()))
                }
                _ => Err("write namespaces:ONE=OTHER, such as namespaces:staging=prod".to_owned()),
            };
        }
        Ok(Parity::Dump(text.into()))
    }
}

pub(super) fn run(args: &Args, parity: &Parity) -> anyhow::Result<ExitCode> {
    let key = redaction_key()?;
    let state = live::read(args, &key)?;
    let whole = |live| Side {
        live,
        namespace: None,
    };
    let (differs, text) = match parity {
        Parity::Nodes => nodes(&state.inventory, args.format)?,
        Parity::Namespaces(one, other) => {
            for name in [one, other] {
                if !has_namespace(&state.inventory, name) {
                    bail!("there is nothing in namespace {name}");
                }
            }
            let side = |name| Side {
                live: &state.inventory,
                namespace: Some(name),
            };
            let likeness = environment::compare(side(one), side(other));
            shown(&likeness, (one, other), args)?
        }
        Parity::Dump(file) => {
            let State {
                inventory: other, ..
            } = live::dump(std::slice::from_ref(file), false, &key)
                .with_context(|| format!("--parity {}", file.display()))?;
            let name = file.display().to_string();
            let likeness = environment::compare(whole(&state.inventory), whole(&other));
            shown(&likeness, ("here", &name), args)?
        }
    };
    output::print(&text)?;
    Ok(ExitCode::from(match (state.unreadable, differs) {
        (true, _) => 2,
        (false, true) => 1,
        (false, false) => 0,
    }))
}

fn has_namespace(live: &Inventory, name: &str) -> bool {
    live.objects()
        .any(|(_, object)| ObjectKey::of(object).namespace == name)
}

fn nodes(live: &Inventory, format: Format) -> anyhow::Result<(bool, String)> {
    let odd = parity::nodes(live);
    if format == Format::Json {
        let text = serde_json::to_string_pretty(&json!({"version": 1, "nodes": odd}))? + "\n";
        return Ok((!odd.is_empty(), text));
    }
    let mut text = String::new();
    for node in &odd {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{} ({}): {} is {:?}; {} of {} peers have {:?}",
            node.node, node.pool, node.what, node.has, node.peers.0, node.peers.1, node.peers_have
        );
    }
    if odd.is_empty() {
        text.push_str("all nodes are like their peers\n");
    }
    Ok((!odd.is_empty(), text))
}

fn shown(likeness: &Likeness, names: (&str, &str), args: &Args) -> anyhow::Result<(bool, String)> {
    let unlike: Vec<_> = likeness
        .unlike
        .iter()
        .filter(|it| {
            args.only
                .as_ref()
                .is_none_or(|text| it.key.to_string().contains(text))
        })
        .collect();
    let where_it_is = |class| match class {
        Class::Unmanaged => "first",
        Class::Missing => "second",
        _ => "both",
    };
    if args.format == Format::Json {
        let objects: Vec<_> = unlike
            .iter()
            .map(|it| {
                let fields: Vec<_> = it
                    .differences
                    .iter()
                    .map(|field| {
                        json!({"path": field.path, "first": field.live.as_ref().map(serde_json::Value::from),
                            "second": field.desired.as_ref().map(serde_json::Value::from)})
                    })
                    .collect();
                json!({"object": it.key, "in": where_it_is(it.class), "fields": fields})
            })
            .collect();
        let document = json!({"version": 1, "first": names.0, "second": names.1,
            "alike": likeness.alike, "objects": objects});
        return Ok((
            !unlike.is_empty(),
            serde_json::to_string_pretty(&document)? + "\n",
        ));
    }
    let mut text = String::new();
    for it in &unlike {
        let _ = match it.class {
            Class::Unmanaged => writeln!(text, "only in {}: {}", names.0, it.key),
            Class::Missing => writeln!(text, "only in {}: {}", names.1, it.key),
            _ => writeln!(text, "{}", it.key),
        };
        for field in it.differences.iter().take(SHOWN) {
            let value = |value: &Option<catseye_model::Value>| {
                value.as_ref().map_or("nothing".to_owned(), short)
            };
            let _ = writeln!(
                text,
                "  {}  {} {}, {} {}",
                field.path,
                names.0,
                value(&field.live),
                names.1,
                value(&field.desired)
            );
        }
        if it.differences.len() > SHOWN {
            let _ = writeln!(text, "  and {} more fields", it.differences.len() - SHOWN);
        }
    }
    let _ = writeln!(
        text,
        "{} objects alike, {} not",
        likeness.alike,
        unlike.len()
    );
    Ok((!unlike.is_empty(), text))
}
