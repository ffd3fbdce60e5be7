//! Incidents while they happen: a line for each change, and a list that fits a terminal.

use std::fmt::Write as _;

use catseye_detect::incident::Incident;
use serde::Serialize;

use crate::table::{BOLD, DIM, severity_style, styled};
use crate::visible::one_line;

/// What became of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It is new.
    Opened,
    /// It is more severe than it was.
    Raised,
    /// There is another kind of evidence.
    Grown,
}

impl Change {
    /// The word in a line.
    pub fn as_str(self) -> &'static str {
        match self {
            Change::Opened => "new",
            Change::Raised => "raised",
            Change::Grown => "more",
        }
    }
}

#[derive(Serialize)]
struct Record<'i> {
    version: u32,
    change: Change,
    incident: &'i Incident,
}

/// A change as one line of JSON; version 1.
pub fn json_line(change: Change, incident: &Incident) -> String {
    let record = Record {
        version: 1,
        change,
        incident,
    };
    // Numbers and texts under fixed keys always make JSON: the default below is never taken.
    let mut text = serde_json::to_string(&record).unwrap_or_default();
    text.push('\n');
    text
}

/// A change as one line: when, what became of it, how severe, who, what.
pub fn line(change: Change, incident: &Incident) -> String {
    format!(
        "{} {:<6} {} {} {}  {}\n",
        incident.last.strftime("%Y-%m-%d %H:%M:%S"),
        change.as_str(),
        styled(
            severity_style(incident.severity),
            format!("{:<8}", incident.severity)
        ),
        incident.id,
        styled(BOLD, one_line(&incident.actor)),
        one_line(&incident.title),
    )
}

/// The incidents as a list of at most `rows` lines, worst first, below a line of `facts`.
pub fn list(incidents: &[Incident], facts: &str, rows: usize) -> String {
    let mut text = format!("{}\n", styled(DIM, one_line(facts)));
    if incidents.is_empty() {
        text.push_str("No incidents so far.\n");
    }
    for incident in incidents.iter().take(rows) {
        let _ = writeln!(
            text,
            "{} {} {}  {}",
            styled(
                severity_style(incident.severity),
                format!("{:<8}", incident.severity)
            ),
            incident.last.strftime("%m-%d %H:%M:%S"),
            styled(BOLD, one_line(&incident.actor)),
            one_line(&incident.title),
        );
    }
    if incidents.len() > rows {
        let _ = writeln!(text, "and {} more", incidents.len() - rows);
    }
    text
}
