//! Ways for Graphviz: one box a node, one arrow a step.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use catseye_graph::usage::Usage;

use super::{Shown, observed};

pub(super) fn render(shown: &Shown<'_>) -> String {
    let graph = shown.graph;
    let mut nodes = BTreeSet::new();
    let mut arrows = BTreeSet::new();
    for way in &shown.analysis.ways {
        for step in &way.steps {
            let mut kind = step.kind.map_or("", |kind| kind.id).to_owned();
            let usage = shown.usages.step(step);
            if let Some(words) = observed::words(usage, shown.used) {
                let _ = write!(kind, "\n{words}");
            }
            // Not seen in use: dashed, as what could be taken away.
            let is_idle = usage == Usage::NotSeen;
            nodes.insert(step.to);
            for from in step.also.iter().chain([&step.from]) {
                nodes.insert(*from);
                arrows.insert((*from, step.to, kind.clone(), is_idle));
            }
        }
    }
    let mut text =
        String::from("digraph paths {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n");
    for node in nodes {
        let label = graph.node(node).label();
        let name = quoted(&format!("{}\n{label}", graph.name(node)));
        let _ = writeln!(text, "  n{node} [label={name}];");
    }
    for (from, to, kind, is_idle) in arrows {
        let style = if is_idle { ", style=dashed" } else { "" };
        let _ = writeln!(text, "  n{from} -> n{to} [label={}{style}];", quoted(&kind));
    }
    text.push_str("}\n");
    text
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}
