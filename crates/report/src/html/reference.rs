//! The rest of the page, folded: compliance, exceptions, open questions, and the checks.

use std::cmp::Reverse;
use std::fmt::{self, Write as _};

use super::escape::Escaped;
use super::{prose, severity};
use crate::scan::{CheckInfo, ControlResult, FrameworkResult, Scan, Status};
use crate::wording::counted;

pub(super) fn write(page: &mut String, scan: &Scan) -> fmt::Result {
    page.push_str("<div class=\"wide\">\n");
    compliance(page, scan)?;
    accepted(page, scan)?;
    unknown(page, scan)?;
    passed(page, scan)?;
    checks(page, scan)?;
    page.push_str("</div>\n");
    Ok(())
}

/// In the order of the bar: what fails comes first.
const STATUSES: [Status; 5] = [
    Status::Fail,
    Status::Unknown,
    Status::Pass,
    Status::NotApplicable,
    Status::NotCovered,
];

/// The status as a class.
fn class(status: Status) -> &'static str {
    match status {
        Status::Pass => "pass",
        Status::Fail => "fail",
        Status::Unknown => "unknown",
        Status::NotApplicable => "not-applicable",
        Status::NotCovered => "not-covered",
    }
}

fn compliance(page: &mut String, scan: &Scan) -> fmt::Result {
    if scan.frameworks.is_empty() {
        return Ok(());
    }
    page.push_str(
        "<section id=\"compliance\" aria-labelledby=\"compliance-title\">\n\
         <h2 id=\"compliance-title\">Compliance</h2>\n\
         <p class=\"faint\">Before exceptions: an accepted risk is still not compliance.</p>\n",
    );
    for framework in &scan.frameworks {
        self::framework(page, scan, framework)?;
    }
    page.push_str("</section>\n");
    Ok(())
}

fn framework(page: &mut String, scan: &Scan, framework: &FrameworkResult) -> fmt::Result {
    let count = |status| {
        let controls = framework.controls.iter();
        controls.filter(|control| control.status == status).count()
    };
    let words: Vec<String> = STATUSES
        .into_iter()
        .filter(|status| count(*status) > 0)
        .map(|status| {
            format!(
                "<span class=\"status {}\"><b>{}</b> {}</span>",
                class(status),
                count(status),
                status.as_str()
            )
        })
        .collect();
    write!(
        page,
        "<details class=\"fold\"><summary><h3>{}</h3><span class=\"tally\">{}</span>",
        Escaped(&framework.title),
        words.join(""),
    )?;
    let total = framework.controls.len();
    write!(
        page,
        "<svg class=\"bar thin\" viewBox=\"0 0 {total} 1\" preserveAspectRatio=\"none\" aria-hidden=\"true\">",
    )?;
    let mut x = 0;
    for status in STATUSES {
        let width = count(status);
        if width > 0 {
            write!(
                page,
                "<rect class=\"{}\" x=\"{x}\" width=\"{width}\" height=\"1\"/>",
                class(status)
            )?;
        }
        x += width;
    }
    page.push_str(
        "</svg></summary>\n<div class=\"scroll\"><table><thead><tr><th>Control</th><th>Demand</th>\
         <th>Status</th><th class=\"number\">Failing</th><th>Checks</th></tr></thead><tbody>\n",
    );
    for control in &framework.controls {
        self::control(page, scan, control)?;
    }
    page.push_str("</tbody></table></div></details>\n");
    Ok(())
}

fn control(page: &mut String, scan: &Scan, control: &ControlResult) -> fmt::Result {
    write!(
        page,
        "<tr><td>{}</td><td>{}",
        Escaped(&control.id),
        Escaped(&control.title)
    )?;
    if let Some(note) = &control.note {
        write!(page, "<span class=\"note\">{}</span>", Escaped(note))?;
    }
    write!(
        page,
        "</td><td><span class=\"status {}\">{}</span></td><td class=\"number\">",
        class(control.status),
        control.status.as_str(),
    )?;
    if control.judged > 0 {
        write!(page, "{} of {}", control.failed, control.judged)?;
    }
    page.push_str("</td><td>");
    for id in &control.checks {
        if scan.checks.contains_key(id) {
            write!(page, "<a class=\"ref\" href=\"#check-{id}\">{id}</a> ")?;
        } else {
            write!(page, "<span class=\"ref\">{id}</span> ")?;
        }
    }
    page.push_str("</td></tr>\n");
    Ok(())
}

/// A folded table.
fn fold(
    page: &mut String,
    id: &str,
    title: &str,
    count: usize,
    columns: &[&str],
    rows: impl FnOnce(&mut String) -> fmt::Result,
) -> fmt::Result {
    if count == 0 {
        return Ok(());
    }
    write!(
        page,
        "<details id=\"{id}\" class=\"fold\"><summary><h2>{title}</h2><span class=\"count\">{count}</span>\
         </summary>\n<div class=\"scroll\"><table><thead><tr>",
    )?;
    for column in columns {
        write!(page, "<th>{column}</th>")?;
    }
    page.push_str("</tr></thead><tbody>\n");
    rows(page)?;
    page.push_str("</tbody></table></div></details>\n");
    Ok(())
}

fn accepted(page: &mut String, scan: &Scan) -> fmt::Result {
    let columns = ["Check", "Object", "Why it is accepted", "By", "Until"];
    fold(
        page,
        "accepted",
        "Accepted by exception",
        scan.accepted.len(),
        &columns,
        |page| {
            for accepted in &scan.accepted {
                writeln!(
                    page,
                    "<tr><td class=\"ids\"><a href=\"#check-{id}\">{id}</a></td><td>{}<span class=\"note\"><code>{}</code></span></td>\
                 <td>{}</td><td>{}</td><td class=\"ids\">{}</td></tr>",
                    Escaped(&accepted.object.display()),
                    Escaped(&accepted.path),
                    Escaped(&accepted.reason),
                    Escaped(accepted.author.as_deref().unwrap_or_default()),
                    Escaped(accepted.expires.as_deref().unwrap_or("open")),
                    id = accepted.check,
                )?;
            }
            Ok(())
        },
    )
}

fn unknown(page: &mut String, scan: &Scan) -> fmt::Result {
    let columns = ["Check", "Object", "Why it is open"];
    fold(
        page,
        "unknown",
        "Could not be answered",
        scan.unknown.len(),
        &columns,
        |page| {
            for unknown in &scan.unknown {
                writeln!(
                    page,
                    "<tr><td class=\"ids\">{}</td><td>{}</td><td>{}</td></tr>",
                    unknown.check,
                    Escaped(&unknown.object),
                    Escaped(&unknown.reason),
                )?;
            }
            Ok(())
        },
    )
}

fn passed(page: &mut String, scan: &Scan) -> fmt::Result {
    let passed = scan.passed.as_deref().unwrap_or_default();
    let columns = ["Object", "File", "Checks"];
    fold(page, "passed", "Passed", passed.len(), &columns, |page| {
        for object in passed {
            writeln!(
                page,
                "<tr><td>{}</td><td><code>{}</code></td><td>{}</td></tr>",
                Escaped(&object.object),
                Escaped(&object.file),
                object.checks.join(", "),
            )?;
        }
        Ok(())
    })
}

fn checks(page: &mut String, scan: &Scan) -> fmt::Result {
    if scan.checks.is_empty() {
        return Ok(());
    }
    page.push_str(
        "<section id=\"checks\" aria-labelledby=\"checks-title\">\n<h2 id=\"checks-title\">Checks</h2>\n\
         <p class=\"faint\">Why each finding matters, and what to do.</p>\n",
    );
    let mut worst_first: Vec<_> = scan.checks.iter().collect();
    worst_first.sort_by_key(|(_, info)| Reverse(info.severity));
    for (id, info) in worst_first {
        check(page, scan, id, info)?;
    }
    page.push_str("</section>\n");
    Ok(())
}

fn check(page: &mut String, scan: &Scan, id: &str, check: &CheckInfo) -> fmt::Result {
    let objects = scan
        .findings
        .iter()
        .filter(|finding| finding.check == id)
        .count();
    write!(
        page,
        "<details class=\"fold check\"><summary>{}<h3>{}</h3><span class=\"count\">{}</span><code class=\"id\">{id}</code></summary>\n\
         <div class=\"about\" id=\"check-{id}\">\n<div class=\"prose\">{}</div>\n\
         <div class=\"prose fix\"><h4>Fix</h4>{}</div>\n",
        severity(check.severity),
        Escaped(check.title),
        counted(objects, "object"),
        prose::of(&check.explanation),
        prose::of(&check.fix),
    )?;
    if !check.controls.is_empty() {
        page.push_str("<ul class=\"controls\" aria-label=\"Controls\">");
        for control in &check.controls {
            write!(page, "<li>{}</li>", Escaped(control))?;
        }
        page.push_str("</ul>\n");
    }
    page.push_str("</div></details>\n");
    Ok(())
}
