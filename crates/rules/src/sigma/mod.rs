//! Sigma rules for the log source `product: kubernetes, service: audit`, and Sigma correlations.

mod condition;
mod correlation;
mod selection;

use std::collections::BTreeMap;

use catseye_model::Severity;
use catseye_model::Value;
use catseye_model::path::FieldPath;

use crate::place::Place;
use crate::predicate::Predicate;
use crate::problem::{Level, Problem};
use crate::rule::{About, Language, Rule, attack_tags};

pub(crate) use correlation::{Key, Unresolved, read as read_correlation};

/// True for a document that is a Sigma rule or correlation.
pub(crate) fn is_rule(document: &Value) -> bool {
    document.get("detection").is_some() || document.get("correlation").is_some()
}

/// What a Sigma document turned out to be.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) rule: Rule,
    /// `id` and `name`, by which correlations refer to it.
    pub(crate) names: Vec<String>,
}

/// Reads one rule; what is wrong goes to `problems`.
pub(crate) fn read(
    place: &Place<'_>,
    document: &Value,
    problems: &mut Vec<Problem>,
) -> Option<Read> {
    let about = about(place, document);
    let mut report = |level: Level, line: u32, message: String| {
        problems.push(Problem {
            file: place.file.to_owned(),
            line,
            level,
            rule: Some(about.title.clone()),
            message,
        });
    };
    if let Some(why) = foreign(document) {
        report(Level::Note, about.line, format!("passed over: {why}"));
        return None;
    }
    match predicate(place, document) {
        Ok(predicate) => Some(Read {
            names: names(document),
            rule: Rule::new(about, predicate, None),
        }),
        Err(wrong) => {
            report(Level::Error, wrong.line, wrong.message);
            None
        }
    }
}

/// What is wrong with a part of a rule.
#[derive(Debug)]
pub(crate) struct Wrong {
    pub(crate) line: u32,
    pub(crate) message: String,
}

/// What both rules and correlations say of themselves.
fn about(place: &Place<'_>, document: &Value) -> About {
    let text = |key: &str| {
        document
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let title = [text("title"), text("name"), text("id")]
        .into_iter()
        .find(|it| !it.is_empty())
        .unwrap_or("rule without a title");
    let id = [text("id"), text("name"), title]
        .into_iter()
        .find(|it| !it.is_empty())
        .unwrap_or(title);
    let tags = document.get("tags").and_then(Value::as_array);
    let (tactics, techniques) = attack_tags(tags.into_iter().flatten().filter_map(Value::as_str));
    About {
        id: id.to_owned(),
        title: title.to_owned(),
        language: Language::Sigma,
        severity: severity(text("level")),
        tactics,
        techniques,
        file: place.file.to_owned(),
        line: place.line(&FieldPath::root().key("title")),
    }
}

fn names(document: &Value) -> Vec<String> {
    ["id", "name"]
        .iter()
        .filter_map(|key| document.get(key)?.as_str())
        .map(str::to_owned)
        .collect()
}

/// A rule without a level is of middling severity.
fn severity(level: &str) -> Severity {
    match level.to_ascii_lowercase().as_str() {
        "critical" => Severity::Critical,
        "high" => Severity::High,
        "low" => Severity::Low,
        "informational" => Severity::Info,
        _ => Severity::Medium,
    }
}

/// Why a rule is not for the audit log of Kubernetes.
fn foreign(document: &Value) -> Option<String> {
    let source = document.get("logsource");
    let text = |key: &str| {
        source
            .and_then(|source| source.get(key))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let (product, service) = (text("product"), text("service"));
    let status = document.get("status").and_then(Value::as_str);
    if product != "kubernetes" || !matches!(service.as_str(), "" | "audit") {
        return Some(format!(
            "its log source is product {product:?}, service {service:?}; rules for audit events have product: kubernetes, service: audit"
        ));
    }
    matches!(status, Some("deprecated" | "unsupported"))
        .then(|| format!("its status is {}", status.unwrap_or_default()))
}

fn predicate(place: &Place<'_>, document: &Value) -> Result<Predicate, Wrong> {
    let root = FieldPath::root().key("detection");
    let wrong = |path: &FieldPath, message: &str| Wrong {
        line: place.line(path),
        message: message.to_owned(),
    };
    let detection = document
        .get("detection")
        .and_then(Value::as_object)
        .ok_or_else(|| {
            wrong(
                &root,
                "`detection` is a map of selections and a `condition`",
            )
        })?;
    let mut selections = BTreeMap::new();
    for (name, value) in detection {
        if name == "condition" || name == "timeframe" {
            continue;
        }
        let path = root.clone().key(name.as_str());
        selections.insert(name.as_str(), selection::read(place, &path, value)?);
    }
    let path = root.key("condition");
    let conditions: Vec<&str> = match detection.get("condition") {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if conditions.is_empty() {
        return Err(wrong(
            &path,
            "it has no condition; write `condition: selection`",
        ));
    }
    let mut parts = Vec::new();
    for text in conditions {
        let read = condition::read(text, &selections).map_err(|message| wrong(&path, &message))?;
        parts.push(read);
    }
    Ok(if parts.len() == 1 {
        parts.remove(0)
    } else {
        Predicate::Any(parts)
    })
}
