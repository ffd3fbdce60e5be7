//! The report of `catseye audit rules test`, for people.

use std::fmt::Write as _;

use anstyle::Style;
use catseye_detect::baseline::grouped;

use super::super::trail::printable;
use super::back_test::{Report, Share, Tested};
use crate::output::styled;

/// How many namespaces and identities are listed before the rest is counted.
const LISTED: usize = 5;

pub(super) fn table(report: &Report) -> String {
    let mut text = String::new();
    let (firing, quiet): (Vec<&Tested>, Vec<&Tested>) =
        report.rules.iter().partition(|it| it.hits > 0);
    for rule in firing {
        one(&mut text, rule);
    }
    if !quiet.is_empty() {
        let _ = writeln!(text, "{}", styled(Style::new().bold(), "never fired"));
        for rule in quiet {
            let _ = writeln!(text, "  {}{}", printable(&rule.title), unseen(rule));
        }
    }
    let fired: u64 = report
        .rules
        .iter()
        .filter(|it| it.alerts)
        .map(|it| it.hits)
        .sum();
    let span = match (report.first, report.last) {
        (Some(first), Some(last)) => format!(
            ", {} – {} UTC",
            first.strftime("%Y-%m-%d %H:%M"),
            last.strftime("%Y-%m-%d %H:%M")
        ),
        _ => String::new(),
    };
    let _ = writeln!(
        text,
        "{} on {}{span}",
        counted(fired, "hit"),
        counted(report.requests, "request")
    );
    text
}

fn one(text: &mut String, rule: &Tested) {
    let dim = Style::new().dimmed();
    let a_day = rule
        .per_day
        .map_or_else(String::new, |hits| format!(", {hits} a day"));
    let feeds = if rule.alerts {
        ""
    } else {
        " that feed correlations"
    };
    let _ = writeln!(
        text,
        "{} {}: {}{feeds}{a_day}{}",
        styled(Style::new().bold(), printable(&rule.title)),
        styled(dim, format!("({} {})", rule.language, rule.severity)),
        counted(rule.hits, "hit"),
        unseen(rule),
    );
    if let (Some(first), Some(last)) = (rule.first, rule.last) {
        let _ = writeln!(
            text,
            "  {}",
            styled(
                dim,
                format!(
                    "first {}, last {}",
                    first.strftime("%Y-%m-%d %H:%M:%S"),
                    last.strftime("%Y-%m-%d %H:%M:%S")
                )
            )
        );
    }
    shares(text, "in", &rule.namespaces, "cluster-wide");
    shares(text, "by", &rule.identities, "nobody");
    for example in &rule.examples {
        let _ = writeln!(
            text,
            "  {} {} {}",
            example.time.strftime("%Y-%m-%d %H:%M:%S"),
            printable(&example.actor),
            printable(&example.target)
        );
        let message = styled(dim, printable(&example.message));
        let _ = writeln!(text, "    {message}");
        for evidence in &example.evidence {
            let shown = format!("{} = {}", evidence.field, evidence.value);
            let _ = writeln!(text, "    {}", styled(dim, printable(&shown)));
        }
    }
}

/// `; 12 events could not be judged: no request body`.
fn unseen(rule: &Tested) -> String {
    if rule.not_evaluable == 0 {
        return String::new();
    }
    let blind = if rule.judged == 0 {
        ", and none could"
    } else {
        ""
    };
    format!(
        "; {} could not be judged{blind}: no {}",
        counted(rule.not_evaluable, "event"),
        rule.missing.join(", no ")
    )
}

fn shares(text: &mut String, word: &str, shares: &[Share], unnamed: &str) {
    if shares.is_empty() {
        return;
    }
    let mut listed: Vec<String> = shares
        .iter()
        .take(LISTED)
        .map(|share| {
            let name = if share.name.is_empty() {
                unnamed
            } else {
                &share.name
            };
            format!("{} {}", printable(name), grouped(share.hits))
        })
        .collect();
    if shares.len() > LISTED {
        let rest: u64 = shares.iter().skip(LISTED).map(|share| share.hits).sum();
        listed.push(format!(
            "{} others {}",
            shares.len() - LISTED,
            grouped(rest)
        ));
    }
    let _ = writeln!(text, "  {word} {}", listed.join(", "));
}

fn counted(count: u64, word: &str) -> String {
    format!(
        "{} {word}{}",
        grouped(count),
        if count == 1 { "" } else { "s" }
    )
}
