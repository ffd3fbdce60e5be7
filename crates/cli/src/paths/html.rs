//! A page with a picture of the worst way: one file, no script, nothing fetched, light and dark.
//!
//! The picture is layered: the steps from left to right, what a step takes besides stands below. It
//! wraps after four boxes, as a line of text does, so that it fits a page. A narrow screen is shown the
//! same with one box a row, from top to bottom.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use catseye_graph::Label;
use catseye_graph::analysis::Found;
use catseye_report::html::{BRAND, STYLE};

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
    let _ = write!(
        page,
        "<style>{STYLE}{OWN_STYLE}</style>\n\
         <header class=\"top\"><div class=\"wide\">{BRAND}<p class=\"of\">Ways of an attacker</p></div></header>\n\
         <main class=\"wide\">\n",
    );
    let risk = &shown.analysis.risk;
    let _ = writeln!(
        page,
        "<dl class=\"figures\"><div><dt>Risk of 100</dt><dd>{}</dd></div>\
         <div><dt>Ways</dt><dd>{}</dd></div></dl>",
        risk.score, risk.ways,
    );
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
            picture(shown, way, COLUMNS, "broad", &mut page);
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
        "<svg class=\"way picture {form}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"The steps of the worst way; the table below says the same\">\n\
         <defs><marker id=\"{tip}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto-start-reverse\"><path class=\"head\" d=\"M0 0L10 5L0 10z\"/></marker></defs>",
    );
    for step in &way.steps {
        let kind = step.kind.map_or("", |kind| kind.id);
        let class = match shown.usages.step(step) {
            Usage::Unknown => "line",
            Usage::NotSeen => "line idle",
            Usage::Seen(_) => "line seen",
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
            "<g class=\"node {}\"><rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"5\"/>\
             <text x=\"{}\" y=\"{}\" class=\"what\">{label}</text>",
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
                "<text class=\"who\" x=\"{}\" y=\"{}\">{}</text>",
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

/// What this page needs beside the style of all pages.
const OWN_STYLE: &str = "
main.wide { padding-block: var(--s-5) var(--s-7) } main h2 { margin: var(--s-5) 0 var(--s-2) }
.picture { width: 100%; height: auto } .picture .who { font-size: 13px; font-weight: 500 }
.picture .kind { font-size: 11px; text-anchor: middle; fill: var(--ink-2); paint-order: stroke; stroke: var(--paper); stroke-width: 5px }
.picture .line { stroke: var(--ink-3); stroke-width: 1.5; fill: none } .picture .idle { stroke-dasharray: 5 4 } .picture .seen { stroke-width: 3 }
.picture .identity rect { fill: var(--medium-soft) } small { color: var(--ink-2); font-size: var(--t-s) } .narrow { display: none }
ol { list-style: decimal; padding-left: 1.4rem; max-width: 92ch } li { padding: 4px 0; overflow-wrap: anywhere } li::marker { color: var(--ink-3) }
@media (max-width: 46rem) { .picture.broad { display: none } .picture.narrow { display: block; max-width: 280px; margin: 0 auto }
table, tbody, tr, td { display: block } th { display: none } td { border: 0; padding: 2px 0; overflow-wrap: anywhere } tr { border-bottom: 1px solid var(--line); padding: 8px 0 } }
";
