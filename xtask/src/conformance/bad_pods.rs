//! Pods by what lets them escape to their node: `SET/KIND/*.yaml`, where SET names the ways out that
//! stand open. Each must be reported, and none of the others; and the attack graph must lead to the node
//! by just those that do.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use catseye_checks::{Check, Config, Judge};
use catseye_graph::solve::Sources;
use catseye_graph::solve::reach::reached;
use catseye_graph::topology::Without;
use catseye_graph::{Config as GraphConfig, Graph, Jewel, Node};
use catseye_model::{Completeness, Inventory};
use catseye_netpol::Reach;
use catseye_rbac::Rbac;

use super::{Outcome, entries, objects};

/// The ways out, with the checks that report them.
const WAYS_OUT: &[(&str, &[&str])] = &[
    ("hostipc", &["POD-003"]),
    ("hostnetwork", &["POD-004"]),
    ("hostpath", &["POD-006", "POD-008", "POD-009"]),
    ("hostpid", &["POD-002"]),
    ("priv", &["POD-001"]),
];

pub(super) fn judge(folder: &Path) -> Outcome {
    let mut outcome = Outcome::default();
    let mut files = Vec::new();
    if let Err(err) = list_manifests(folder, &mut files) {
        outcome.count("(all)", Err(err));
    }
    for file in files {
        let place = file.strip_prefix(folder).unwrap_or(&file);
        let answer = agrees(&file, place);
        outcome.count(place.display().to_string(), answer);
        let answer = reaches_as_named(&file, place);
        outcome.count(format!("{} in the graph", place.display()), answer);
    }
    outcome
}

fn list_manifests(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in entries(folder)? {
        if entry.is_dir() {
            list_manifests(&entry, files)?;
        } else if entry
            .extension()
            .is_some_and(|ending| ending == "yaml" || ending == "yml")
        {
            files.push(entry);
        }
    }
    Ok(())
}

fn agrees(file: &Path, place: &Path) -> Result<()> {
    let set = place.components().next().context("a file in a set")?;
    let expected = ways_out_of(&set.as_os_str().to_string_lossy())?;
    let found = ways_out_found(file)?;
    ensure!(
        found == expected,
        "open are {}, found were {}",
        listed(&expected),
        listed(&found)
    );
    Ok(())
}

/// The ways out that the name of a set tells: `priv-and-hostpid`.
fn ways_out_of(set: &str) -> Result<BTreeSet<&'static str>> {
    match set {
        "everything-allowed" => Ok(WAYS_OUT.iter().map(|(way, _)| *way).collect()),
        "nothing-allowed" => Ok(BTreeSet::new()),
        _ => set
            .split("-and-")
            .map(|word| {
                let known = WAYS_OUT.iter().map(|(way, _)| *way);
                match known.into_iter().find(|way| *way == word) {
                    Some(way) => Ok(way),
                    None => bail!("{word} is no known way out"),
                }
            })
            .collect(),
    }
}

/// The sets from which code reaches its node by itself. The network and the processes of the node alone
/// are not enough: they show, and what they show may lead on.
const TO_THE_NODE: [&str; 2] = ["hostpath", "priv"];

/// The attack graph leads from the pods to their node, or does not, as the name of the set says.
fn reaches_as_named(file: &Path, place: &Path) -> Result<()> {
    let set = place.components().next().context("a file in a set")?;
    let open = ways_out_of(&set.as_os_str().to_string_lossy())?;
    let expected = TO_THE_NODE.iter().any(|way| open.contains(way));
    let inventory = Inventory::new(objects(file)?, Completeness::Tree);
    let (rbac, reach) = (Rbac::of(&inventory), Reach::of(&inventory));
    let graph = Graph::of(&inventory, &rbac, &reach, GraphConfig::default());
    let (id, _) = inventory.workloads().next().context("a workload")?;
    let pods = graph
        .number(Node::Pod(id))
        .context("its pods in the graph")?;
    let reached = reached(graph.topology(), &Sources::one(pods), &Without::nothing());
    let node = graph
        .number(Node::Jewel(Jewel::Node))
        .is_some_and(|node| reached.contains(node));
    ensure!(
        node == expected,
        "reaches the node: {node}, by its name: {expected}"
    );
    Ok(())
}

fn ways_out_found(file: &Path) -> Result<BTreeSet<&'static str>> {
    let inventory = Inventory::new(objects(file)?, Completeness::Tree);
    ensure!(inventory.workloads().next().is_some(), "no workload");
    let config = Config::default();
    let mut found = BTreeSet::new();
    for (way, ids) in WAYS_OUT {
        let checks: Vec<&'static Check> = ids
            .iter()
            .map(|id| catseye_checks::find(id).with_context(|| format!("no check {id}")))
            .collect::<Result<_>>()?;
        let judge = Judge::new(&inventory, &config, checks);
        let mut verdicts = inventory.objects().filter_map(|(id, _)| judge.verdict(id));
        if verdicts.any(|verdict| !verdict.findings.is_empty()) {
            found.insert(*way);
        }
    }
    Ok(found)
}

fn listed(ways: &BTreeSet<&str>) -> String {
    if ways.is_empty() {
        "none".to_owned()
    } else {
        ways.iter().copied().collect::<Vec<_>>().join(", ")
    }
}
