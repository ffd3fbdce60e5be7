//! Incidents as one HTML file to pass on: it loads nothing and needs no script.

use std::fmt::{self, Write as _};

use catseye_detect::incident::{Incident, SceneProcess};

use super::{InReach, Incidents, scene};
use crate::html::{BRAND, Escaped, STYLE, hash, severity};

/// What this page needs beside the style of all pages.
const OWN_STYLE: &str = "\
.incident { margin-top: var(--s-5); padding-top: var(--s-4); border-top: 1px solid var(--line-strong); scroll-margin-top: 1rem; }
.incident h2 { font-size: var(--t-l); }
.incident h2 .sev { margin-right: var(--s-2); }
.incident h3 { margin: var(--s-3) 0 2px; color: var(--ink-2); }
.incident td:nth-child(-n+3), .incident td:nth-child(-n+3) code { white-space: nowrap; overflow-wrap: normal; }
.incident td:not(:last-child) { width: 1%; }
.incident td:first-child { color: var(--ink-3); font-variant-numeric: tabular-nums; }
.incident code { overflow-wrap: anywhere; }
.incident.gaps td:nth-child(n+2) { white-space: normal; width: auto; }
.incident ul, .incident ol { padding-left: 1.25rem; max-width: 82ch; }
.incident ul { list-style: disc; }
.incident ol { list-style: decimal; }
.incident li::marker { color: var(--ink-3); }
.overview { margin: var(--s-4) 0; }
.overview li { display: grid; grid-template-columns: 6.4rem minmax(0, 1fr); padding: 5px 0; border-bottom: 1px solid var(--line); }
.scene { margin: 0; padding: var(--s-2) var(--s-3); background: var(--sunk); border-radius: var(--radius); overflow-x: auto; font-size: var(--t-s); white-space: pre-wrap; overflow-wrap: anywhere; }
.receipt { margin-top: 2px; padding-left: var(--s-3); border-left: 2px solid var(--line-strong); color: var(--ink-2); font-size: var(--t-s); }
@media (max-width: 46rem) {
  .overview li { grid-template-columns: minmax(0, 1fr); }
  .incident table, .incident tbody { display: block; }
  .incident tr { display: flex; flex-wrap: wrap; column-gap: var(--s-3); padding: 6px 0; border-bottom: 1px solid var(--line); }
  .incident td { border: 0; padding: 0; }
  .incident td:not(:last-child) { width: auto; }
  .incident td:last-child { flex-basis: 100%; overflow-wrap: anywhere; }
}
";

/// The page.
pub fn render(report: &Incidents) -> String {
    let mut page = String::new();
    // Writing to a string never fails.
    let _ = write(&mut page, report);
    page
}

fn write(page: &mut String, report: &Incidents) -> fmt::Result {
    let style = format!("{STYLE}{OWN_STYLE}");
    write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'\">\n\
         <title>Catseye: {} incidents</title>\n<style>{style}</style>\n</head>\n<body>\n\
         <header class=\"top\"><div class=\"wide\">{BRAND}<p class=\"of\">{}</p></div></header>\n\
         <main class=\"wide\">\n",
        hash(&style),
        report.incidents.len(),
        Escaped(&report.facts()),
    )?;
    if report.incidents.is_empty() {
        page.push_str("<p class=\"calm\">No incidents.</p>\n");
    }
    overview(page, report)?;
    for incident in &report.incidents {
        let reach = report.in_reach.get(&incident.id).map(Vec::as_slice);
        one(page, incident, reach.unwrap_or_default())?;
    }
    if !report.gaps.is_empty() {
        page.push_str("<section class=\"incident gaps\"><h2>Not judged</h2>\n<table>\n");
        for gap in &report.gaps {
            let why = match gap.lacks {
                Some(lacks) => format!("asks for {lacks}"),
                None => format!("{} events lack {}", gap.events, gap.missing.join(", ")),
            };
            writeln!(
                page,
                "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
                Escaped(&gap.rule),
                Escaped(&gap.title),
                Escaped(&why),
            )?;
        }
        page.push_str("</table></section>\n");
    }
    page.push_str("</main>\n<footer>This file loads nothing.</footer>\n</body>\n</html>\n");
    Ok(())
}

/// What there is, worst first, and what there is beside it.
fn overview(page: &mut String, report: &Incidents) -> fmt::Result {
    if report.incidents.len() > 1 {
        page.push_str("<ol class=\"overview\">\n");
        for incident in &report.incidents {
            writeln!(
                page,
                "<li>{} <span><a href=\"#{}\">{}</a>: {}</span></li>",
                severity(incident.severity),
                Escaped(&incident.id),
                Escaped(&incident.actor),
                Escaped(&incident.title),
            )?;
        }
        page.push_str("</ol>\n");
    }
    let mut beside = report.beside();
    if !report.learned_before {
        beside.push("nothing was known before this log: learn ordinary days first".to_owned());
    }
    if !beside.is_empty() {
        writeln!(
            page,
            "<p class=\"faint\">{}.</p>",
            Escaped(&beside.join("; "))
        )?;
    }
    Ok(())
}

/// Text in which `backticks` mark what is typed or named.
fn coded(text: &str) -> String {
    let mut marked = String::new();
    for (number, part) in text.split('`').enumerate() {
        let _ = match number % 2 {
            0 => write!(marked, "{}", Escaped(part)),
            _ => write!(marked, "<code>{}</code>", Escaped(part)),
        };
    }
    marked
}

/// A process as deep in the tree as it is.
fn indented(process: &SceneProcess) -> String {
    format!(
        "{}{}",
        "  ".repeat(process.depth),
        scene::process_words(process)
    )
}

fn one(page: &mut String, incident: &Incident, in_reach: &[InReach]) -> fmt::Result {
    let tactics: Vec<&str> = incident.tactics.iter().map(|it| it.as_str()).collect();
    write!(
        page,
        "<section class=\"incident\" id=\"{}\"><h2>{} {}: {}</h2>\n\
         <p class=\"faint\">{} · {} · {} – {} · {}</p>\n<h3>Why</h3><ul>",
        Escaped(&incident.id),
        severity(incident.severity),
        Escaped(&incident.actor),
        Escaped(&incident.title),
        Escaped(&incident.id),
        incident.kind,
        incident.first.strftime("%Y-%m-%d %H:%M:%S"),
        incident.last.strftime("%Y-%m-%d %H:%M:%S"),
        tactics.join(" → "),
    )?;
    for reason in &incident.reasons {
        write!(page, "<li>{}</li>", Escaped(reason))?;
    }
    page.push_str("</ul>\n<h3>From</h3><ul>");
    for session in &incident.sessions {
        write!(
            page,
            "<li><code>{}</code> with <code>{}</code>, {} events</li>",
            Escaped(&session.source),
            Escaped(&session.agent),
            session.events
        )?;
    }
    page.push_str("</ul>\n<h3>Timeline (UTC)</h3>\n<table>\n");
    for evidence in &incident.evidence {
        write!(
            page,
            "<tr><td>{}</td><td>{}</td><td><code>{}</code></td><td>{} {}",
            evidence.first.strftime("%m-%d %H:%M:%S"),
            severity(evidence.severity),
            Escaped(&evidence.id),
            Escaped(&evidence.message),
            if evidence.count > 1 {
                format!("(×{})", evidence.count)
            } else {
                String::new()
            },
        )?;
        if let Some(receipt) = &evidence.receipt {
            write!(
                page,
                "<div class=\"receipt\">past: {}",
                Escaped(&receipt.past())
            )?;
            for part in &receipt.parts {
                write!(
                    page,
                    "<br>{:.1} bits × {:.2}: {} {}: {}",
                    part.bits,
                    part.weight,
                    part.what,
                    Escaped(&part.value),
                    Escaped(&part.because)
                )?;
            }
            page.push_str("</div>");
        }
        page.push_str("</td></tr>\n");
    }
    page.push_str("</table>\n<h3>Objects</h3><p>");
    let objects: Vec<&str> = incident.objects.keys().map(String::as_str).collect();
    write!(page, "{}", Escaped(&objects.join(", ")))?;
    page.push_str("</p>\n");
    if let Some(known) = &incident.scene {
        for (title, lines) in [
            (
                "Processes",
                known.processes.iter().map(indented).collect::<Vec<_>>(),
            ),
            (
                "Connections",
                known
                    .connections
                    .iter()
                    .map(scene::connection_words)
                    .collect(),
            ),
            (
                "Names asked for",
                known.names.iter().map(|it| it.name.clone()).collect(),
            ),
        ] {
            if lines.is_empty() {
                continue;
            }
            write!(page, "<h3>{title}</h3><pre class=\"scene\">")?;
            for line in lines {
                writeln!(page, "{}", Escaped(&line))?;
            }
            page.push_str("</pre>\n");
        }
    }
    if !in_reach.is_empty() {
        page.push_str("<h3>In reach</h3>\n");
    }
    for reach in in_reach {
        let words = super::reach_words(reach);
        write!(page, "<p>{}</p><ol class=\"receipt\">", Escaped(&words))?;
        for step in &reach.steps {
            write!(page, "<li>{}</li>", Escaped(step))?;
        }
        page.push_str("</ol>\n");
    }
    page.push_str("<h3>Do</h3><ol>");
    for advice in &incident.advice {
        write!(page, "<li>{}</li>", coded(advice))?;
    }
    page.push_str("</ol></section>\n");
    Ok(())
}
