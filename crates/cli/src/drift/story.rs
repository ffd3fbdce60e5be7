//! The story of a change: where desired comes from, who deployed it, who changed it since, and what that did.

use std::fmt::Write as _;

use anstyle::Style;
use catseye_model::ObjectKey;

use super::Answer;
use super::text::short;
use crate::output::styled;

pub(super) fn told(answer: &Answer<'_>) -> String {
    let mut text = String::new();
    for (drift, told) in answer.drifts.objects.iter().zip(&answer.told) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", styled(Style::new().bold(), &drift.key));
        let mut steps = Vec::new();
        match &drift.source {
            Some(source) => steps.push(format!("desired by {}", source.told())),
            None => steps.push("desired nowhere".to_owned()),
        }
        let live = answer
            .live
            .objects()
            .map(|(_, object)| object)
            .find(|object| object.name() == drift.key.name && ObjectKey::of(object) == drift.key);
        let application = answer.ownership.application(&drift.key, live);
        if let Some(application) = &application {
            let written = application
                .written_at()
                .map_or(String::new(), |place| format!(", written in {place}"));
            steps.push(format!("deployed by {}{written}", application.told()));
        }
        for call in answer.ledger.calls(&drift.key) {
            let mut told = format!(
                "{} {} {}",
                call.time.strftime("%Y-%m-%d %H:%M:%SZ"),
                call.user,
                call.verb
            );
            if !call.subresource.is_empty() {
                let _ = write!(told, " {}", call.subresource);
            }
            if let Some(by) = &call.impersonated_by {
                let _ = write!(told, ", impersonated by {by}");
            }
            if let Some(pod) = &call.pod {
                let _ = write!(told, ", in pod {pod}");
            }
            let _ = write!(told, " with {}", call.agent);
            if let Some(address) = &call.address {
                let _ = write!(told, " from {address}");
            }
            if let Some(touched) = call.touched.as_ref().filter(|touched| !touched.is_empty()) {
                let paths: Vec<&str> = touched.iter().take(4).map(|it| it.path.as_str()).collect();
                let _ = write!(told, ": {}", paths.join(", "));
                if touched.len() > paths.len() {
                    let _ = write!(told, " and {} more", touched.len() - paths.len());
                }
            }
            steps.push(told);
        }
        for (difference, by) in drift.differences.iter().zip(&told.by) {
            let value = |value: &Option<catseye_model::Value>| {
                value.as_ref().map_or("nothing".to_owned(), short)
            };
            let change = if difference.path.steps().is_empty() {
                difference.class.name().to_owned()
            } else {
                format!(
                    "{} {}: {} -> {}",
                    difference.class.name(),
                    difference.path,
                    value(&difference.desired),
                    value(&difference.live)
                )
            };
            steps.push(format!(
                "{change}, by {} ({})",
                by.told(),
                by.known_by.name()
            ));
        }
        for effect in answer.meaning.worse.get(&drift.key).into_iter().flatten() {
            steps.push(format!(
                "so {} fails ({}): {}",
                effect.check, effect.severity, effect.message
            ));
        }
        if let Some(application) = &application {
            let place = application
                .written_at()
                .unwrap_or_else(|| "its repository".to_owned());
            steps.push(format!(
                "the way back: keep the change by writing it into {place}; undo it with `{}`",
                application.command(&drift.key)
            ));
        }
        for (number, step) in steps.iter().enumerate() {
            let step = step.replace(char::is_control, "\u{fffd}");
            let _ = writeln!(text, "  {:>2}. {step}", number + 1);
        }
        text.push('\n');
    }
    if text.is_empty() {
        text.push_str("everything is as desired\n");
    }
    text
}
