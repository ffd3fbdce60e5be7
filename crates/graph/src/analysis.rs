//! The answer to "how would they get in, and what do I mend first": ways, what is in reach, risk, fixes.

use std::collections::BTreeMap;

use crate::fix_first::{Recommendation, fix_first};
use crate::graph::Graph;
use crate::node::{Jewel, Node};
use crate::path::Step;
use crate::risk::{Entries, Risk, risk_of};
use crate::solve::cheapest::{Cheapest, UNREACHED, cheapest};
use crate::solve::diverse::{Way, diverse};
use crate::solve::required::required_nodes;
use crate::topology::{Without, chance_of};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// Where attackers begin: `None` for the internet and a foothold in any workload.
    pub from: Option<u32>,
    /// What they are after: `None` for every kind of jewel.
    pub to: Option<u32>,
    /// How many ways to show.
    pub ways: usize,
    /// How many fixes to choose.
    pub fixes: usize,
}

/// A way to a jewel.
#[derive(Debug)]
pub struct Found {
    /// The kind of jewel; `None` when another target was asked for.
    pub jewel: Option<Jewel>,
    /// What is reached.
    pub target: u32,
    /// Where it begins.
    pub start: u32,
    /// The chance that it works, from 0 to 1.
    pub chance: f64,
    /// What it costs: chance times impact of the target, in points of a hundred.
    pub points: f64,
    /// Its steps.
    pub steps: Vec<Step>,
    /// The fixes each of which closes it.
    pub fixes: Vec<u32>,
    /// How many more ways there are by the same kinds of steps to the same kind of target.
    pub alike: usize,
    /// True when a program only takes the secret that it was given.
    pub is_own: bool,
}

/// How many jewels of a kind are in reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InReach {
    /// The kind.
    pub jewel: Jewel,
    /// How many an attacker reaches.
    pub reached: usize,
    /// How many there are.
    pub of: usize,
}

/// The answer.
#[derive(Debug)]
pub struct Analysis {
    /// The risk.
    pub risk: Risk,
    /// What is in reach, the worst to lose first.
    pub in_reach: Vec<InReach>,
    /// The ways, worst first.
    pub ways: Vec<Found>,
    /// What to mend, in this order.
    pub fixes: Vec<Recommendation>,
    /// What all ways to the target have in common, where one target was asked for.
    pub required: Vec<u32>,
}

/// What a program's own secret counts beside one of others.
const OWN: f64 = 0.1;

/// How many different ways to each jewel are looked at; those alike are then shown once.
const LOOKED_AT: usize = 40;

/// Answers a question.
pub fn analyse(graph: &Graph<'_>, question: &Question, without: &Without) -> Analysis {
    let entries = match question.from {
        Some(node) => Entries::given(graph, node),
        None => Entries::expected(graph),
    };
    let forward = cheapest(graph.topology(), &entries.sources, without);
    let targets: Vec<(Option<Jewel>, u32)> = match question.to {
        Some(target) => match graph.node(target) {
            Node::Jewel(jewel) => vec![(Some(jewel), target)],
            _ => vec![(None, target)],
        },
        None => Jewel::ALL
            .into_iter()
            .filter_map(|jewel| Some((Some(jewel), graph.number(Node::Jewel(jewel))?)))
            .collect(),
    };
    let mut ways = Vec::new();
    for (jewel, target) in targets {
        if forward.cost(target) != UNREACHED {
            ways.extend(ways_to(graph, &entries, without, jewel, target, question));
        }
    }
    ways.sort_by(|a: &Found, b: &Found| b.points.total_cmp(&a.points));
    let mut ways = each_kind_first(ways);
    ways.truncate(question.ways);
    let required = match question.to {
        Some(target) => required_nodes(graph.topology(), &entries.sources, target, without)
            .into_iter()
            .filter(|node| !graph.node(*node).is_joint())
            // Both ends are passed whatever happens.
            .filter(|node| *node != target && Some(*node) != question.from)
            .collect(),
        None => Vec::new(),
    };
    Analysis {
        risk: risk_of(graph, &entries, without, &forward),
        in_reach: in_reach(graph, &forward),
        ways,
        fixes: fix_first(graph, &entries, question.to, without, question.fixes),
        required,
    }
}

/// The worst way to each kind of jewel, worst first, then all others: a cluster with many secrets has
/// more to show than the ways to each of them.
fn each_kind_first(ways: Vec<Found>) -> Vec<Found> {
    let mut seen = Vec::new();
    let (mut first, others): (Vec<Found>, Vec<Found>) = ways.into_iter().partition(|way| {
        let is_new = !way.is_own && !seen.contains(&way.jewel);
        seen.push(way.jewel);
        is_new
    });
    first.extend(others);
    first
}

/// The ways to one target, those by the same kinds of steps once.
fn ways_to(
    graph: &Graph<'_>,
    entries: &Entries,
    without: &Without,
    jewel: Option<Jewel>,
    target: u32,
    question: &Question,
) -> Vec<Found> {
    let impact = jewel.map_or(100.0, |jewel| f64::from(jewel.impact()));
    let mut by_shape: BTreeMap<Vec<&str>, usize> = BTreeMap::new();
    let mut by_ends: BTreeMap<Option<(u32, u32)>, usize> = BTreeMap::new();
    let mut found: Vec<Found> = Vec::new();
    let wanted = LOOKED_AT.max(question.ways);
    let ways = |accept: &dyn Fn(&Way) -> bool| {
        let topology = graph.topology();
        diverse(topology, &entries.sources, target, without, wanted, accept)
    };
    // Whoever names a place to begin asks what falls with it, its own secrets among them.
    let is_own =
        |way: &Way| question.from.is_none() && is_own_secret(graph, &graph.steps(&way.arcs));
    let mut looked_at = ways(&|way| !is_own(way));
    if jewel == Some(Jewel::Secret) && looked_at.len() < question.ways {
        looked_at.extend(ways(&is_own));
    }
    for way in looked_at {
        let is_own = is_own(&way);
        let impact = if is_own { impact * OWN } else { impact };
        let steps = graph.steps(&way.arcs);
        // Whoever begins in a jewel has taken no way to it.
        if steps.is_empty() {
            continue;
        }
        // From one place to one place once, whatever the way, and once for each way from alike places.
        let ends = steps
            .first()
            .zip(steps.last())
            .map(|(first, last)| (first.from, last.to));
        let shape: Vec<&str> = steps
            .iter()
            .filter_map(|step| step.kind)
            .map(|kind| kind.id)
            .collect();
        let known = by_shape.get(&shape).or_else(|| by_ends.get(&ends)).copied();
        if let Some(first) = known {
            found[first].alike += 1;
            continue;
        }
        by_shape.insert(shape, found.len());
        by_ends.insert(ends, found.len());
        // That a pod consists of its containers is no news where it begins.
        let trivial = steps.len() > 1 && steps[0].kind.is_some_and(|kind| kind.id == "CONTAINS");
        let steps = if trivial { steps[1..].to_vec() } else { steps };
        let start = steps.first().map_or(target, |step| step.from);
        let chance = chance_of(way.cost);
        found.push(Found {
            jewel,
            target: steps.last().map_or(start, |step| step.to),
            start,
            chance,
            points: impact * chance,
            steps,
            fixes: way.fixes,
            alike: 0,
            is_own,
        });
    }
    found
}

/// True when a program only takes what it was given: a secret mounted into the workload in which an
/// attacker is taken to be already. Who comes from outside gains it.
fn is_own_secret(graph: &Graph<'_>, steps: &[Step]) -> bool {
    let from_inside = steps
        .first()
        .is_some_and(|step| matches!(graph.node(step.from), Node::Pod(_) | Node::Container(..)));
    let is_given = |step: &Step| {
        step.kind
            .is_some_and(|kind| matches!(kind.id, "CONTAINS" | "SECRET_MOUNT"))
    };
    from_inside
        && steps
            .last()
            .is_some_and(|step| matches!(graph.node(step.to), Node::Secret(..)))
        && steps.iter().all(is_given)
}

/// How many jewels of each kind are in reach.
fn in_reach(graph: &Graph<'_>, forward: &Cheapest) -> Vec<InReach> {
    Jewel::ALL
        .into_iter()
        .filter_map(|jewel| {
            let joint = graph.number(Node::Jewel(jewel))?;
            let members: std::collections::BTreeSet<u32> = graph
                .topology()
                .entering(joint)
                .map(|(_, arc)| arc.from)
                // A crown jewel's containers stand for it as its pods do.
                .filter(|node| {
                    jewel != Jewel::Workload || matches!(graph.node(*node), Node::Pod(_))
                })
                .collect();
            let is_reached = |node: &u32| {
                forward.cost(*node) != UNREACHED
                    || (jewel == Jewel::Workload && is_inside(graph, forward, *node))
            };
            Some(InReach {
                jewel,
                reached: members.iter().filter(|node| is_reached(node)).count(),
                of: members.len(),
            })
        })
        .collect()
}

/// True when a container of these pods is reached.
fn is_inside(graph: &Graph<'_>, forward: &Cheapest, pods: u32) -> bool {
    graph.topology().leaving(pods).any(|(_, arc)| {
        matches!(graph.node(arc.to), Node::Container(..)) && forward.cost(arc.to) != UNREACHED
    })
}
