//! Phrases that several formats share.

use std::collections::BTreeMap;

use catseye_model::Severity;

use crate::scan::{Notice, Place, Scan, Summary};

/// `1 object`, `2 objects`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// `14 objects in 3 files`; a live cluster has no files.
pub(crate) fn objects_in_files(summary: &Summary) -> String {
    let objects = counted(summary.objects, "object");
    match summary.files {
        0 => objects,
        files => format!("{objects} in {}", counted(files, "file")),
    }
}

/// `2 critical, 1 low`: the severities that occur, worst first.
pub(crate) fn by_severity(counts: &BTreeMap<Severity, usize>) -> String {
    let named: Vec<String> = counts
        .iter()
        .rev()
        .filter(|(_, count)| **count > 0)
        .map(|(severity, count)| format!("{count} {severity}"))
        .collect();
    named.join(", ")
}

/// What the scan left out or could not tell: `3 hidden by exceptions`.
pub(crate) fn left_out(scan: &Scan) -> Vec<String> {
    let summary = &scan.summary;
    [
        (summary.accepted, "hidden by exceptions"),
        (summary.known, "in the baseline"),
        (summary.below_severity, "below the severity asked for"),
        (summary.unknown, "not answerable from what is visible"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect()
}

/// The container at fault, if there is one and it has a name.
pub(crate) fn container_of(place: &Place) -> Option<&str> {
    place.container.as_deref().filter(|name| !name.is_empty())
}

/// `cart.yaml:3:7`, or as much of it as is known.
pub(crate) fn where_noticed(notice: &Notice) -> String {
    let mut place = notice.file.clone().unwrap_or_default();
    for number in [notice.line, notice.column].into_iter().flatten() {
        place.push(':');
        place.push_str(&number.to_string());
    }
    place
}

/// The prose of a fix up to its snippet, on one line; `catseye explain` shows all of it.
pub(crate) fn first_sentences(fix: &str) -> String {
    let prose = fix.split("```").next().unwrap_or_default();
    let prose = prose.split("\n\n").next().unwrap_or_default();
    let line = prose.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.strip_suffix(':') {
        Some(line) => format!("{line} …"),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_agree_with_their_nouns() {
        assert_eq!(counted(1, "object"), "1 object");
        assert_eq!(counted(0, "object"), "0 objects");
    }

    #[test]
    fn the_fix_stops_before_its_snippet() {
        let fix = "Remove it. Grant\nthat alone:\n```yaml\na: 1\n```";
        assert_eq!(first_sentences(fix), "Remove it. Grant that alone …");
    }
}
