//! The ways of attack through a world, put into words, and questions to its graph.

use std::time::Instant;

use catseye_graph::analysis::{Found, Question, analyse};
use catseye_graph::fix_first::Recommendation;
use catseye_graph::path::Step;
use catseye_graph::topology::Without;
use catseye_graph::{Graph, address};
use catseye_model::ObjectKey;
use serde::{Deserialize, Serialize};

use crate::world::World;

/// The answer to "how would they get in, and what do I mend first" for one version of the world.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Paths {
    /// The version of the world that was looked at; the world may have moved on since.
    pub world_version: u64,
    /// The risk, from 0 to 100.
    pub score: u32,
    /// The ways, worst first.
    pub ways: Vec<Way>,
    /// What to mend first, in this order, each with its computed effect.
    pub fixes: Vec<Fix>,
    /// How many nodes the graph has.
    pub nodes: usize,
    /// How many edges.
    pub edges: usize,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// A way to something worth having.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Way {
    /// Where it begins, in words.
    pub from: String,
    /// What it reaches, in words.
    pub to: String,
    /// What that is: `cluster`, `node`, `secret`, …
    pub jewel: String,
    /// The chance that it works, in percent.
    pub chance: f64,
    /// Its steps.
    pub steps: Vec<WayStep>,
    /// How many more ways are like it.
    pub alike: usize,
}

/// One step of a way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WayStep {
    /// The kind of edge: `CE_PRIVILEGED`.
    pub kind: String,
    /// From where.
    pub from: String,
    /// To where.
    pub to: String,
    /// What happens, as a sentence.
    pub sentence: String,
    /// The objects and fields that allow it.
    pub because: Vec<String>,
}

/// One object to change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    /// The object.
    pub object: ObjectKey,
    /// The changes, all of them needed.
    pub changes: Vec<String>,
    /// The risk before, from 0 to 100.
    pub score_before: u32,
    /// The risk after.
    pub score_after: u32,
    /// Pairs of an entry and a jewel with a way, before.
    pub ways_before: usize,
    /// And after.
    pub ways_after: usize,
    /// What nobody reaches any more.
    pub saved: Vec<String>,
}
/// How many ways and fixes are kept.
const WAYS: usize = 12;
const FIXES: usize = 5;

impl Paths {
    /// Looks for ways through a world. Slow for large clusters: up to seconds.
    pub(crate) fn of(world: &World) -> Self {
        let started = Instant::now();
        let version = world.version();
        let mut paths = world.ask_graph(move |graph| {
            let question = Question {
                from: None,
                to: None,
                ways: WAYS,
                fixes: FIXES,
            };
            let analysis = analyse(graph, &question, &Without::nothing());
            Paths {
                world_version: version,
                score: analysis.risk.score,
                ways: analysis
                    .ways
                    .iter()
                    .map(|way| Way::of(graph, way))
                    .collect(),
                fixes: analysis
                    .fixes
                    .iter()
                    .map(|fix| Fix::of(graph, fix))
                    .collect(),
                nodes: graph.topology().nodes() as usize,
                edges: graph.topology().arcs().len(),
                took_ms: 0,
            }
        });
        paths.took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        paths
    }
}

impl Way {
    /// A way in words.
    pub(crate) fn of(graph: &Graph<'_>, found: &Found) -> Self {
        Way {
            from: graph.name(found.start),
            to: graph.name(found.target),
            jewel: found
                .jewel
                .map_or(String::new(), |jewel| jewel.one().to_owned()),
            chance: (found.chance * 1000.0).round() / 10.0,
            steps: found
                .steps
                .iter()
                .map(|step| WayStep::of(graph, step))
                .collect(),
            alike: found.alike,
        }
    }
}

impl WayStep {
    fn of(graph: &Graph<'_>, step: &Step) -> Self {
        let mut because: Vec<String> = Vec::new();
        for arc in &step.arcs {
            if let Some(place) = graph.place(graph.evidence(*arc))
                && !because.contains(&place)
            {
                because.push(place);
            }
        }
        WayStep {
            kind: step.kind.map_or(String::new(), |kind| kind.id.to_owned()),
            from: graph.name(step.from),
            to: graph.name(step.to),
            sentence: graph.sentence(step),
            because,
        }
    }
}

impl Fix {
    /// A recommendation in words.
    pub(crate) fn of(graph: &Graph<'_>, found: &Recommendation) -> Self {
        Fix {
            object: ObjectKey::of(graph.inventory().object(found.object)),
            changes: found.fixes.iter().map(|fix| graph.fix_text(*fix)).collect(),
            score_before: found.before.score,
            score_after: found.after.score,
            ways_before: found.before.ways,
            ways_after: found.after.ways,
            saved: found
                .saved
                .iter()
                .map(|jewel| jewel.one().to_owned())
                .collect(),
        }
    }
}

/// The likeliest way on from a place, and the change that closes most of what it opens.
pub(crate) fn onward(graph: &Graph<'_>, addresses: &[String]) -> Option<(Way, Option<Fix>)> {
    let mut best: Option<(f64, Way, Option<Fix>)> = None;
    for address in addresses {
        let Ok(from) = address::find(graph, address) else {
            continue;
        };
        let question = Question {
            from: Some(from),
            to: None,
            ways: 1,
            fixes: 1,
        };
        let analysis = analyse(graph, &question, &Without::nothing());
        let Some(found) = analysis.ways.first() else {
            continue;
        };
        if best
            .as_ref()
            .is_none_or(|(points, ..)| found.points > *points)
        {
            let fix = analysis.fixes.first().map(|fix| Fix::of(graph, fix));
            best = Some((found.points, Way::of(graph, found), fix));
        }
    }
    best.map(|(_, way, fix)| (way, fix))
}
