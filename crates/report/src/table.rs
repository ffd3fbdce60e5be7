//! The form for people at a terminal: grouped by object, worst first, with the line; then the fixes, once each.
//!
//! Styling is ANSI throughout; the caller strips it where the output is no terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Color, Style};
use catseye_model::Severity;

use crate::scan::{Finding, Level, Scan, Status};
use crate::visible::one_line;
use crate::wording::{
    container_of, counted, first_sentences, left_out, objects_in_files, where_noticed,
};
use crate::worst_first::groups;

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();

fn color(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(Color::Ansi(color)))
}

pub(crate) fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Critical => color(AnsiColor::Red).bold(),
        Severity::High => color(AnsiColor::Red),
        Severity::Medium => color(AnsiColor::Yellow),
        Severity::Low => color(AnsiColor::Cyan),
        Severity::Info => DIM,
    }
}

pub(crate) fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// How many places of one finding are listed before the rest is counted.
const PLACES_SHOWN: usize = 4;

/// The scan as text with ANSI styles.
pub fn render(scan: &Scan) -> String {
    let mut text = String::new();
    notices(&mut text, scan);
    objects(&mut text, scan);
    fixes(&mut text, scan);
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
        let mut place = where_noticed(notice);
        if !place.is_empty() {
            place.push_str(": ");
        }
        let told = one_line(&format!("{place}{}", notice.message));
        let _ = writeln!(text, "{}: {told}", styled(style, word));
    }
    if !scan.notices.is_empty() {
        text.push('\n');
    }
}

fn objects(text: &mut String, scan: &Scan) {
    for group in groups(scan) {
        let mut about = Vec::new();
        if !group.file.is_empty() {
            about.push(one_line(group.file));
        }
        if let Some(score) = group.score {
            about.push(format!("score {}", score.score));
        }
        if let Some(owner) = &group.object.owner {
            about.push(format!("owner {}", one_line(owner)));
        }
        let _ = writeln!(
            text,
            "{}  {}",
            styled(BOLD, one_line(&group.display)),
            styled(DIM, about.join("  ")),
        );
        for finding in group.findings {
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
        "  {} {}  {title}",
        styled(
            severity_style(finding.severity),
            format!("{:<8}", finding.severity.as_str())
        ),
        styled(DIM, format!("{:<8}", finding.check)),
    );
    for place in finding.places.iter().take(PLACES_SHOWN) {
        let container = container_of(place).map(|name| format!("{name}: "));
        // An object that was read from a cluster stands in no file.
        let position = if finding.file.is_empty() {
            String::new()
        } else {
            format!("{}:{}", place.position.line, place.position.column)
        };
        let _ = writeln!(
            text,
            "    {}  {}{}  {}",
            styled(DIM, format!("{position:>15}")),
            one_line(&container.unwrap_or_default()),
            one_line(&place.message),
            styled(DIM, one_line(&place.path)),
        );
    }
    if finding.places.len() > PLACES_SHOWN {
        let more = counted(finding.places.len() - PLACES_SHOWN, "more place");
        let _ = writeln!(text, "{:21}{}", "", styled(DIM, format!("… and {more}")));
    }
}

/// What to do, once for each check, in the order of the findings.
fn fixes(text: &mut String, scan: &Scan) {
    let mut objects: BTreeMap<&str, usize> = BTreeMap::new();
    let mut order = Vec::new();
    for finding in &scan.findings {
        let count = objects.entry(finding.check).or_default();
        if *count == 0 {
            order.push(finding.check);
        }
        *count += 1;
    }
    let fixes: Vec<(&str, String)> = order
        .into_iter()
        .filter_map(|id| Some((id, first_sentences(&scan.checks.get(id)?.fix))))
        .filter(|(_, fix)| !fix.is_empty())
        .collect();
    if fixes.is_empty() {
        return;
    }
    let _ = writeln!(text, "{}", styled(BOLD, "What to do"));
    for (id, fix) in fixes {
        let count = objects.get(id).copied().unwrap_or_default();
        let _ = writeln!(
            text,
            "  {} {}  {fix}",
            styled(color(AnsiColor::Green), format!("{id:<8}")),
            styled(DIM, format!("{:>12}", counted(count, "object"))),
        );
    }
    text.push('\n');
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
            one_line(&object.object),
            styled(DIM, object.checks.join(" ")),
        );
    }
    text.push('\n');
}

fn summary(text: &mut String, scan: &Scan) {
    let summary = &scan.summary;
    let _ = writeln!(
        text,
        "{}: {}, {} checks, Kubernetes {}",
        objects_in_files(summary),
        counted(summary.workloads, "workload"),
        summary.checks,
        one_line(&scan.kubernetes_version),
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
    let rest = left_out(scan);
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
    let worst = scan.findings.first();
    if let Some(worst) = worst.filter(|worst| worst.severity >= Severity::High) {
        let hint = format!("why it matters: catseye explain {}", worst.check);
        let _ = writeln!(text, "{}", styled(DIM, hint));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::fixture;

    /// The text without its styles.
    fn plain(scan: &Scan) -> String {
        let mut text = String::new();
        for (index, part) in render(scan).split("\u{1b}[").enumerate() {
            let shown = match index {
                0 => part,
                _ => part.split_once('m').expect("a style").1,
            };
            text.push_str(shown);
        }
        text
    }

    #[test]
    fn a_scan_as_a_table() {
        insta::assert_snapshot!(plain(&fixture::shop()));
    }

    #[test]
    fn a_clean_scan_says_so() {
        assert!(plain(&fixture::scan(Vec::new())).contains("no findings\n"));
    }

    #[test]
    fn names_neither_break_lines_nor_reach_the_terminal() {
        let mut scan = fixture::hostile();
        for finding in &mut scan.findings {
            Arc::make_mut(&mut finding.object)
                .name
                .push_str("\u{1b}[2J");
        }
        let text = plain(&scan);
        assert!(text.contains("\u{fffd}[2J"), "{text}");
        assert!(
            text.lines().all(|line| !line.starts_with("# [x]")),
            "{text}"
        );
    }
}
