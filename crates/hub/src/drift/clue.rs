//! A drift that matters, as evidence for the inbox.

use std::fmt::Write as _;

use catseye_drift::{Attribution, Class, Difference};
use catseye_event::Actor;
use catseye_model::{Severity, Value};
use jiff::Timestamp;

use super::OpenDrift;
use super::table::Found;
use crate::inbox::{ActorRef, Clue, Moment, Session, Source};

/// Differences that are named in a sentence.
const NAMED: usize = 3;
/// How much of a value is shown in a sentence.
const SHORT: usize = 60;

impl OpenDrift {
    /// True when somebody should look: not at labels, not at what delivery does, and of what may be old
    /// only at what is grave.
    fn matters(&self) -> bool {
        let least = match self.found {
            Found::Changing => Severity::Medium,
            Found::Comparing => Severity::High,
        };
        self.severity >= least && !self.is_delivered && !self.fresh.is_empty()
    }

    /// The drift as evidence; none where it does not matter.
    pub(crate) fn clue(&self, now: Timestamp) -> Option<Clue> {
        if !self.matters() {
            return None;
        }
        let key = &self.drift.key;
        let by = self.author_of_news();
        let actor = by.and_then(actor_of);
        let time = by.and_then(|by| by.time).unwrap_or(match self.found {
            Found::Changing => now,
            Found::Comparing => self.since,
        });
        let is_whole = |class| self.fresh.iter().any(|it| it.class == class);
        let source = self
            .drift
            .source
            .as_ref()
            .map_or_else(|| "nobody".to_owned(), catseye_drift::Source::told);
        let (id, title, mut sentence, role) = if is_whole(Class::Missing) {
            let sentence = format!("deleted {key}, which {source} wants");
            ("DRF-002", "Desired and not there", sentence, "deleted")
        } else if is_whole(Class::Unmanaged) {
            let sentence = format!("made {key}, which nobody desires");
            ("DRF-003", "There and not desired", sentence, "created")
        } else {
            let sentence = format!("changed {key} away from {source}: {}", self.news());
            ("DRF-001", "Not as desired", sentence, "changed")
        };
        if actor.is_none() {
            sentence = match id {
                "DRF-002" => format!("{key} is missing, which {source} wants"),
                "DRF-003" => format!("{key} is there and nobody desires it"),
                _ => format!("{key} is not as {source} wants: {}", self.news()),
            };
        }
        let worst = self.meaning.worse.get(key).and_then(|all| all.first());
        if let Some(worst) = worst {
            let _ = write!(sentence, ", so {} fails: {}", worst.check, worst.message);
        }
        let mut fields: Vec<(String, String)> = Vec::new();
        for difference in self.fresh.iter().take(8) {
            if !difference.path.steps().is_empty() {
                fields.push((difference.path.to_string(), change(difference)));
            }
        }
        if let Some(by) = by {
            fields.push(("known by".to_owned(), by.known_by.name().to_owned()));
            if let Some(tool) = &by.tool {
                fields.push(("tool".to_owned(), tool.clone()));
            }
        }
        let session = by.and_then(|by| {
            Some(Session {
                source: by.address.clone()?,
                agent: by.tool.clone()?,
                first: time,
                last: time,
                events: 1,
            })
        });
        let advice = match &self.application {
            Some(application) => format!(
                "Look at the drift {}: undo it with `{}`, or write it into what is desired.",
                self.id,
                application.command(key)
            ),
            None => format!(
                "Look at the drift {}: it holds the patch that undoes it. Or write it into what is \
                 desired.",
                self.id
            ),
        };
        Some(Clue {
            origin: None,
            actor,
            subjects: vec![(key.clone(), role.to_owned())],
            moments: vec![Moment {
                first: time,
                last: time,
                count: 1,
                source: Source::Drift,
                id: id.to_owned(),
                title: title.to_owned(),
                sentence,
                severity: self.severity,
                weighed_by: worst.map(|worst| format!("{} fails because of it", worst.check)),
                tactic: None,
                technique: None,
                targets: vec![key.to_string()],
                events: by.and_then(|by| by.event.clone()).into_iter().collect(),
                fields,
                receipt: None,
            }],
            sessions: session.into_iter().collect(),
            advice: vec![advice],
            to_validate: false,
            scene: None,
        })
    }

    /// Who made the newest of what nobody was told of.
    fn author_of_news(&self) -> Option<&Attribution> {
        let differences = self.drift.differences.iter().zip(&self.by);
        differences
            .filter(|(difference, _)| self.fresh.contains(difference))
            .map(|(_, by)| by)
            .max_by_key(|by| (std::cmp::Reverse(by.known_by), by.time))
    }

    fn news(&self) -> String {
        let mut told: Vec<String> = self
            .fresh
            .iter()
            .take(NAMED)
            .map(|it| format!("{} {}", it.path, change(it)))
            .collect();
        if self.fresh.len() > NAMED {
            told.push(format!("and {} more", self.fresh.len() - NAMED));
        }
        told.join(", ")
    }
}

/// Who authenticated answers, not whom they acted as.
fn actor_of(by: &Attribution) -> Option<ActorRef> {
    let name = by.impersonated_by.as_ref().or(by.user.as_ref())?;
    let actor = Actor::of(name, name.starts_with("system:node:"));
    Some(ActorRef {
        name: name.clone(),
        kind: actor.kind().name().to_owned(),
    })
}

fn change(difference: &Difference) -> String {
    let value = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), short);
    match difference.class {
        Class::ReOwned => "has another owner".to_owned(),
        _ => format!(
            "{} → {}",
            value(&difference.desired),
            value(&difference.live)
        ),
    }
}

/// The beginning of a value; what was redacted stays so.
fn short(value: &Value) -> String {
    let text = match value.as_str() {
        Some(text) if catseye_model::redact::is_redacted(text) => return "(redacted)".to_owned(),
        Some(text) => text.to_owned(),
        None => value.to_string(),
    };
    if text.chars().count() <= SHORT {
        return text;
    }
    let cut: String = text.chars().take(SHORT - 1).collect();
    format!("{cut}…")
}
