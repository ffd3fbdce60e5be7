//! Incidents for people at a terminal: what happened, why it is bad, what shows it, what to do.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::Style;
use catseye_detect::incident::{Evidence, Incident};

use super::{InReach, Incidents, scene};
use crate::table::{BOLD, DIM, severity_style, styled};
use crate::visible::one_line;

/// The incidents as text with ANSI styles.
pub fn render(report: &Incidents) -> String {
    let mut text = String::new();
    for incident in &report.incidents {
        let reach = report.in_reach.get(&incident.id).map(Vec::as_slice);
        one(&mut text, incident, reach.unwrap_or_default());
    }
    gaps(&mut text, report);
    let count = report.incidents.len();
    let mut end = format!("{count} incident{}", if count == 1 { "" } else { "s" });
    for words in report.beside() {
        let _ = write!(end, ", {words}");
    }
    let _ = writeln!(text, "{}; {}", styled(BOLD, end), report.facts());
    if !report.learned_before {
        let _ = writeln!(
            text,
            "{}",
            styled(
                DIM,
                "Nothing was known before this log: learn ordinary days with --trust --write-baseline FILE, \
                 then give --baseline FILE."
            )
        );
    }
    text
}

fn one(text: &mut String, incident: &Incident, in_reach: &[InReach]) {
    let style = severity_style(incident.severity);
    let _ = writeln!(
        text,
        "{} {}  {}",
        styled(style, format!("{:<8}", incident.severity)),
        styled(BOLD, one_line(&incident.actor)),
        one_line(&incident.title),
    );
    let tactics: Vec<&str> = incident.tactics.iter().map(|it| it.as_str()).collect();
    line(
        text,
        DIM,
        &format!(
            "{}, {}, {} – {}; {}",
            incident.id,
            incident.kind,
            incident.first.strftime("%Y-%m-%d %H:%M:%S"),
            incident.last.strftime("%m-%d %H:%M:%S"),
            tactics.join(" → "),
        ),
    );
    for session in incident.sessions.iter().take(4) {
        let source = if session.source.is_empty() {
            "nowhere"
        } else {
            &session.source
        };
        let agent = if session.agent.is_empty() {
            "an unnamed program"
        } else {
            &session.agent
        };
        line(
            text,
            DIM,
            &format!("from {source} with {agent}: {} events", session.events),
        );
    }
    if incident.sessions.len() > 4 {
        line(
            text,
            DIM,
            &format!("and {} more sessions", incident.sessions.len() - 4),
        );
    }
    let _ = writeln!(text, "  Why:");
    for reason in &incident.reasons {
        line(text, Style::new(), &format!("  {reason}"));
    }
    let _ = writeln!(text, "  Timeline (UTC):");
    for evidence in &incident.evidence {
        timeline(text, evidence);
    }
    if let Some(scene) = &incident.scene {
        scene::write(text, scene);
    }
    if !in_reach.is_empty() {
        let _ = writeln!(text, "  In reach:");
    }
    for reach in in_reach {
        line(
            text,
            Style::new(),
            &format!("  {}", super::reach_words(reach)),
        );
        for step in &reach.steps {
            line(text, DIM, &format!("      {step}"));
        }
    }
    let _ = writeln!(text, "  Do:");
    for (number, advice) in incident.advice.iter().enumerate() {
        line(text, Style::new(), &format!("  {}. {advice}", number + 1));
    }
    text.push('\n');
}

fn timeline(text: &mut String, evidence: &Evidence) {
    let times = if evidence.count > 1 {
        format!(" ×{}", evidence.count)
    } else {
        String::new()
    };
    let through = evidence.through.as_ref();
    let through = through.map_or_else(String::new, |it| format!(" (through {it})"));
    let _ = writeln!(
        text,
        "    {} {} {}{times} {}{through}",
        evidence.first.strftime("%m-%d %H:%M:%S"),
        styled(
            severity_style(evidence.severity),
            format!("{:<8}", evidence.severity)
        ),
        one_line(&evidence.id),
        one_line(&evidence.message),
    );
    if let Some(receipt) = &evidence.receipt {
        line(text, DIM, &format!("      past: {}", receipt.past()));
        for part in &receipt.parts {
            line(
                text,
                DIM,
                &format!(
                    "      {:.1} bits × {:.2}: {} {}: {}",
                    part.bits, part.weight, part.what, part.value, part.because
                ),
            );
        }
    }
}

fn line(text: &mut String, style: Style, words: &str) {
    let _ = writeln!(text, "  {}", styled(style, one_line(words)));
}

fn gaps(text: &mut String, report: &Incidents) {
    let blind: Vec<&str> = report
        .gaps
        .iter()
        .filter(|gap| gap.blind && gap.lacks.is_none())
        .map(|gap| gap.rule.as_str())
        .collect();
    if !blind.is_empty() {
        let _ = writeln!(
            text,
            "{}",
            styled(
                DIM,
                format!(
                    "Not judged, for lack of what the log leaves out: {}. `catseye audit coverage` says more.",
                    blind.join(", ")
                )
            )
        );
    }
    let mut asked: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for gap in &report.gaps {
        if let Some(lacks) = gap.lacks {
            asked.entry(lacks).or_default().push(&gap.rule);
        }
    }
    for (lacks, rules) in asked {
        let words = format!("Not judged without {lacks}: {}.", rules.join(", "));
        let _ = writeln!(text, "{}", styled(DIM, words));
    }
}
