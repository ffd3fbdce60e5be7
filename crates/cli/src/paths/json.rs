//! Ways and fixes for programs. The form is versioned and held by a golden file.

use catseye_graph::analysis::Found;
use catseye_graph::build::{Effort, Evidence};
use catseye_graph::fix_first::Recommendation;
use catseye_graph::path::Step;
use catseye_graph::risk::Risk;
use catseye_graph::topology::chance_of;
use catseye_graph::usage::Usage;
use catseye_graph::{Graph, Jewel};
use serde_json::{Value, json};

use super::ground::{confidence, written};
use super::{Shown, observed};

pub(super) fn render(shown: &Shown<'_>) -> String {
    let analysis = shown.analysis;
    let (sure, _) = confidence(shown.graph.inventory());
    let value = json!({
        "version": 1,
        "kubernetes": shown.graph.version().to_string(),
        "confidence": sure,
        "risk": risk(&analysis.risk),
        "before": shown.before.map(|(score, ways)| json!({"score": score, "ways": ways})),
        "in_reach": analysis.in_reach.iter().map(|kind| json!({
            "jewel": jewel(kind.jewel), "reached": kind.reached, "of": kind.of,
        })).collect::<Vec<_>>(),
        "paths": analysis.ways.iter().map(|way| path(shown, way)).collect::<Vec<_>>(),
        "required": analysis.required.iter().map(|node| node_json(shown.graph, *node)).collect::<Vec<_>>(),
        "fix_first": analysis.fixes.iter().map(|fix| recommendation(shown, fix)).collect::<Vec<_>>(),
    });
    let mut text = serde_json::to_string_pretty(&value).unwrap_or_default();
    text.push('\n');
    text
}

fn jewel(jewel: Jewel) -> &'static str {
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
fn rounded(chance: f64) -> Value {
    json!((chance * 10_000.0).round() / 10_000.0)
}

fn risk(risk: &Risk) -> Value {
    json!({
        "score": risk.score,
        "ways": risk.ways,
        "jewels": risk.jewels.iter().map(|(kind, chance)| json!({
            "jewel": jewel(*kind), "chance": rounded(*chance), "impact": kind.impact(),
        })).collect::<Vec<_>>(),
    })
}

/// A node: what it is and what it is called.
pub(crate) fn node_json(graph: &Graph<'_>, node: u32) -> Value {
    json!({"label": graph.node(node).label().as_str(), "name": graph.name(node)})
}

fn evidence(shown: &Shown<'_>, evidence: Evidence) -> Option<Value> {
    let object = shown.graph.inventory().object(evidence.object?);
    Some(json!({
        "object": {
            "kind": object.kind_name(), "namespace": object.namespace(), "name": object.name(),
        },
        "path": shown.graph.text(evidence.path),
        "at": written(shown.graph, shown.sources, evidence),
    }))
}

fn path(shown: &Shown<'_>, way: &Found) -> Value {
    json!({
        "jewel": way.jewel.map(jewel),
        "from": node_json(shown.graph, way.start),
        "to": node_json(shown.graph, way.target),
        "chance": rounded(way.chance),
        "alike": way.alike,
        "steps": way.steps.iter().map(|step| step_json(shown, step)).collect::<Vec<_>>(),
        "closed_by": way.fixes.iter().map(|fix| shown.graph.fix_text(*fix)).collect::<Vec<_>>(),
    })
}

fn step_json(shown: &Shown<'_>, step: &Step) -> Value {
    let mut proof: Vec<Value> = Vec::new();
    for arc in &step.arcs {
        let value = evidence(shown, shown.graph.evidence(*arc));
        proof.extend(value.filter(|value| !proof.contains(value)));
    }
    json!({
        "edge": step.kind.map(|kind| kind.id),
        "attack": step.kind.map(|kind| kind.attack),
        "from": node_json(shown.graph, step.from),
        "also": step.also.iter().map(|node| node_json(shown.graph, *node)).collect::<Vec<_>>(),
        "to": node_json(shown.graph, step.to),
        "says": shown.graph.sentence(step),
        "chance": rounded(chance_of(step.cost)),
        "trace": step.kind.map(|kind| kind.trace),
        "used": observed::json(shown.usages.step(step), shown.used),
        "evidence": proof,
    })
}

fn recommendation(shown: &Shown<'_>, fix: &Recommendation) -> Value {
    let changes: Vec<Value> = fix
        .fixes
        .iter()
        .map(|number| {
            let what = shown.graph.fix(*number);
            let usage = shown.usages.fix(shown.graph, *number);
            json!({
                "change": what.change,
                "place": evidence(shown, what.place),
                "effort": match what.effort {
                    Effort::Low => "low",
                    Effort::Medium => "medium",
                    Effort::High => "high",
                },
                "used": observed::json(usage, shown.used),
                "safe": usage == Usage::NotSeen,
            })
        })
        .collect();
    json!({
        "object": shown.graph.object_name(fix.object),
        "changes": changes,
        "before": {"score": fix.before.score, "ways": fix.before.ways},
        "after": {"score": fix.after.score, "ways": fix.after.ways},
        "saved": fix.saved.iter().map(|kind| jewel(*kind)).collect::<Vec<_>>(),
    })
}
