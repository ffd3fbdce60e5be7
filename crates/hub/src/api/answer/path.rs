//! Ways of an attacker as pictures, what to mend first, and what a change would do.

use std::collections::BTreeMap;

use catseye_graph::analysis::{Analysis, Found, Question, analyse};
use catseye_graph::build::{Effort, Evidence};
use catseye_graph::path::Step;
use catseye_graph::topology::{NO_FIX, Without, chance_of};
use catseye_graph::{Graph, Jewel, Node, address};

use crate::api::ask::{Ask, fingerprint};
use crate::api::contract::ObjectRef;
use crate::api::contract::path::{
    FixRef, InReach, JewelChance, Path, PathChange, PathEdge, PathFix, PathNode, PathQuery, Paths,
    Place, Risk, WhatIf,
};
use crate::api::contract::problem::Problem;
use crate::api::derived::reference;
use crate::api::refusal::quoted;

/// What is asked, checked.
#[derive(Debug, Clone)]
struct Wanted {
    from: Option<String>,
    to: Option<String>,
    namespace: Option<String>,
    ways: usize,
    fixes: usize,
}

fn wanted(query: PathQuery) -> Result<Wanted, Problem> {
    let bounded = |name: &str, value: Option<u32>, usual: u32, most: u32| match value {
        None => Ok(usual as usize),
        Some(value) if (1..=most).contains(&value) => Ok(value as usize),
        Some(value) => Err(Problem::bad(format!("{name}={value}: write 1 to {most}"))),
    };
    Ok(Wanted {
        ways: bounded("ways", query.ways, 10, 100)?,
        fixes: bounded("fixes", query.fixes, 5, 20)?,
        from: query.from,
        to: query.to,
        namespace: query.namespace,
    })
}

pub(in crate::api) fn paths(ask: &Ask, query: PathQuery) -> Result<Paths, Problem> {
    let wanted = wanted(query)?;
    let world = ask.world()?;
    world.ask_graph(move |graph| answer(graph, &wanted, &Without::nothing(), None))
}

pub(in crate::api) fn without(
    ask: &Ask,
    query: PathQuery,
    what_if: WhatIf,
) -> Result<Paths, Problem> {
    if what_if.edges.len() > 200 || what_if.fixes.len() > 200 {
        return Err(Problem::bad("at most 200 edges and 200 fixes"));
    }
    let mut wanted = wanted(query)?;
    wanted.from = what_if.from.clone().or(wanted.from);
    wanted.to = what_if.to.clone().or(wanted.to);
    let world = ask.world()?;
    world.ask_graph(move |graph| {
        let (without, unknown) = taken_away(graph, &what_if);
        if let Some(unknown) = unknown.first() {
            return Err(Problem::not_found("edge or fix", unknown));
        }
        let plain = Wanted {
            ways: 1,
            fixes: 1,
            ..wanted.clone()
        };
        let before = answer(graph, &plain, &Without::nothing(), None)?;
        answer(graph, &wanted, &without, Some(before.risk))
    })
}

/// What a request takes away, and what of it is not there.
fn taken_away(graph: &Graph<'_>, what_if: &WhatIf) -> (Without, Vec<String>) {
    let mut without = Without::nothing();
    let mut unknown = Vec::new();
    let mut fixes: BTreeMap<String, u32> = BTreeMap::new();
    if !what_if.fixes.is_empty() {
        for fix in 0..graph.fixes() {
            fixes.insert(fix_id(graph, fix), fix);
        }
    }
    for id in &what_if.fixes {
        match fixes.get(id) {
            Some(fix) => {
                without.fixes.insert(*fix);
            }
            None => unknown.push(id.clone()),
        }
    }
    let mut edges: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    if !what_if.edges.is_empty() {
        for (number, arc) in (0_u32..).zip(graph.topology().arcs()) {
            if let Some(kind) = graph.kind(number) {
                let id = arc_id(graph, kind.id, arc.to);
                edges.entry(id).or_default().push(arc.fix);
            }
        }
    }
    for id in &what_if.edges {
        match edges.get(id) {
            // What nobody can change stays, however often it is clicked.
            Some(fixes) => {
                for fix in fixes.iter().filter(|fix| **fix != NO_FIX) {
                    without.fixes.insert(*fix);
                }
            }
            None => unknown.push(id.clone()),
        }
    }
    (without, unknown)
}

fn answer(
    graph: &Graph<'_>,
    wanted: &Wanted,
    without: &Without,
    before: Option<Risk>,
) -> Result<Paths, Problem> {
    let node = |id: &Option<String>, target: bool| match id {
        None => Ok(None),
        Some(id) => find(graph, id, target).map(Some),
    };
    let question = Question {
        from: node(&wanted.from, false)?,
        to: node(&wanted.to, true)?,
        // Those that a namespace rules out are looked at too.
        ways: if wanted.namespace.is_some() {
            100
        } else {
            wanted.ways
        },
        fixes: wanted.fixes,
    };
    let analysis = analyse(graph, &question, without);
    Ok(told(graph, &analysis, wanted, before))
}

/// A node by its id in a picture, or as people write it.
fn find(graph: &Graph<'_>, id: &str, target: bool) -> Result<u32, Problem> {
    let known = graph
        .nodes()
        .find(|(number, _)| node_id(graph, *number) == id);
    if let Some((number, _)) = known {
        return Ok(number);
    }
    let found = if target {
        address::find_target(graph, id)
    } else {
        address::find(graph, id)
    };
    found.map_err(|err| Problem::bad(quoted(&err.to_string())))
}

fn told(graph: &Graph<'_>, analysis: &Analysis, wanted: &Wanted, before: Option<Risk>) -> Paths {
    let mut paths: Vec<Path> = analysis.ways.iter().map(|way| path(graph, way)).collect();
    if let Some(namespace) = &wanted.namespace {
        paths.retain(|path| {
            path.nodes.iter().any(|node| {
                node.object
                    .as_ref()
                    .is_some_and(|object| object.namespace == *namespace)
            })
        });
        paths.truncate(wanted.ways);
    }
    Paths {
        risk: Risk {
            score: analysis.risk.score,
            ways: analysis.risk.ways as u64,
            jewels: analysis
                .risk
                .jewels
                .iter()
                .map(|(jewel, chance)| JewelChance {
                    jewel: word(*jewel).to_owned(),
                    chance: rounded(*chance),
                    impact: u32::from(jewel.impact()),
                })
                .collect(),
        },
        before,
        in_reach: analysis
            .in_reach
            .iter()
            .map(|kind| InReach {
                jewel: word(kind.jewel).to_owned(),
                reached: kind.reached as u64,
                of: kind.of as u64,
            })
            .collect(),
        paths,
        fix_first: analysis
            .fixes
            .iter()
            .map(|fix| PathFix {
                ids: fix.fixes.iter().map(|fix| fix_id(graph, *fix)).collect(),
                object: Some(reference(graph.inventory().object(fix.object))),
                changes: fix.fixes.iter().map(|fix| change(graph, *fix)).collect(),
                score_before: fix.before.score,
                score_after: fix.after.score,
                ways_before: fix.before.ways as u64,
                ways_after: fix.after.ways as u64,
                saved: fix
                    .saved
                    .iter()
                    .map(|jewel| word(*jewel).to_owned())
                    .collect(),
            })
            .collect(),
        required: analysis
            .required
            .iter()
            .map(|node| shown(graph, *node, 0, 0))
            .collect(),
    }
}

/// The word for a kind of jewel.
fn word(jewel: Jewel) -> &'static str {
    match jewel {
        Jewel::Cluster => "cluster",
        Jewel::Node => "node",
        Jewel::Beyond => "cloud",
        Jewel::Secret => "secret",
        Jewel::Workload => "workload",
        Jewel::Namespace => "namespace",
    }
}

/// Four digits are more than the likelihoods are worth, and the same on every machine.
fn rounded(chance: f64) -> f64 {
    (chance * 10_000.0).round() / 10_000.0
}

fn change(graph: &Graph<'_>, fix: u32) -> PathChange {
    let what = graph.fix(fix);
    PathChange {
        text: what.change.to_owned(),
        place: place(graph, what.place),
        effort: match what.effort {
            Effort::Low => "low",
            Effort::Medium => "medium",
            Effort::High => "high",
        }
        .to_owned(),
    }
}

fn place(graph: &Graph<'_>, evidence: Evidence) -> Option<Place> {
    let object = graph.inventory().object(evidence.object?);
    Some(Place {
        object: reference(object),
        path: graph.text(evidence.path).to_owned(),
    })
}

/// The same for the same change of the same field, whatever else the cluster holds.
fn fix_id(graph: &Graph<'_>, fix: u32) -> String {
    let what = graph.fix(fix);
    let object = what.place.object.map_or(String::new(), |id| {
        reference(graph.inventory().object(id)).to_string()
    });
    let path = graph.text(what.place.path);
    format!(
        "fix-{}",
        fingerprint(&format!("{object} {path} {}", what.change))
    )
}

fn fix_ref(graph: &Graph<'_>, fix: u32) -> FixRef {
    FixRef {
        id: fix_id(graph, fix),
        text: graph.fix_text(fix),
    }
}

/// All arcs of a kind into one node are one edge of a picture.
fn arc_id(graph: &Graph<'_>, kind: &str, to: u32) -> String {
    format!(
        "edge-{}",
        fingerprint(&format!("{kind} {}", node_id(graph, to)))
    )
}

fn node_id(graph: &Graph<'_>, node: u32) -> String {
    let object = object_of(graph, node);
    match object {
        Some(object) => format!("{}:{object}", graph.node(node).label()),
        None => format!("{}:{}", graph.node(node).label(), graph.name(node)),
    }
}

fn object_of(graph: &Graph<'_>, node: u32) -> Option<ObjectRef> {
    let named = |kind: &str, namespace: &str, name: &str| ObjectRef {
        kind: kind.to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    };
    match graph.node(node) {
        Node::Pod(id) | Node::Endpoint(id) => Some(reference(graph.inventory().object(id))),
        Node::ServiceAccount(namespace, name) => Some(named("ServiceAccount", namespace, name)),
        Node::Secret(namespace, name) => Some(named("Secret", namespace, name)),
        Node::ConfigMap(namespace, name) => Some(named("ConfigMap", namespace, name)),
        Node::Claim(namespace, name) => Some(named("PersistentVolumeClaim", namespace, name)),
        Node::Host(name) if !name.is_empty() => Some(named("Node", "", name)),
        Node::Namespace(name) => Some(named("Namespace", "", name)),
        _ => None,
    }
}

fn shown(graph: &Graph<'_>, node: u32, layer: u32, lane: u32) -> PathNode {
    PathNode {
        id: node_id(graph, node),
        label: graph.node(node).label().to_string(),
        name: graph.name(node),
        object: object_of(graph, node),
        layer,
        lane,
    }
}

fn path(graph: &Graph<'_>, way: &Found) -> Path {
    let layers = layers(way);
    let mut lanes: BTreeMap<u32, u32> = BTreeMap::new();
    let mut nodes: Vec<PathNode> = Vec::new();
    for (node, layer) in &layers {
        let lane = lanes.entry(*layer).or_default();
        nodes.push(shown(graph, *node, *layer, *lane));
        *lane += 1;
    }
    nodes.sort_by_key(|node| (node.layer, node.lane));
    let edges: Vec<PathEdge> = way.steps.iter().map(|step| edge(graph, step)).collect();
    let ends = format!("{} to {}", graph.name(way.start), graph.name(way.target));
    Path {
        id: format!(
            "path-{}",
            fingerprint(
                &edges
                    .iter()
                    .map(|edge| edge.id.as_str())
                    .collect::<String>()
            )
        ),
        title: ends,
        jewel: way.jewel.map(|jewel| word(jewel).to_owned()),
        chance: rounded(way.chance),
        alike: way.alike as u64,
        nodes,
        edges,
        closed_by: way.fixes.iter().map(|fix| fix_ref(graph, *fix)).collect(),
    }
}

/// For each node the longest way to it in steps: edges lead from left to right.
fn layers(way: &Found) -> BTreeMap<u32, u32> {
    let mut layers: BTreeMap<u32, u32> = BTreeMap::new();
    for step in &way.steps {
        let before = std::iter::once(&step.from)
            .chain(&step.also)
            .map(|node| *layers.entry(*node).or_insert(0))
            .max()
            .unwrap_or_default();
        let layer = layers.entry(step.to).or_default();
        *layer = (*layer).max(before + 1);
    }
    layers
}

fn edge(graph: &Graph<'_>, step: &Step) -> PathEdge {
    let mut reasons: Vec<Place> = Vec::new();
    let mut because: Vec<String> = Vec::new();
    let mut fix = None;
    for arc in &step.arcs {
        let evidence = graph.evidence(*arc);
        if let Some(place) = place(graph, evidence)
            && !reasons.contains(&place)
        {
            reasons.push(place);
        }
        if let Some(words) = graph.place(evidence)
            && !because.contains(&words)
        {
            because.push(words);
        }
        let number = graph.topology().arc(*arc).fix;
        if number != NO_FIX && fix.is_none() {
            fix = Some(fix_ref(graph, number));
        }
    }
    PathEdge {
        id: step.kind.map_or_else(
            || format!("step-{}", fingerprint(&node_id(graph, step.to))),
            |kind| arc_id(graph, kind.id, last_into(graph, step)),
        ),
        from: node_id(graph, step.from),
        to: node_id(graph, step.to),
        kind: step.kind.map(|kind| kind.id.to_owned()),
        technique: step.kind.map(|kind| kind.attack.to_owned()),
        says: graph.sentence(step),
        also: step.also.iter().map(|node| node_id(graph, *node)).collect(),
        chance: Some(rounded(chance_of(step.cost))),
        reasons,
        because,
        fix,
        seen_used: None,
    }
}

/// Where the arc of the step's own kind enters: taking these arcs away takes the step away.
fn last_into(graph: &Graph<'_>, step: &Step) -> u32 {
    let own = step
        .arcs
        .iter()
        .find(|arc| graph.kind(**arc).map(|kind| kind.id) == step.kind.map(|kind| kind.id));
    own.map_or(step.to, |arc| graph.topology().arc(*arc).to)
}
