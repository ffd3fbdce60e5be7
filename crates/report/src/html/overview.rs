//! The top of the page: how bad it is, and where to begin.

use std::fmt::{self, Write as _};

use catseye_model::Severity;

use super::escape::Escaped;
use super::{band, severity};
use crate::scan::{FolderScore, Level, Scan};
use crate::wording::{counted, left_out, where_noticed};
use crate::worst_first::groups;

/// How many of the worst objects are named.
const WORST: usize = 5;

/// How many folders are listed before the rest is folded away.
const FOLDERS: usize = 6;

/// The width of the bar of severities, in its own units.
const BAR: usize = 1000;

/// The width that each part of it has at least.
const LEAST: usize = 12;

pub(super) fn write(page: &mut String, scan: &Scan) -> fmt::Result {
    page.push_str("<section id=\"overview\" class=\"wide\" aria-label=\"Overview\">\n");
    errors(page, scan)?;
    page.push_str("<div class=\"cards\">\n");
    score(page, scan)?;
    worst(page, scan)?;
    folders(page, &scan.folders)?;
    page.push_str("</div>\n");
    notices(page, scan)?;
    page.push_str("</section>\n");
    Ok(())
}

fn errors(page: &mut String, scan: &Scan) -> fmt::Result {
    if scan.summary.errors == 0 {
        return Ok(());
    }
    writeln!(
        page,
        "<p class=\"alarm\" role=\"note\"><strong>{} could not be read.</strong> \
         What stands there was not judged; see the <a href=\"#notices\">notices</a>.</p>",
        counted(scan.summary.errors, "input"),
    )
}

fn score(page: &mut String, scan: &Scan) -> fmt::Result {
    let summary = &scan.summary;
    let total: usize = summary.findings.values().sum();
    let findings = match total {
        0 => "No findings".to_owned(),
        _ => counted(total, "finding"),
    };
    write!(
        page,
        "<div class=\"card main\">\n<div class=\"figures\">\
         <p class=\"figure {}\"><b>{}</b><span>score of 100</span></p>\
         <p class=\"figure\"><b>{total}</b><span>{}</span></p></div>\n",
        band(summary.score),
        summary.score,
        if total == 1 { "finding" } else { "findings" },
    )?;
    bar(page, scan, &findings)?;
    page.push_str("<ul class=\"legend\">");
    for (level, count) in summary.findings.iter().rev() {
        let none = if *count == 0 { " class=\"none\"" } else { "" };
        write!(page, "<li{none}>{}<b>{count}</b></li>", severity(*level))?;
    }
    page.push_str("</ul>\n");
    let left_out = left_out(scan);
    if !left_out.is_empty() {
        writeln!(page, "<p class=\"faint\">{}</p>", left_out.join(" · "))?;
    }
    page.push_str("</div>\n");
    Ok(())
}

/// The severities as one bar. Every part that is not empty keeps a width that can be seen.
fn bar(page: &mut String, scan: &Scan, label: &str) -> fmt::Result {
    let counts: Vec<(Severity, usize)> = scan
        .summary
        .findings
        .iter()
        .rev()
        .filter(|(_, count)| **count > 0)
        .map(|(severity, count)| (*severity, *count))
        .collect();
    write!(
        page,
        "<svg class=\"bar\" viewBox=\"0 0 {BAR} 10\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"{label} by severity\"><rect class=\"empty\" width=\"{BAR}\" height=\"10\"/>",
    )?;
    let total: usize = counts.iter().map(|(_, count)| count).sum();
    let shared = BAR - LEAST * counts.len();
    let mut x = 0;
    for (index, (severity, count)) in counts.iter().enumerate() {
        let width = if index + 1 == counts.len() {
            BAR - x
        } else {
            LEAST + shared * count / total
        };
        write!(
            page,
            "<rect class=\"{severity}\" x=\"{x}\" width=\"{width}\" height=\"10\"><title>{count} {severity}</title></rect>",
        )?;
        x += width;
    }
    page.push_str("</svg>\n");
    Ok(())
}

fn worst(page: &mut String, scan: &Scan) -> fmt::Result {
    let groups = groups(scan);
    if groups.is_empty() {
        return Ok(());
    }
    page.push_str("<div class=\"card\">\n<h2>Begin here</h2>\n<ol class=\"rows\">\n");
    for (index, group) in groups.iter().take(WORST).enumerate() {
        let score = group.score.map_or(100, |score| score.score);
        writeln!(
            page,
            "<li><a href=\"#o{index}\">{}</a><span class=\"score {}\" title=\"{}\">{score}</span></li>",
            Escaped(&group.display),
            band(score),
            Escaped(group.score.map_or("", |score| &score.explained)),
        )?;
    }
    page.push_str("</ol>\n</div>\n");
    Ok(())
}

fn folders(page: &mut String, folders: &[FolderScore]) -> fmt::Result {
    // The root alone repeats the score of the scan.
    if folders.len() < 2 {
        return Ok(());
    }
    page.push_str("<div class=\"card\">\n<h2>Folders</h2>\n");
    let (shown, rest) = folders.split_at(folders.len().min(FOLDERS));
    folder_rows(page, shown)?;
    if !rest.is_empty() {
        writeln!(
            page,
            "<details class=\"more\"><summary>{} more</summary>",
            rest.len()
        )?;
        folder_rows(page, rest)?;
        page.push_str("</details>\n");
    }
    page.push_str("</div>\n");
    Ok(())
}

fn folder_rows(page: &mut String, folders: &[FolderScore]) -> fmt::Result {
    page.push_str("<ul class=\"rows\">\n");
    for folder in folders {
        writeln!(
            page,
            "<li><code>{}</code><span class=\"faint\">{}</span><span class=\"score {}\" title=\"{}\">{}</span></li>",
            Escaped(&folder.folder),
            counted(folder.objects, "object"),
            band(folder.score),
            Escaped(&folder.explained),
            folder.score,
        )?;
    }
    page.push_str("</ul>\n");
    Ok(())
}

fn notices(page: &mut String, scan: &Scan) -> fmt::Result {
    if scan.notices.is_empty() {
        return Ok(());
    }
    let open = if scan.summary.errors > 0 { " open" } else { "" };
    writeln!(
        page,
        "<details id=\"notices\" class=\"fold\"{open}><summary><h2>Notices</h2><span class=\"count\">{}</span></summary>\n<ul class=\"notices\">",
        scan.notices.len(),
    )?;
    for notice in &scan.notices {
        let level = match notice.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        };
        write!(
            page,
            "<li><span class=\"level {level}\">{level}</span><span>"
        )?;
        let place = where_noticed(notice);
        if !place.is_empty() {
            write!(page, "<code>{}</code> ", Escaped(&place))?;
        }
        writeln!(page, "{}</span></li>", Escaped(&notice.message))?;
    }
    page.push_str("</ul></details>\n");
    Ok(())
}
