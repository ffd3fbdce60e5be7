//! Nodes beside their peers: what one that joined under pressure has otherwise than the rest of its pool.

use std::collections::BTreeMap;

use catseye_model::{Fields as _, Inventory, Kind, Object};
use serde::Serialize;

/// A node that differs from its peers in one trait.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Odd {
    /// The node.
    pub node: String,
    /// Its pool.
    pub pool: String,
    /// The trait, such as `kubeletVersion`.
    pub what: String,
    /// What it has; empty where it has nothing.
    pub has: String,
    /// What most peers have.
    pub peers_have: String,
    /// How many peers have that, of how many.
    pub peers: (usize, usize),
}

/// Labels that are meant to differ from node to node.
const OWN: [&str; 6] = [
    "kubernetes.io/hostname",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "topology.ebs.csi.aws.com/zone",
    "failure-domain.beta.kubernetes.io/zone",
    "node.kubernetes.io/instance-id",
];

/// Labels by which clouds and people tell pools.
const POOLS: [&str; 6] = [
    "cloud.google.com/gke-nodepool",
    "eks.amazonaws.com/nodegroup",
    "kubernetes.azure.com/agentpool",
    "karpenter.sh/nodepool",
    "node.kubernetes.io/pool",
    "node.kubernetes.io/instance-type",
];

/// The traits in which nodes differ from more than half of their peers; pools of fewer than three tell
/// nothing about who is odd.
pub fn nodes(inventory: &Inventory) -> Vec<Odd> {
    let mut pools: BTreeMap<String, Vec<&Object>> = BTreeMap::new();
    for (_, node) in inventory.of_kind(Kind::Node) {
        pools.entry(pool(node)).or_default().push(node);
    }
    let mut odd = Vec::new();
    for (pool, members) in &pools {
        if members.len() < 3 {
            continue;
        }
        let traits: Vec<BTreeMap<String, String>> =
            members.iter().map(|node| traits(node)).collect();
        let mut names: Vec<&String> = traits.iter().flat_map(BTreeMap::keys).collect();
        names.sort();
        names.dedup();
        for name in names {
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for node in &traits {
                *counts
                    .entry(node.get(name).map_or("", String::as_str))
                    .or_default() += 1;
            }
            let Some((most, count)) = counts.iter().max_by_key(|(_, count)| **count) else {
                continue;
            };
            if *count * 2 <= members.len() {
                continue;
            }
            for (node, own) in members.iter().zip(&traits) {
                let has = own.get(name).map_or("", String::as_str);
                if has != *most {
                    odd.push(Odd {
                        node: node.name().to_owned(),
                        pool: pool.clone(),
                        what: name.clone(),
                        has: has.to_owned(),
                        peers_have: (*most).to_owned(),
                        peers: (*count, members.len()),
                    });
                }
            }
        }
    }
    odd.sort();
    odd
}

fn pool(node: &Object) -> String {
    let role = node
        .labels()
        .as_object()
        .into_iter()
        .flat_map(catseye_model::value::Map::keys)
        .find_map(|label| label.strip_prefix("node-role.kubernetes.io/"))
        .unwrap_or("worker");
    let pool = POOLS.iter().find_map(|label| node.label(label));
    pool.map_or_else(|| role.to_owned(), |pool| format!("{role} {pool}"))
}

fn traits(node: &Object) -> BTreeMap<String, String> {
    let mut traits = BTreeMap::new();
    for field in [
        "kubeletVersion",
        "kernelVersion",
        "osImage",
        "containerRuntimeVersion",
        "architecture",
    ] {
        if let Some(value) = node.value().at("status.nodeInfo").text(field) {
            traits.insert(field.to_owned(), value.to_owned());
        }
    }
    for (label, value) in node.value().entries("metadata.labels") {
        if !OWN.contains(&label) {
            traits.insert(
                format!("label {label}"),
                value.as_str().unwrap_or_default().to_owned(),
            );
        }
    }
    for taint in node.value().list("spec.taints") {
        let key = taint.text("key").unwrap_or_default();
        let told = format!(
            "{}:{}",
            taint.text("value").unwrap_or_default(),
            taint.text("effect").unwrap_or_default()
        );
        traits.insert(format!("taint {key}"), told);
    }
    if node.value().flag("spec.unschedulable") == Some(true) {
        traits.insert("unschedulable".to_owned(), "true".to_owned());
    }
    traits
}

#[cfg(test)]
mod tests {
    use catseye_model::{Completeness, json};

    use super::*;

    #[test]
    fn a_node_with_another_runtime_is_told_beside_its_peers() {
        let node = |name: &str, runtime: &str| {
            Object::new(
                json!({"apiVersion": "v1", "kind": "Node",
                "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
                "status": {"nodeInfo": {"containerRuntimeVersion": runtime}}}),
                None,
            )
            .unwrap()
        };
        let inventory = Inventory::new(
            vec![
                node("a", "containerd://2.1"),
                node("b", "containerd://2.1"),
                node("c", "docker://19"),
            ],
            Completeness::Cluster,
        );
        let odd = nodes(&inventory);
        assert_eq!(odd.len(), 1);
        assert_eq!(
            (odd[0].node.as_str(), odd[0].peers_have.as_str()),
            ("c", "containerd://2.1")
        );
    }
}
