//! The findings, object by object, with the filters that the script brings to life.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use super::escape::Escaped;
use super::{band, severity};
use crate::scan::{Finding, Object, Place, Scan};
use crate::wording::{container_of, counted};
use crate::worst_first::{Group, groups};

pub(super) fn write(page: &mut String, scan: &Scan) -> fmt::Result {
    page.push_str("<section id=\"findings\" class=\"wide\" aria-labelledby=\"findings-title\">\n");
    page.push_str("<h2 id=\"findings-title\">Findings</h2>\n");
    if scan.findings.is_empty() {
        page.push_str("<p class=\"calm\">Nothing found.</p>\n</section>\n");
        return Ok(());
    }
    filters(page, scan)?;
    page.push_str("<div id=\"objects\">\n");
    for (index, group) in groups(scan).iter().enumerate() {
        object(page, scan, index, group)?;
    }
    page.push_str(
        "</div>\n<p id=\"nothing\" class=\"calm\" hidden>No finding matches these filters.</p>\n\
         </section>\n",
    );
    Ok(())
}

fn filters(page: &mut String, scan: &Scan) -> fmt::Result {
    page.push_str(
        "<form id=\"filters\" role=\"search\" aria-label=\"Filter findings\" hidden>\n\
         <div class=\"search\"><input type=\"search\" id=\"query\" autocomplete=\"off\" \
         spellcheck=\"false\" placeholder=\"Search objects, files, messages\" \
         aria-label=\"Search findings\"><kbd aria-hidden=\"true\">/</kbd></div>\n\
         <div class=\"chips\" role=\"group\" aria-label=\"Severity\">",
    );
    for (level, count) in scan.summary.findings.iter().rev() {
        if *count > 0 {
            write!(
                page,
                "<button type=\"button\" class=\"chip\" aria-pressed=\"false\" data-severity=\"{level}\">{}<b>{count}</b></button>",
                severity(*level),
            )?;
        }
    }
    page.push_str("</div>\n<div class=\"selects\">");
    let title = |id: &str| scan.checks.get(id).map_or("", |check| check.title);
    let checks: BTreeSet<_> = scan.findings.iter().map(|it| Some(it.check)).collect();
    select(page, "check", &checks, |id| format!("{id} {}", title(id)))?;
    for (name, value) in OBJECT_FILTERS {
        let objects = scan.findings.iter().map(|finding| &finding.object);
        let values: BTreeSet<_> = objects.map(|object| value(object)).collect();
        select(page, name, &values, str::to_owned)?;
    }
    page.push_str(
        "<label>sort<select id=\"sort\"><option value=\"worst\">worst first</option>\
         <option value=\"score\">lowest score</option><option value=\"most\">most findings</option>\
         <option value=\"name\">name</option><option value=\"file\">file</option></select></label></div>\n\
         <p class=\"faint\"><span id=\"shown\" role=\"status\"></span> \
         <button type=\"button\" id=\"clear\" class=\"quiet\" hidden>Clear filters <kbd>Esc</kbd></button></p>\n\
         </form>\n",
    );
    Ok(())
}

/// A name, and what an object has under it.
type ObjectFilter = (&'static str, fn(&Object) -> Option<&str>);

/// What objects are filtered by.
const OBJECT_FILTERS: [ObjectFilter; 3] = [
    ("namespace", |object| object.namespace.as_deref()),
    ("application", |object| Some(&object.application)),
    ("owner", |object| object.owner.as_deref()),
];

/// A choice of one value; where all findings agree there is nothing to choose. An option's value
/// begins with `=`, so that the empty one means all.
fn select(
    page: &mut String,
    name: &str,
    values: &BTreeSet<Option<&str>>,
    text: impl Fn(&str) -> String,
) -> fmt::Result {
    if values.len() < 2 {
        return Ok(());
    }
    write!(
        page,
        "<label>{name}<select data-filter=\"{name}\"><option value=\"\">all</option>"
    )?;
    for value in values.iter().flatten() {
        let text = text(value);
        write!(
            page,
            "<option value=\"={}\">{}</option>",
            Escaped(value),
            Escaped(&text)
        )?;
    }
    page.push_str("</select></label>");
    Ok(())
}

fn object(page: &mut String, scan: &Scan, index: usize, group: &Group<'_>) -> fmt::Result {
    let object = group.object;
    let score = group.score.map_or(100, |score| score.score);
    write!(
        page,
        "<section class=\"object\" id=\"o{index}\" data-score=\"{score}\" data-name=\"{}\" \
         data-file=\"{}\" data-namespace=\"{}\" data-application=\"{}\" data-owner=\"{}\">\n\
         <header><h3>{}</h3><span class=\"score {}\" title=\"{}\"><span class=\"aside\">score </span>{score}</span>\
         <p class=\"faint\">",
        Escaped(&group.display),
        Escaped(group.file),
        Escaped(object.namespace.as_deref().unwrap_or_default()),
        Escaped(&object.application),
        Escaped(object.owner.as_deref().unwrap_or_default()),
        Escaped(&group.display),
        band(score),
        Escaped(group.score.map_or("", |score| &score.explained)),
    )?;
    if !group.file.is_empty() {
        write!(page, "<code>{}</code>", Escaped(group.file))?;
    }
    if object.application != object.name && !object.application.is_empty() {
        write!(
            page,
            "<span>application {}</span>",
            Escaped(&object.application)
        )?;
    }
    if let Some(owner) = &object.owner {
        write!(page, "<span>owner {}</span>", Escaped(owner))?;
    }
    page.push_str("</p></header>\n");
    for found in &group.findings {
        finding(page, scan, found)?;
    }
    page.push_str("</section>\n");
    Ok(())
}

fn finding(page: &mut String, scan: &Scan, finding: &Finding) -> fmt::Result {
    let check = scan.checks.get(finding.check);
    write!(
        page,
        "<details class=\"finding\" data-check=\"{id}\" data-severity=\"{level}\"><summary>{}\
         <span class=\"what\">{}<span class=\"gist\">{}</span></span><code class=\"id\">{id}</code></summary>\n\
         <ul class=\"places\">",
        severity(finding.severity),
        Escaped(check.map_or("", |check| check.title)),
        Escaped(&gist(finding)),
        id = finding.check,
        level = finding.severity,
    )?;
    for at in &finding.places {
        place(page, finding, at)?;
    }
    write!(
        page,
        "</ul>\n<p class=\"see\"><a href=\"#check-{}\">Why it matters and what to do</a></p></details>\n",
        finding.check,
    )
}

/// What the closed finding says: its only message, or how many places there are.
fn gist(finding: &Finding) -> String {
    match finding.places.as_slice() {
        [only] => match container_of(only) {
            Some(container) => format!("{container}: {}", only.message),
            None => only.message.clone(),
        },
        places => counted(places.len(), "place"),
    }
}

fn place(page: &mut String, finding: &Finding, place: &Place) -> fmt::Result {
    page.push_str("<li>");
    if place.severity != finding.severity {
        page.push_str(&severity(place.severity));
    }
    if let Some(container) = container_of(place) {
        write!(page, "<b>{}</b>: ", Escaped(container))?;
    }
    write!(
        page,
        "{}<span class=\"at\"><code>{}</code>",
        Escaped(&place.message),
        Escaped(&place.path)
    )?;
    if !finding.file.is_empty() {
        write!(
            page,
            "<code class=\"line\">{}:{}</code>",
            Escaped(&finding.file),
            place.position.line,
        )?;
    }
    page.push_str("</span></li>");
    Ok(())
}
