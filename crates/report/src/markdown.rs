//! Markdown, for the comment on a pull request: what matters first, the rest folded away.
//!
//! Everything that a manifest says goes through [`escape`]; the texts of checks are ours and are Markdown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use catseye_model::Severity;

use crate::scan::{Finding, FrameworkResult, Level, Scan, Status};
use crate::wording::{
    by_severity, container_of, counted, left_out, objects_in_files, where_noticed,
};

mod escape;

use escape::{code, text};

/// How many findings are listed before the rest is counted.
const FINDINGS_SHOWN: usize = 50;

/// How many notices and failed controls are listed before the rest is counted.
const LINES_SHOWN: usize = 20;

/// A comment on GitHub holds 65,536 characters; what comes after the table stops well before.
const BUDGET: usize = 50_000;

/// By this line a CI job finds its earlier comment, to replace it.
const MARKER: &str = "<!-- catseye -->";

/// The scan as GitHub-flavoured Markdown.
pub fn render(scan: &Scan) -> String {
    let mut page = format!("{MARKER}\n");
    heading(&mut page, scan);
    errors(&mut page, scan);
    let shown = findings(&mut page, scan);
    fixes(&mut page, scan, &shown);
    compliance(&mut page, scan);
    notices(&mut page, scan);
    page
}

fn heading(page: &mut String, scan: &Scan) {
    let summary = &scan.summary;
    let counts = by_severity(&summary.findings);
    let found = if counts.is_empty() {
        "no findings".to_owned()
    } else {
        counts
    };
    let _ = writeln!(page, "### Catseye: {found}\n");
    let mut facts = vec![
        format!("Score **{}** of 100", summary.score),
        objects_in_files(summary),
        counted(summary.checks, "check"),
        format!("Kubernetes {}", text(&scan.kubernetes_version)),
    ];
    facts.extend(left_out(scan));
    let _ = writeln!(page, "{}\n", facts.join(" · "));
}

fn errors(page: &mut String, scan: &Scan) {
    if scan.summary.errors > 0 {
        let inputs = counted(scan.summary.errors, "input");
        let _ = writeln!(
            page,
            "> **{inputs} could not be read**, so this is not the whole picture; see the notices below.\n"
        );
    }
}

/// The table; returns the checks in it, in its order.
fn findings(page: &mut String, scan: &Scan) -> Vec<&'static str> {
    let mut checks = Vec::new();
    if scan.findings.is_empty() {
        return checks;
    }
    page.push_str("| Severity | Check | Object | Where | What |\n|---|---|---|---|---|\n");
    let mut seen = BTreeSet::new();
    let mut shown = 0;
    for finding in scan.findings.iter().take(FINDINGS_SHOWN) {
        if page.len() > BUDGET {
            break;
        }
        row(page, scan, finding);
        shown += 1;
        if seen.insert(finding.check) {
            checks.push(finding.check);
        }
    }
    let rest = scan.findings.get(shown..).unwrap_or_default();
    page.push('\n');
    if !rest.is_empty() {
        let mut counts: BTreeMap<Severity, usize> = BTreeMap::new();
        for finding in rest {
            *counts.entry(finding.severity).or_default() += 1;
        }
        let _ = writeln!(
            page,
            "… and {} more: {}.\n",
            rest.len(),
            by_severity(&counts)
        );
    }
    checks
}

fn row(page: &mut String, scan: &Scan, finding: &Finding) {
    let title = scan
        .checks
        .get(finding.check)
        .map_or("", |check| check.title);
    let mut location = String::new();
    let mut what = title.to_owned();
    if let Some((first, rest)) = finding.places.split_first() {
        if !finding.file.is_empty() {
            location = code(&format!("{}:{}", finding.file, first.position.line));
        }
        let container =
            container_of(first).map_or_else(String::new, |name| format!("{}: ", code(name)));
        let _ = write!(what, "<br>{container}{}", text(&first.message));
        if !rest.is_empty() {
            let _ = write!(what, " (and {})", counted(rest.len(), "more place"));
        }
    }
    let severity = match finding.severity {
        severity @ (Severity::Critical | Severity::High) => format!("**{severity}**"),
        severity => severity.to_string(),
    };
    let _ = writeln!(
        page,
        "| {severity} | {} | {} | {location} | {what} |",
        finding.check,
        code(&finding.object.display()),
    );
}

fn fixes(page: &mut String, scan: &Scan, checks: &[&'static str]) {
    if checks.is_empty() {
        return;
    }
    page.push_str("<details>\n<summary>How to fix</summary>\n");
    let mut left = 0_usize;
    for id in checks {
        let Some(check) = scan.checks.get(id) else {
            continue;
        };
        if page.len() + check.fix.len() > BUDGET {
            left += 1;
            continue;
        }
        let _ = writeln!(page, "\n#### {id} {}\n\n{}", check.title, check.fix);
    }
    if left > 0 {
        let _ = writeln!(page, "\nFor {left} more: `catseye explain`.");
    }
    page.push_str("\n</details>\n\n");
}

fn compliance(page: &mut String, scan: &Scan) {
    if scan.frameworks.is_empty() || page.len() > BUDGET {
        return;
    }
    page.push_str("<details>\n<summary>Compliance</summary>\n\n");
    page.push_str("| Framework | Pass | Fail | Unknown | Not applicable | Not covered |\n");
    page.push_str("|---|--:|--:|--:|--:|--:|\n");
    for framework in &scan.frameworks {
        let count = |status| {
            let controls = framework.controls.iter();
            controls.filter(|control| control.status == status).count()
        };
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} |",
            text(&framework.title),
            count(Status::Pass),
            count(Status::Fail),
            count(Status::Unknown),
            count(Status::NotApplicable),
            count(Status::NotCovered),
        );
    }
    for framework in &scan.frameworks {
        failed_controls(page, framework);
    }
    page.push_str("\n</details>\n\n");
}

fn failed_controls(page: &mut String, framework: &FrameworkResult) {
    let failed: Vec<_> = framework
        .controls
        .iter()
        .filter(|control| control.status == Status::Fail)
        .collect();
    if failed.is_empty() || page.len() > BUDGET {
        return;
    }
    let _ = writeln!(page, "\n**{}**, failed:\n", text(&framework.title));
    for control in failed.iter().take(LINES_SHOWN) {
        let _ = writeln!(
            page,
            "- {} {}: {} of {}",
            text(&control.id),
            text(&control.title),
            control.failed,
            counted(control.judged, "object"),
        );
    }
    if failed.len() > LINES_SHOWN {
        let _ = writeln!(page, "- … and {} more", failed.len() - LINES_SHOWN);
    }
}

fn notices(page: &mut String, scan: &Scan) {
    if scan.notices.is_empty() || page.len() > BUDGET {
        return;
    }
    let open = if scan.summary.errors > 0 { " open" } else { "" };
    let count = counted(scan.notices.len(), "notice");
    let _ = writeln!(page, "<details{open}>\n<summary>{count}</summary>\n");
    let mut shown = 0;
    for notice in scan.notices.iter().take(LINES_SHOWN) {
        if page.len() > BUDGET {
            break;
        }
        shown += 1;
        let level = match notice.level {
            Level::Error => "**error**",
            Level::Warning => "warning",
            Level::Note => "note",
        };
        let place = where_noticed(notice);
        let place = if place.is_empty() {
            String::new()
        } else {
            format!(" {}", code(&place))
        };
        let _ = writeln!(page, "- {level}{place}: {}", text(&notice.message));
    }
    if scan.notices.len() > shown {
        let _ = writeln!(page, "- … and {} more", scan.notices.len() - shown);
    }
    page.push_str("\n</details>\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_scan_as_markdown() {
        insta::assert_snapshot!(render(&fixture::shop()));
    }

    #[test]
    fn hostile_names_as_markdown() {
        insta::assert_snapshot!(render(&fixture::hostile()));
    }

    #[test]
    fn hostile_names_make_no_elements() {
        let page = render(&fixture::hostile());
        for event in pulldown_cmark::Parser::new_ext(&page, pulldown_cmark::Options::ENABLE_TABLES)
        {
            use pulldown_cmark::{Event, Tag};
            match event {
                Event::Html(html) | Event::InlineHtml(html) => {
                    assert!(
                        [
                            "<!--",
                            "<details",
                            "</details",
                            "<summary",
                            "<code>",
                            "<br>",
                            "</code>"
                        ]
                        .iter()
                        .any(|ours| html.starts_with(ours)),
                        "{html}"
                    );
                }
                Event::Start(Tag::Link { dest_url, .. }) => {
                    assert!(dest_url.starts_with("https://kubernetes.io/"), "{dest_url}");
                }
                Event::Start(Tag::Image { .. }) => panic!("an image"),
                _ => {}
            }
        }
    }

    #[test]
    fn a_long_list_is_cut_and_counted() {
        let page = render(&fixture::large(1000));
        assert_eq!(page.matches("\n| **").count(), FINDINGS_SHOWN);
        assert!(page.contains("… and 4009 more: 9 critical,"), "{page}");
        assert!(page.len() < 65_536);
    }

    #[test]
    fn long_messages_do_not_fill_the_comment() {
        let mut scan = fixture::large(60);
        for finding in &mut scan.findings {
            finding.places[0].message = "|".repeat(10_000);
        }
        assert!(render(&scan).len() < 65_536);
    }

    #[test]
    fn a_clean_scan_says_so() {
        let page = render(&fixture::scan(Vec::new()));
        assert!(page.contains("### Catseye: no findings"));
        assert!(!page.contains("<details>"));
    }
}
