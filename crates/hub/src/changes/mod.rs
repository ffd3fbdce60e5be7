//! What changed and somebody should know, beside what rules over calls see: doors to the outside, images
//! from new places, work by hand where delivery works, and workloads that fall ill.

mod delivery;
mod edit;
mod exposure;
mod health;
mod supply;

use catseye_model::{Inventory, Severity};

use crate::authors::Author;
use crate::inbox::{Clue, Moment, Session, Source};
use crate::live::ObjectChange;

pub(crate) use health::Ailments;
pub(crate) use supply::Origins;

/// What a change is looked at with.
pub(crate) struct Surroundings<'a> {
    /// The cluster before it.
    pub(crate) before: &'a Inventory,
    /// Who made it, where the audit log tells.
    pub(crate) author: Option<&'a Author>,
}

/// What a change of one object shows.
pub(crate) fn clues(
    change: &ObjectChange,
    around: &Surroundings<'_>,
    origins: &mut Origins,
) -> Vec<Clue> {
    let mut found = Vec::new();
    found.extend(exposure::clue(change, around));
    found.extend(origins.clue(change, around));
    found.extend(delivery::clue(change, around));
    found
}

/// What a rule about changes says.
struct Saying {
    source: Source,
    id: &'static str,
    title: &'static str,
    sentence: String,
    severity: Severity,
    fields: Vec<(String, String)>,
    advice: String,
    role: &'static str,
    to_validate: bool,
}

impl Saying {
    /// As a clue by whoever made the change.
    fn clue(self, change: &ObjectChange, around: &Surroundings<'_>) -> Clue {
        let author = around.author;
        let time = author.map_or(change.time, |author| author.time);
        let with = author
            .map(|author| author.agent.split('/').next().unwrap_or_default())
            .filter(|agent| !agent.is_empty());
        let mut fields = self.fields;
        if let Some(agent) = with {
            fields.push(("userAgent".to_owned(), agent.to_owned()));
        }
        Clue {
            origin: None,
            actor: author.map(|author| author.actor.clone()),
            subjects: vec![(change.key.clone(), self.role.to_owned())],
            moments: vec![Moment {
                first: time,
                last: time,
                count: 1,
                source: self.source,
                id: self.id.to_owned(),
                title: self.title.to_owned(),
                sentence: self.sentence,
                severity: self.severity,
                weighed_by: None,
                tactic: None,
                technique: None,
                targets: vec![change.key.to_string()],
                events: author
                    .map(|author| author.event.clone())
                    .into_iter()
                    .collect(),
                fields,
                receipt: None,
            }],
            sessions: author
                .map(|author| Session {
                    source: author.source.clone(),
                    agent: author.agent.clone(),
                    first: author.time,
                    last: author.time,
                    events: 1,
                })
                .into_iter()
                .collect(),
            advice: vec![self.advice],
            to_validate: self.to_validate,
            scene: None,
        }
    }
}
