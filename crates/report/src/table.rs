//! The form for people at a terminal: grouped by object, worst first, with the line and the fix.
//!
//! Styling is ANSI throughout; the caller strips it where the output is no terminal.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anstyle::{AnsiColor, Color, Style};
use catseye_model::Severity;

use crate::scan::{Finding, Level, Scan, Status};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

fn color(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(Color::Ansi(color)))
}

fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Critical => color(AnsiColor::Red).bold(),
        Severity::High => color(AnsiColor::Red),
        Severity::Medium => color(AnsiColor::Yellow),
        Severity::Low => color(AnsiColor::Cyan),
        Severity::Info => DIM,
    }
}

fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// How many places of one finding are listed before the rest is counted.
const PLACES_SHOWN: usize = 4;

/// The scan as text with ANSI styles.
pub fn render(scan: &Scan) -> String {
    let mut text = String::new();
    notices(&mut text, scan);
    objects(&mut text, scan);
    frameworks(&mut text, scan);
    passed(&mut text, scan);
    summary(&mut text, scan);
    text
}

fn notices(text: &mut String, scan: &Scan) {
    for notice in &scan.notices {
        let (word, style) = match notice.level {
            Level::Error => ("error", color(AnsiColor::Red).bold()),
            Level::Warning => ("warning", color(AnsiColor::Yellow)),
            Level::Note => ("note", DIM),
        };
        let mut place = notice.file.clone().unwrap_or_default();
        for number in [notice.line, notice.column].into_iter().flatten() {
            let _ = write!(place, ":{number}");
        }
        if !place.is_empty() {
            place.push_str(": ");
        }
        let _ = writeln!(text, "{}: {place}{}", styled(style, word), notice.message);
    }
    if !scan.notices.is_empty() {
        text.push('\n');
    }
}

fn objects(text: &mut String, scan: &Scan) {
    // Findings come worst first; objects keep the order of their worst finding, then of their score.
    let mut groups: BTreeMap<(&str, String), Vec<&Finding>> = BTreeMap::new();
    for finding in &scan.findings {
        groups
            .entry((&finding.file, finding.object.display()))
            .or_default()
            .push(finding);
    }
    let scores: BTreeMap<(&str, String), u8> = scan
        .scores
        .iter()
        .map(|score| ((score.file.as_str(), score.object.display()), score.score))
        .collect();
    let mut ordered: Vec<_> = groups.into_iter().collect();
    ordered.sort_by_key(|(key, findings)| {
        let worst = findings.iter().map(|finding| finding.severity).max();
        (
            std::cmp::Reverse(worst),
            scores.get(key).copied().unwrap_or(100),
        )
    });
    for (key, findings) in ordered {
        let (file, object) = &key;
        let score = scores
            .get(&key)
            .map_or_else(String::new, |score| format!("  score {score}"));
        let owner = findings
            .iter()
            .find_map(|finding| finding.object.owner.as_deref())
            .map_or_else(String::new, |owner| format!("  owner {owner}"));
        let _ = writeln!(
            text,
            "{}  {}{}",
            styled(BOLD, object),
            styled(DIM, file),
            styled(DIM, format!("{score}{owner}")),
        );
        for finding in findings {
            self::finding(text, scan, finding);
        }
        text.push('\n');
    }
}

fn finding(text: &mut String, scan: &Scan, finding: &Finding) {
    let title = scan
        .checks
        .get(finding.check)
        .map_or("", |check| check.title);
    let _ = writeln!(
        text,
        "  {} {}  {}",
        styled(
            severity_style(finding.severity),
            format!("{:<8}", finding.severity.as_str())
        ),
        styled(DIM, format!("{:<8}", finding.check)),
        title,
    );
    for place in finding.places.iter().take(PLACES_SHOWN) {
        let container = place
            .container
            .as_ref()
            .filter(|name| !name.is_empty())
            .map(|name| format!("{name} "));
        let _ = writeln!(
            text,
            "           {}  {}{}  {}",
            styled(
                DIM,
                format!("{:>4}:{:<3}", place.position.line, place.position.column)
            ),
            container.unwrap_or_default(),
            place.message,
            styled(DIM, &place.path),
        );
    }
    if finding.places.len() > PLACES_SHOWN {
        let more = finding.places.len() - PLACES_SHOWN;
        let _ = writeln!(
            text,
            "           {}",
            styled(DIM, format!("… and {more} more places"))
        );
    }
    if let Some(check) = scan.checks.get(finding.check) {
        let fix = first_sentences(&check.fix);
        if !fix.is_empty() {
            let _ = writeln!(
                text,
                "           {} {fix}",
                styled(color(AnsiColor::Green), "fix:")
            );
        }
    }
}

/// The prose of a fix up to its snippet, on one line; `catseye explain` shows all of it.
fn first_sentences(fix: &str) -> String {
    let prose = fix.split("```").next().unwrap_or_default();
    let prose = prose.split("\n\n").next().unwrap_or_default();
    let line = prose.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.strip_suffix(':') {
        Some(line) => format!("{line} …"),
        None => line,
    }
}

fn frameworks(text: &mut String, scan: &Scan) {
    for framework in &scan.frameworks {
        let _ = writeln!(text, "{}", styled(BOLD, &framework.title));
        for control in &framework.controls {
            let style = match control.status {
                Status::Pass => color(AnsiColor::Green),
                Status::Fail => color(AnsiColor::Red),
                Status::Unknown => color(AnsiColor::Yellow),
                Status::NotApplicable | Status::NotCovered => DIM,
            };
            let counts = match control.status {
                Status::Fail => format!("  {} of {} objects", control.failed, control.judged),
                Status::Pass => format!("  {} objects", control.judged),
                _ => String::new(),
            };
            let note = control.note.as_ref().map(|note| format!("  {note}"));
            let _ = writeln!(
                text,
                "  {} {:<8} {}{}",
                styled(style, format!("{:<14}", control.status.as_str())),
                control.id,
                control.title,
                styled(DIM, format!("{counts}{}", note.unwrap_or_default())),
            );
        }
        text.push('\n');
    }
}

fn passed(text: &mut String, scan: &Scan) {
    let Some(passed) = &scan.passed else { return };
    for object in passed {
        let _ = writeln!(
            text,
            "{} {}  {}",
            styled(color(AnsiColor::Green), "passed"),
            object.object,
            styled(DIM, object.checks.join(" ")),
        );
    }
    text.push('\n');
}

fn summary(text: &mut String, scan: &Scan) {
    let summary = &scan.summary;
    let counted =
        |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    let _ = writeln!(
        text,
        "{} in {}: {}, {} checks, Kubernetes {}",
        counted(summary.objects, "object"),
        counted(summary.files, "file"),
        counted(summary.workloads, "workload"),
        summary.checks,
        scan.kubernetes_version,
    );
    let total: usize = summary.findings.values().sum();
    let by_severity: Vec<String> = summary
        .findings
        .iter()
        .rev()
        .filter(|(_, count)| **count > 0)
        .map(|(severity, count)| styled(severity_style(*severity), format!("{count} {severity}")))
        .collect();
    if total == 0 {
        let _ = writeln!(text, "{}", styled(color(AnsiColor::Green), "no findings"));
    } else {
        let _ = writeln!(
            text,
            "{}: {}",
            counted(total, "finding"),
            by_severity.join(", ")
        );
    }
    let mut rest = Vec::new();
    for (count, what) in [
        (summary.accepted, "hidden by exceptions"),
        (summary.known, "in the baseline"),
        (summary.below_severity, "below the severity asked for"),
        (summary.unknown, "not answerable from what is visible"),
    ] {
        if count > 0 {
            rest.push(format!("{count} {what}"));
        }
    }
    if !rest.is_empty() {
        let _ = writeln!(text, "{}", styled(DIM, rest.join(", ")));
    }
    if summary.errors > 0 {
        let style = color(AnsiColor::Red).bold();
        let inputs = counted(summary.errors, "input");
        let _ = writeln!(
            text,
            "{}",
            styled(style, format!("{inputs} could not be read (see above)"))
        );
    }
    let _ = writeln!(text, "score {} of 100", styled(BOLD, summary.score));
    let worst: BTreeSet<&str> = scan
        .findings
        .iter()
        .take_while(|finding| finding.severity >= Severity::High)
        .map(|finding| finding.check)
        .take(1)
        .collect();
    if let Some(id) = worst.first() {
        let _ = writeln!(
            text,
            "{}",
            styled(DIM, format!("why it matters: catseye explain {id}"))
        );
    }
}
