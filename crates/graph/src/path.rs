//! Ways as people read them: joints left out, one sentence a step.

use std::collections::{BTreeMap, BTreeSet};

use crate::bits::Bits;
use crate::edge::EdgeKind;
use crate::graph::Graph;
use crate::solve::Sources;
use crate::solve::reach::reached;
use crate::topology::{NO_FIX, Without, chance_of};

/// A step from one node to the next.
#[derive(Debug, Clone)]
pub struct Step {
    /// The kind of edge; `None` where one thing simply leads to the next.
    pub kind: Option<&'static EdgeKind>,
    /// From where: the premise that is hardest to come by, where there are several.
    pub from: u32,
    /// What else it takes.
    pub also: Vec<u32>,
    /// To where.
    pub to: u32,
    /// All arcs that it is made of.
    pub arcs: Vec<u32>,
    /// `-1000 ln` of the chance that it works.
    pub cost: u32,
}

/// A step out of a node, for those who ask where it leads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hop {
    /// The kind of edge.
    pub kind: &'static EdgeKind,
    /// To where.
    pub to: u32,
    /// The arcs that it is made of, as far as one premise shows them.
    pub arcs: Vec<u32>,
}

impl PartialEq for EdgeKind {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for EdgeKind {}

impl PartialOrd for EdgeKind {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for EdgeKind {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.id.cmp(other.id)
    }
}

impl Graph<'_> {
    /// The arcs of a way as steps, in order.
    pub fn steps(&self, arcs: &[u32]) -> Vec<Step> {
        let mut into: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for arc in arcs {
            into.entry(self.topology().arc(*arc).to)
                .or_default()
                .push(*arc);
        }
        let mut steps = Vec::new();
        let mut shown = BTreeSet::new();
        for arc in arcs {
            let to = self.topology().arc(*arc).to;
            if self.node(to).is_joint() || !shown.insert(to) {
                continue;
            }
            steps.push(self.step_into(to, &into));
        }
        // The last arcs may end in a joint: any node, any secret.
        steps
    }

    /// The step that ends in a node: back through joints to what it needs.
    fn step_into(&self, to: u32, into: &BTreeMap<u32, Vec<u32>>) -> Step {
        let mut arcs = Vec::new();
        let mut sources: Vec<u32> = Vec::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![to];
        while let Some(node) = open.pop() {
            for arc in into.get(&node).into_iter().flatten() {
                let from = self.topology().arc(*arc).from;
                arcs.push(*arc);
                if !self.node(from).is_joint() {
                    if !sources.contains(&from) {
                        sources.push(from);
                    }
                } else if seen.insert(from) {
                    open.push(from);
                }
            }
        }
        let cost = arcs
            .iter()
            .map(|arc| u32::from(self.topology().arc(*arc).cost))
            .sum();
        let kind = arcs.iter().find_map(|arc| self.kind(*arc));
        arcs.reverse();
        sources.reverse();
        let from = sources.pop().unwrap_or(to);
        Step {
            kind,
            from,
            also: sources,
            to,
            arcs,
            cost,
        }
    }

    /// The joints that are reached, by joints alone, from the nodes for which `holds` is true: the
    /// conjunctions among them have all that they need.
    pub fn joints_from(&self, holds: impl Fn(u32) -> bool) -> Bits {
        let mut without = Without::nothing();
        let mut sources = Vec::new();
        for (number, node) in self.nodes() {
            if node.is_joint() {
                continue;
            }
            if holds(number) {
                sources.push((number, 0));
            }
            // Nothing but a source is entered, so that no way leads through it.
            without.nodes.insert(number);
        }
        for (number, _) in &sources {
            without.nodes.remove(*number);
        }
        reached(self.topology(), &Sources::of(sources), &without)
    }

    /// The steps out of a node, through joints among `open`.
    pub fn steps_from(&self, node: u32, open: &Bits) -> Vec<Hop> {
        self.hops(node, open, true)
    }

    /// The steps into a node, through joints among `open`; `to` is then where they come from.
    pub fn steps_to(&self, node: u32, open: &Bits) -> Vec<Hop> {
        self.hops(node, open, false)
    }

    fn hops(&self, node: u32, passable: &Bits, forward: bool) -> Vec<Hop> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        let mut open: Vec<(u32, Option<&'static EdgeKind>, Vec<u32>)> =
            vec![(node, None, Vec::new())];
        while let Some((at, kind, arcs)) = open.pop() {
            let next: Vec<(u32, u32)> = if forward {
                self.topology()
                    .leaving(at)
                    .map(|(number, arc)| (number, arc.to))
                    .collect()
            } else {
                self.topology()
                    .entering(at)
                    .map(|(number, arc)| (number, arc.from))
                    .collect()
            };
            for (number, to) in next {
                // The kind closest to the end says what happens.
                let own = self.kind(number);
                let kind = if forward { own.or(kind) } else { kind.or(own) };
                let mut arcs = arcs.clone();
                arcs.push(number);
                if !self.node(to).is_joint() {
                    if let Some(kind) = kind {
                        found.push(Hop { kind, to, arcs });
                    }
                } else if passable.contains(to) && seen.insert((to, kind)) {
                    open.push((to, kind, arcs));
                }
            }
        }
        found.sort();
        found.dedup_by(|a, b| a.kind == b.kind && a.to == b.to);
        found
    }

    /// True when no object of the Inventory shows the step: Kubernetes itself brings it.
    pub fn is_of_kubernetes_alone(&self, hop: &Hop) -> bool {
        let from = hop.arcs.first().map(|arc| self.topology().arc(*arc).from);
        let of_default = from.is_some_and(|from| {
            matches!(
                self.node(from),
                crate::Node::Permissions(_) | crate::Node::Group(_) | crate::Node::User(_)
            )
        });
        of_default
            && hop.arcs.iter().all(|arc| {
                self.evidence(*arc).object.is_none() && self.topology().arc(*arc).fix == NO_FIX
            })
    }

    /// A step as a sentence.
    pub fn sentence(&self, step: &Step) -> String {
        let from = self.name(step.from);
        let to = self.name(step.to);
        let mut text = match step.kind {
            Some(kind) => kind.says.replace("{from}", &from).replace("{to}", &to),
            None => format!("{from} leads to {to}"),
        };
        let others: Vec<String> = step.also.iter().map(|node| self.name(*node)).collect();
        if !others.is_empty() {
            text.push_str("; it also takes ");
            text.push_str(&others.join(" and "));
        }
        let mut letters = text.chars();
        match letters.next() {
            Some(first) => first.to_uppercase().chain(letters).collect(),
            None => text,
        }
    }

    /// The chance that a step works, in percent.
    pub fn percent(cost: u32) -> u32 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a chance is between 0 and 1"
        )]
        let percent = (chance_of(cost) * 100.0).round() as u32;
        percent
    }
}
