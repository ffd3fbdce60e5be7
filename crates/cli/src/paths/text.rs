//! Ways and fixes as sentences.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Color, Style};
use catseye_graph::analysis::{Found, InReach};
use catseye_graph::fix_first::Recommendation;
use catseye_graph::path::Step;
use catseye_graph::{Jewel, Label};

use super::ground::{confidence, written};
use super::{Shown, observed, percent};
use crate::output::styled;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RED: Style = Style::new()
    .bold()
    .fg_color(Some(Color::Ansi(AnsiColor::Red)));
const GREEN: Style = Style::new()
    .bold()
    .fg_color(Some(Color::Ansi(AnsiColor::Green)));

pub(super) fn render(shown: &Shown<'_>) -> String {
    let mut text = String::new();
    summary(shown, &mut text);
    for (number, way) in (1..).zip(&shown.analysis.ways) {
        path(shown, number, way, &mut text);
    }
    required(shown, &mut text);
    fixes(shown, &mut text);
    text
}

fn summary(shown: &Shown<'_>, text: &mut String) {
    let analysis = shown.analysis;
    let style = if analysis.risk.score >= 40 { RED } else { BOLD };
    let (sure, why) = confidence(shown.graph.inventory());
    let score = match shown.before {
        Some((before, _)) => format!("Risk {before} -> {} of 100", analysis.risk.score),
        None => format!("Risk {} of 100", analysis.risk.score),
    };
    let _ = writeln!(
        text,
        "{}  {}",
        styled(style, score),
        styled(DIM, format!("confidence {sure}: {why}"))
    );
    let reached: Vec<String> = analysis
        .in_reach
        .iter()
        .filter(|kind| kind.reached > 0)
        .map(in_reach)
        .collect();
    if reached.is_empty() {
        let _ = writeln!(text, "Nothing worth taking is in reach.");
    } else {
        let _ = writeln!(text, "In reach: {}.", reached.join(", "));
    }
    if analysis.ways.is_empty() {
        let _ = writeln!(text, "\n{}", styled(GREEN, "There is no way."));
    }
}

fn in_reach(kind: &InReach) -> String {
    let (reached, of) = (kind.reached, kind.of);
    match kind.jewel {
        Jewel::Cluster => "the whole cluster".to_owned(),
        Jewel::Node => format!("{reached} of {of} nodes"),
        Jewel::Beyond => format!("{reached} of {of} identities beyond the cluster"),
        Jewel::Secret => format!("{reached} of {of} secrets"),
        Jewel::Workload => format!("{reached} of {of} databases and labelled workloads"),
        Jewel::Namespace => format!("{reached} of {of} namespaces as a whole"),
    }
}

fn path(shown: &Shown<'_>, number: usize, way: &Found, text: &mut String) {
    let graph = shown.graph;
    let start = graph.name(way.start);
    let end = graph.name(way.target);
    let from = match graph.node(way.start).label() {
        Label::Internet => "From the internet".to_owned(),
        _ => format!("From {start}"),
    };
    let title = match way.jewel {
        Some(jewel) if jewel != Jewel::Cluster => format!("{from} to {}: {end}", jewel.one()),
        _ => format!("{from} to {end}"),
    };
    let alike = match way.alike {
        0 => String::new(),
        1 => ", and one more way like it".to_owned(),
        more => format!(", and {more} more ways like it"),
    };
    let steps = if way.steps.len() == 1 {
        "step"
    } else {
        "steps"
    };
    let _ = writeln!(
        text,
        "\n{} {}\n   {}",
        styled(BOLD, format!("{number}.")),
        styled(BOLD, title),
        styled(
            DIM,
            format!(
                "{} likely, {} {steps}{alike}",
                percent(way.chance),
                way.steps.len()
            )
        ),
    );
    for step in &way.steps {
        show_step(shown, step, text);
    }
    let weakest = hardest(shown, &way.steps);
    if !weakest.is_empty() {
        let _ = writeln!(
            text,
            "   {}",
            styled(DIM, format!("what makes it unlikely: {weakest}"))
        );
    }
}

fn show_step(shown: &Shown<'_>, step: &Step, text: &mut String) {
    let graph = shown.graph;
    let kind = step.kind.map_or(String::new(), |kind| {
        format!("  {} {}", kind.id, kind.attack)
    });
    let _ = writeln!(text, "   - {}{}", graph.sentence(step), styled(DIM, kind));
    let mut places = std::collections::BTreeSet::new();
    for arc in &step.arcs {
        let evidence = graph.evidence(*arc);
        let Some(place) = graph.place(evidence) else {
            continue;
        };
        let file = written(graph, shown.sources, evidence)
            .map_or(String::new(), |file| format!("  {file}"));
        places.insert(format!("{place}{file}"));
    }
    for place in places {
        let _ = writeln!(text, "       {}", styled(DIM, place));
    }
    if let Some(words) = observed::words(shown.usages.step(step), shown.used) {
        let _ = writeln!(text, "       {}", styled(DIM, words));
    }
}

/// The three steps that are least likely to work, with how likely they are.
fn hardest(shown: &Shown<'_>, steps: &[Step]) -> String {
    let mut hard: Vec<&Step> = steps.iter().filter(|step| step.cost > 200).collect();
    hard.sort_by_key(|step| std::cmp::Reverse(step.cost));
    let said: Vec<String> = hard
        .iter()
        .take(3)
        .map(|step| {
            let kind = step.kind.map_or("a step", |kind| kind.id);
            let chance = percent(catseye_graph::topology::chance_of(step.cost));
            let _ = shown;
            format!("{kind} works in {chance}")
        })
        .collect();
    said.join(", ")
}

fn required(shown: &Shown<'_>, text: &mut String) {
    let names: Vec<String> = shown
        .analysis
        .required
        .iter()
        .map(|node| shown.graph.name(*node))
        .collect();
    if !names.is_empty() {
        let _ = writeln!(text, "\nEvery way passes {}.", names.join(", then "));
    }
}

fn fixes(shown: &Shown<'_>, text: &mut String) {
    let fixes = &shown.analysis.fixes;
    let Some(last) = fixes.last() else { return };
    let title = if shown.fix_first {
        "Mend first, in this order:"
    } else {
        "Mend first (`--fix-first` shows what comes next):"
    };
    let _ = writeln!(text, "\n{}", styled(BOLD, title));
    for (number, recommendation) in (1..).zip(fixes) {
        let object = shown.graph.object_name(recommendation.object);
        let _ = writeln!(
            text,
            "{number}. {}: {}",
            styled(BOLD, object),
            effect(recommendation)
        );
        for number in recommendation.fixes.iter().copied() {
            let fix = shown.graph.fix(number);
            let path = shown.graph.text(fix.place.path);
            let file = written(shown.graph, shown.sources, fix.place)
                .map_or(String::new(), |file| format!("  {file}"));
            let _ = writeln!(text, "   - {path}: {}{}", fix.change, styled(DIM, file));
            let usage = shown.usages.fix(shown.graph, number);
            if let Some(words) = observed::fix_words(usage, shown.used) {
                let _ = writeln!(text, "       {}", styled(DIM, words));
            }
        }
    }
    if shown.fix_first {
        let _ = match last.after.ways {
            0 => writeln!(text, "No way is left then."),
            left => writeln!(
                text,
                "Then {left} ways are left, counting each entry point and kind of target once."
            ),
        };
    }
}

fn effect(fix: &Recommendation) -> String {
    let cut = fix.before.ways.saturating_sub(fix.after.ways);
    let saved: Vec<&str> = fix.saved.iter().map(|jewel| jewel.one()).collect();
    let saved = if saved.is_empty() {
        String::new()
    } else {
        format!(", and nobody reaches {} any more", saved.join(" or "))
    };
    let ways = match cut {
        0 => "every target stays in reach, by unlikelier ways".to_owned(),
        cut => format!("cuts {cut} of {} ways", fix.before.ways),
    };
    format!(
        "risk {} -> {}, {ways}{saved}",
        fix.before.score, fix.after.score
    )
}
