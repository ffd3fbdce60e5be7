//! What the objects of the cluster add to an incident: what its actor, and what it entered, could reach.

use std::collections::{BTreeMap, BTreeSet};

use catseye_detect::incident::Incident;
use catseye_graph::analysis::{Question, analyse};
use catseye_graph::topology::Without;
use catseye_graph::{Config, Graph, address};
use catseye_model::{Inventory, Kind};
use catseye_netpol::Reach;
use catseye_rbac::Rbac;
use catseye_report::incidents::InReach;

/// For so many incidents, the worst ones, the graph is asked.
const MOST_INCIDENTS: usize = 50;
/// So many beginnings of each.
const MOST_STARTS: usize = 4;

/// The worst ways from what the actors of these incidents hold, by incident.
pub(crate) fn of(inventory: &Inventory, incidents: &[Incident]) -> BTreeMap<String, Vec<InReach>> {
    if incidents.is_empty() {
        return BTreeMap::new();
    }
    let rbac = Rbac::of(inventory);
    let reach = Reach::of(inventory);
    let graph = Graph::of(inventory, &rbac, &reach, Config::default());
    let mut asked: BTreeMap<u32, Option<InReach>> = BTreeMap::new();
    let mut contexts = BTreeMap::new();
    for incident in incidents.iter().take(MOST_INCIDENTS) {
        let mut ways: Vec<InReach> = Vec::new();
        for start in starts(&graph, incident) {
            let way = asked.entry(start).or_insert_with(|| worst(&graph, start));
            ways.extend(way.clone());
        }
        if !ways.is_empty() {
            contexts.insert(incident.id.clone(), ways);
        }
    }
    contexts
}

/// What the actor holds: its identity, and the pods and workloads that it entered or wrote.
fn starts(graph: &Graph<'_>, incident: &Incident) -> Vec<u32> {
    let mut starts: Vec<u32> = Vec::new();
    let actor = match incident.actor.strip_prefix("system:node:") {
        Some(node) => format!("node:{node}"),
        None if incident.actor.starts_with("system:serviceaccount:") => incident.actor.clone(),
        None => {
            let name = incident.actor.split(" (").next().unwrap_or_default();
            format!("user:{name}")
        }
    };
    starts.extend(address::find(graph, &actor));
    let mut seen = BTreeSet::new();
    for target in incident.evidence.iter().flat_map(|it| &it.targets) {
        let enters = matches!(
            (target.resource.as_str(), target.subresource.as_str()),
            ("pods", "exec" | "attach" | "ephemeralcontainers")
        );
        let writes = matches!(target.verb.as_str(), "create" | "update" | "patch")
            && target.subresource.is_empty();
        let place = format!("{}/{}", target.namespace, target.name);
        if !(enters || writes) || target.name.is_empty() || !seen.insert(place.clone()) {
            continue;
        }
        let workload = match target.resource.as_str() {
            "pods" => workload_of(graph, &target.namespace, &target.name),
            "deployments" | "statefulsets" | "daemonsets" | "jobs" | "cronjobs" => {
                address::find(graph, &place).ok()
            }
            _ => None,
        };
        starts.extend(workload);
    }
    let mut known = BTreeSet::new();
    starts.retain(|start| known.insert(*start));
    starts.truncate(MOST_STARTS);
    starts
}

/// The node that stands for a pod: the pod itself, else the workload whose name its name begins with.
fn workload_of(graph: &Graph<'_>, namespace: &str, name: &str) -> Option<u32> {
    let mut name = name;
    loop {
        if let Ok(node) = address::find(graph, &format!("{namespace}/{name}")) {
            return Some(node);
        }
        // What is there was found; a shorter name would be another pod's.
        graph
            .inventory()
            .find(Kind::Pod, namespace, name)
            .is_none()
            .then_some(())?;
        name = name.rsplit_once('-')?.0;
    }
}

fn worst(graph: &Graph<'_>, start: u32) -> Option<InReach> {
    let question = Question {
        from: Some(start),
        to: None,
        ways: 1,
        fixes: 0,
    };
    let analysis = analyse(graph, &question, &Without::nothing());
    let way = analysis.ways.into_iter().next()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a chance is between 0 and 1"
    )]
    let percent = (way.chance * 100.0).round() as u8;
    Some(InReach {
        from: graph.name(start),
        target: match way.jewel {
            Some(jewel) => jewel.one().to_owned(),
            None => graph.name(way.target),
        },
        percent,
        steps: way.steps.iter().map(|step| graph.sentence(step)).collect(),
    })
}
