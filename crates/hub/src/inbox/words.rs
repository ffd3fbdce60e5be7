//! A row in one line and a few: who did what to which object, why it matters, why now.

use std::cmp::Reverse;
use std::fmt::Write as _;

use super::incident::{Incident, Moment, Source};

/// How long a title may be.
const TITLE: usize = 150;

/// Who did what to which object.
pub(super) fn title(row: &Incident) -> String {
    let telling = telling(&row.timeline);
    let Some(first) = telling.first() else {
        return String::new();
    };
    let mut text = sentence(row, first);
    // Another object or another deed: worth a few words more.
    let second = telling.iter().skip(1).find(|moment| {
        moment.severity >= first.severity.min(catseye_model::Severity::Medium)
            && about(moment) != about(first)
            && moment.source != Source::Anomaly
    });
    let mut left = telling.len() - 1;
    if let Some(second) = second
        && text.len() + second.sentence.len() + 2 <= TITLE
    {
        text.push_str(", ");
        text.push_str(&second.sentence);
        left -= 1;
    }
    let mut text = shortened(&text);
    if left > 0 {
        let _ = write!(text, ", and {left} more");
    }
    text
}

/// The name of what a piece is about, however it is written.
fn about(moment: &Moment) -> Option<&str> {
    moment.targets.first()?.rsplit([' ', '/']).next()
}

fn sentence(row: &Incident, moment: &Moment) -> String {
    if let Some(actor) = &row.actor {
        return format!("{} {}", short(&actor.name), moment.sentence);
    }
    let mut letters = moment.sentence.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// An actor as people say it.
pub(super) fn short(name: &str) -> String {
    if let Some((namespace, account)) = name
        .strip_prefix("system:serviceaccount:")
        .and_then(|rest| rest.split_once(':'))
    {
        return format!("{namespace}/{account}");
    }
    name.to_owned()
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= TITLE {
        return text.to_owned();
    }
    let cut: String = text.chars().take(TITLE - 1).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{}…", &cut[..end])
}

/// The most telling pieces first.
fn telling(moments: &[Moment]) -> Vec<&Moment> {
    let mut telling: Vec<&Moment> = moments.iter().collect();
    telling.sort_by_key(|moment| {
        (
            Reverse(moment.severity),
            moment.source == Source::Anomaly,
            Reverse(gravity(moment)),
            moment.first,
        )
    });
    telling
}

/// What a deed is worth telling, by what it serves.
fn gravity(moment: &Moment) -> u8 {
    match moment.tactic.as_deref() {
        Some("impact") => 9,
        Some("privilege-escalation") => 8,
        Some("persistence") => 7,
        Some("credential-access") => 6,
        Some("execution" | "lateral-movement") => 5,
        Some("defense-evasion") | None => 4,
        Some("initial-access") => 3,
        Some(_) => 1,
    }
}

/// Why it matters and why now.
pub(super) fn why_now(row: &Incident, chain: Option<usize>) -> String {
    let mut reasons: Vec<String> = Vec::new();
    let network = row
        .timeline
        .iter()
        .filter_map(|moment| moment.receipt.as_ref())
        .flat_map(|receipt| &receipt.parts)
        .find(|part| part.what == "network");
    if let Some(part) = network {
        reasons.push(format!("from a network it never used, {}", part.value));
    }
    let surprise = row
        .timeline
        .iter()
        .filter(|moment| moment.source == Source::Anomaly)
        .max_by(|a, b| a.severity.cmp(&b.severity).then(b.first.cmp(&a.first)));
    if network.is_none()
        && let Some(receipt) = surprise.and_then(|moment| moment.receipt.as_ref())
        && let Some(part) = receipt.parts.first()
    {
        reasons.push(format!("never before in {}: {}", receipt.past, part.value));
    }
    if let Some(path) = &row.path {
        let steps = path.steps.len();
        let word = if steps == 1 { "step" } else { "steps" };
        reasons.push(format!(
            "leads on to {} in {steps} {word} ({} %)",
            path.to, path.chance
        ));
    }
    if row.sources.contains(&Source::Delivery) {
        reasons.push("made by hand: the next delivery undoes it or never knows of it".to_owned());
    }
    if row.to_validate {
        reasons.push("nobody has said that it is meant".to_owned());
    }
    if chain.is_some() {
        let tactics = row.tactics.join(", ").replace('-', " ");
        reasons.push(format!("one chain of {tactics}"));
    }
    if reasons.is_empty() {
        let telling = telling(&row.timeline);
        reasons.extend(telling.first().map(|moment| moment.title.to_lowercase()));
    }
    reasons.join("; ")
}
