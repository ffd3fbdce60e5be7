//! A page with a picture of the worst way: one file, no script, nothing fetched, light and dark.
//!
//! The picture is layered: the steps from left to right, what a step takes besides stands below. It
//! wraps after four boxes, as a line of text does, so that it fits a page. A narrow screen is shown the
//! same with one box a row, from top to bottom.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use catseye_graph::Label;
use catseye_graph::analysis::Found;
use catseye_report::html::TOKENS;

use super::{Shown, observed, percent};
use catseye_graph::usage::Usage;

const WIDTH: usize = 220;
const HEIGHT: usize = 92;
const GAP_X: usize = 170;
const GAP_Y: usize = 96;
const COLUMNS: usize = 4;

pub(super) fn render(shown: &Shown<'_>) -> String {
    let mut page = String::from(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Catseye: paths</title>\n",
    );
    let _ = write!(page, "<style>{TOKENS}{STYLE}</style>\n<main>\n");
    let risk = &shown.analysis.risk;
    let _ = writeln!(page, "<h1>Risk {} of 100</h1>", risk.score);
    match shown.analysis.ways.first() {
        None => page.push_str("<p>There is no way to anything worth taking.</p>\n"),
        Some(way) => {
            let _ = writeln!(
                page,
                "<p>The worst way, {} likely: from {} to {}.</p>",
                percent(way.chance),
                escaped(&shown.graph.name(way.start)),
                escaped(&shown.graph.name(way.target)),
            );
            picture(shown, way, COLUMNS, "wide", &mut page);
            picture(shown, way, 1, "narrow", &mut page);
            table(shown, way, &mut page);
        }
    }
    if !shown.analysis.fixes.is_empty() {
        page.push_str("<h2>Mend first</h2>\n<ol>\n");
        for fix in &shown.analysis.fixes {
            let _ = writeln!(
                page,
                "<li>{}<br><small>risk {} → {}, {} of {} ways are left</small></li>",
                fix.fixes
                    .iter()
                    .map(|fix| {
                        let usage = shown.usages.fix(shown.graph, *fix);
                        let used = observed::fix_words(usage, shown.used)
                            .map_or(String::new(), |words| format!(" <em>({words})</em>"));
                        format!("{}{used}", escaped(&shown.graph.fix_text(*fix)))
                    })
                    .collect::<Vec<_>>()
                    .join("<br>"),
                fix.before.score,
                fix.after.score,
                fix.after.ways,
                fix.before.ways,
            );
        }
        page.push_str("</ol>\n");
    }
    page.push_str("</main>\n</html>\n");
    page
}

/// Boxes and arrows, so many boxes a row.
fn picture(shown: &Shown<'_>, way: &Found, columns: usize, form: &str, page: &mut String) {
    let mut order: Vec<u32> = Vec::new();
    for step in &way.steps {
        for node in step.also.iter().chain([&step.from, &step.to]) {
            if !order.contains(node) {
                order.push(*node);
            }
        }
    }
    let places: BTreeMap<u32, (usize, usize)> = order
        .iter()
        .enumerate()
        .map(|(place, node)| {
            let (column, row) = (place % columns, place / columns);
            (
                *node,
                (10 + column * (WIDTH + GAP_X), 30 + row * (HEIGHT + GAP_Y)),
            )
        })
        .collect();
    let columns = order.len().min(columns);
    let rows = order.len().div_ceil(columns.max(1));
    let width = columns * (WIDTH + GAP_X) - GAP_X + 20;
    let tip = format!("tip-{form}");
    let height = rows * (HEIGHT + GAP_Y) - GAP_Y + 60;
    let _ = writeln!(
        page,
        "<svg class=\"{form}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"The steps of the worst way; the table below says the same\">\n\
         <defs><marker id=\"{tip}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto-start-reverse\"><path d=\"M0 0L10 5L0 10z\"/></marker></defs>",
    );
    for step in &way.steps {
        let kind = step.kind.map_or("", |kind| kind.id);
        let class = match shown.usages.step(step) {
            Usage::Unknown => "arrow",
            Usage::NotSeen => "arrow idle",
            Usage::Seen(_) => "arrow seen",
        };
        for from in step.also.iter().chain([&step.from]) {
            if let (Some(from), Some(to)) = (places.get(from), places.get(&step.to)) {
                arrow(*from, *to, kind, (class, &tip), page);
            }
        }
    }
    for (node, (x, y)) in &places {
        let label = shown.graph.node(*node).label();
        let _ = writeln!(
            page,
            "<g class=\"{}\"><rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"10\"/>\
             <text x=\"{}\" y=\"{}\" class=\"label\">{label}</text>",
            class(label),
            x + 12,
            y + 20,
        );
        for (line, words) in wrapped(&shown.graph.name(*node), 28)
            .iter()
            .take(3)
            .enumerate()
        {
            let _ = writeln!(
                page,
                "<text x=\"{}\" y=\"{}\">{}</text>",
                x + 12,
                y + 42 + line * 18,
                escaped(words)
            );
        }
        page.push_str("</g>\n");
    }
    page.push_str("</svg>\n");
}

fn arrow(
    (x1, y1): (usize, usize),
    (x2, y2): (usize, usize),
    kind: &str,
    (class, tip): (&str, &str),
    page: &mut String,
) {
    let (from, to, text) = if y1 == y2 && x2 > x1 {
        let y = y1 + HEIGHT / 2;
        ((x1 + WIDTH, y), (x2, y), ((x1 + WIDTH + x2) / 2, y - 8))
    } else {
        let (from, to) = ((x1 + WIDTH / 2, y1 + HEIGHT), (x2 + WIDTH / 2, y2));
        (
            from,
            to,
            (
                usize::midpoint(from.0, to.0),
                usize::midpoint(from.1, to.1) - 6,
            ),
        )
    };
    let _ = writeln!(
        page,
        "<path class=\"{class}\" d=\"M{} {}L{} {}\" marker-end=\"url(#{tip})\"/>\
         <text class=\"kind\" x=\"{}\" y=\"{}\">{kind}</text>",
        from.0, from.1, to.0, to.1, text.0, text.1,
    );
}

/// The same as sentences, for those who do not see the picture.
fn table(shown: &Shown<'_>, way: &Found, page: &mut String) {
    page.push_str("<table>\n<tr><th>Step</th><th>What happens</th><th>Shown by</th></tr>\n");
    for (number, step) in (1..).zip(&way.steps) {
        let mut places: Vec<String> = Vec::new();
        for arc in &step.arcs {
            let place = shown.graph.place(shown.graph.evidence(*arc));
            places.extend(place.filter(|place| !places.contains(place)));
        }
        let kind = step.kind.map_or(String::new(), |kind| {
            format!(
                "<br><small>{} {}. Trace: {}</small>",
                kind.id,
                kind.attack,
                escaped(kind.trace)
            )
        });
        let used = observed::words(shown.usages.step(step), shown.used)
            .map_or(String::new(), |words| format!("<br><small>{words}</small>"));
        let _ = writeln!(
            page,
            "<tr><td>{number}</td><td>{}{kind}{used}</td><td>{}</td></tr>",
            escaped(&shown.graph.sentence(step)),
            escaped(&places.join("; ")),
        );
    }
    page.push_str("</table>\n");
}

/// The colour of a box: where it begins, what runs, what acts, what is lost.
fn class(label: Label) -> &'static str {
    match label {
        Label::Internet | Label::Endpoint | Label::Listener => "entry",
        Label::Pod | Label::Container | Label::Volume => "workload",
        Label::Identity | Label::Permission => "identity",
        _ => "jewel",
    }
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.len() - 1;
        if !lines[line].is_empty() && lines[line].chars().count() + word.chars().count() >= width {
            lines.push(word.to_owned());
        } else {
            if !lines[line].is_empty() {
                lines[line].push(' ');
            }
            lines[line].push_str(word);
        }
    }
    for line in &mut lines {
        if line.chars().count() > width {
            *line = line.chars().take(width - 1).chain(['…']).collect();
        }
    }
    lines
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

const STYLE: &str = "
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 var(--face) }
main { max-width: 1200px; margin: 0 auto; padding: 24px }
h1 { font-size: 20px; letter-spacing: -.01em; margin: 0 0 4px } h2 { font-size: 16px; margin: 32px 0 8px }
svg { width: 100%; height: auto } svg text { fill: var(--ink); font-size: 13px }
svg .label { font-size: 11px; fill: var(--ink-3) } svg .kind { font-size: 11px; text-anchor: middle; fill: var(--ink-2) }
rect { stroke: var(--line-strong); fill: var(--raise) } .entry rect { stroke: var(--low); stroke-dasharray: 4 3 }
.identity rect { fill: var(--medium-soft) } .jewel rect { fill: var(--critical-soft); stroke: var(--critical) }
.kind { paint-order: stroke; stroke: var(--paper); stroke-width: 5px }
.arrow { stroke: var(--ink-3); stroke-width: 1.5; fill: none } .idle { stroke-dasharray: 5 4 } .seen { stroke-width: 3 } marker path { fill: var(--ink-3) }
table { border-collapse: collapse; width: 100%; margin-top: 16px } th, td { text-align: left; vertical-align: top; padding: 6px 10px; border-top: 1px solid var(--line) }
th { color: var(--ink-3); font-weight: 400; font-size: 13px } small { color: var(--ink-2) } .narrow { display: none }
@media (max-width: 700px) { main { padding: 16px } .wide { display: none } .narrow { display: block; max-width: 280px; margin: 0 auto }
table, tbody, tr, td { display: block } th { display: none } td { border: 0; padding: 2px 0; overflow-wrap: anywhere } tr { border-top: 1px solid var(--line); padding: 8px 0 }
li { overflow-wrap: anywhere } ol { padding-left: 20px } }
";
