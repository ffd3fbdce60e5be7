//! One HTML file to pass on: it loads nothing, works without script, and prints.
//!
//! ```text
//!  overview   score, severities, worst objects, folders, notices
//!  findings   by object, worst first; a finding opens to its places
//!  reference  compliance, exceptions, open questions, and each check once: why and what to do
//! ```
//!
//! A check is explained once, in the reference; a finding links there, and with script a copy of the
//! explanation is shown in the finding when it is opened. The content security policy admits the style
//! and the script in this file, by hash, and nothing else.

use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use catseye_model::Severity;
use sha2::{Digest as _, Sha256};

use crate::scan::Scan;
use crate::wording::{counted, objects_in_files};

mod escape;
mod findings;
mod overview;
mod prose;
mod reference;

pub(crate) use self::escape::Escaped;

/// The style of every page that Catseye writes: the colours, elements and pieces of the dashboard, and what
/// reports need beside them.
pub const STYLE: &str = concat!(
    include_str!("../../../../ui/src/design/tokens.css"),
    include_str!("../../../../ui/src/design/base.css"),
    include_str!("../../../../ui/src/design/pieces.css"),
    include_str!("style.css")
);
const SCRIPT: &str = include_str!("script.js");

/// The name at the top of every page, with its sign, a cat's eye.
pub const BRAND: &str = "<h1 class=\"brand\"><svg viewBox=\"0 0 32 32\" aria-hidden=\"true\">\
    <path d=\"M1.5 16C6 8.5 11 5.5 16 5.5S26 8.5 30.5 16C26 23.5 21 26.5 16 26.5S6 23.5 1.5 16Z\" fill=\"#14201b\"/>\
    <circle cx=\"16\" cy=\"16\" r=\"9\" fill=\"#c3dc4a\"/>\
    <path d=\"M16 6.5c2.6 3.6 2.6 15.4 0 19-2.6-3.6-2.6-15.4 0-19Z\" fill=\"#14201b\"/></svg>Catseye</h1>";

/// The scan as one HTML document.
pub fn render(scan: &Scan) -> String {
    let mut page = String::with_capacity(64 * 1024 + scan.findings.len() * 1024);
    // Writing to a String does not fail.
    let _ = document(&mut page, scan);
    page
}

fn document(page: &mut String, scan: &Scan) -> fmt::Result {
    let total: usize = scan.summary.findings.values().sum();
    write!(
        page,
        "<!doctype html>\n\
         <html lang=\"en\">\n\
         <head>\n\
         <meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>Catseye: score {}, {}</title>\n\
         <style>{STYLE}</style>\n\
         </head>\n\
         <body>\n",
        hash(STYLE),
        hash(SCRIPT),
        scan.summary.score,
        counted(total, "finding"),
    )?;
    header(page, scan)?;
    page.push_str("<main id=\"main\">\n");
    overview::write(page, scan)?;
    findings::write(page, scan)?;
    reference::write(page, scan)?;
    page.push_str("</main>\n");
    writeln!(
        page,
        "<footer>Written by {} {}. This file loads nothing.</footer>",
        Escaped(scan.tool.name),
        Escaped(scan.tool.version),
    )?;
    write!(page, "<script>{SCRIPT}</script>\n</body>\n</html>\n")
}

fn header(page: &mut String, scan: &Scan) -> fmt::Result {
    let summary = &scan.summary;
    write!(
        page,
        "<a class=\"skip\" href=\"#findings\">Skip to the findings</a>\n\
         <header class=\"top\"><div class=\"wide\">\n\
         {BRAND}\n\
         <p class=\"of\">{} · {} · {} · Kubernetes {}</p>\n\
         <nav aria-label=\"Sections\"><a href=\"#findings\">Findings</a>",
        objects_in_files(summary),
        counted(summary.workloads, "workload"),
        counted(summary.checks, "check"),
        Escaped(&scan.kubernetes_version),
    )?;
    for (there, anchor, word) in [
        (!scan.frameworks.is_empty(), "compliance", "Compliance"),
        (!scan.accepted.is_empty(), "accepted", "Exceptions"),
        (!scan.checks.is_empty(), "checks", "Checks"),
    ] {
        if there {
            write!(page, "<a href=\"#{anchor}\">{word}</a>")?;
        }
    }
    page.push_str(
        "</nav>\n<button type=\"button\" id=\"theme\" class=\"quiet\" hidden>Theme: system</button>\n\
         </div></header>\n",
    );
    Ok(())
}

/// The source expression that admits an inline style or script.
pub(crate) fn hash(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text)))
}

/// A severity as a coloured word.
pub(crate) fn severity(severity: Severity) -> String {
    format!("<span class=\"sev sev-{severity}\">{severity}</span>")
}

/// The band of a score, for its colour.
fn band(score: u8) -> &'static str {
    match score {
        90.. => "good",
        60..90 => "fair",
        _ => "poor",
    }
}

#[cfg(test)]
mod tests;
