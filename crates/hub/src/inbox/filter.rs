//! Which incidents are asked for.

use std::sync::Arc;

use catseye_model::Severity;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::incident::{Incident, Source, StateKind};

/// Which incidents, in which order, which page.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// In one of these states; empty for those that are open or acknowledged.
    pub states: Vec<StateKind>,
    /// At least so severe.
    pub min_severity: Severity,
    /// Joining one of these sources; empty for all.
    pub sources: Vec<Source>,
    /// By an actor whose name holds this.
    pub actor: Option<String>,
    /// About an object in this namespace.
    pub namespace: Option<String>,
    /// About an object that this owner answers for.
    pub owner: Option<String>,
    /// Of this application.
    pub application: Option<String>,
    /// These words in the title, the sentences or the objects, in any case.
    pub text: Option<String>,
    /// With evidence at or after this time.
    pub since: Option<Timestamp>,
    /// With evidence before this time.
    pub until: Option<Timestamp>,
    /// Those to be validated only.
    pub to_validate: bool,
    /// Those that the budget of noise holds back, too.
    pub held_back: bool,
    /// The order.
    pub order: Order,
    /// How many to pass over.
    pub offset: usize,
    /// How many to give; 0 for fifty.
    pub limit: usize,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// By rank.
    #[default]
    Rank,
    /// The one that changed last first.
    Newest,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Page {
    /// The incidents.
    pub incidents: Vec<Arc<Incident>>,
    /// How many fit the filter in all.
    pub total: usize,
    /// How many more the budget of noise holds back.
    pub held_back: usize,
}

/// How many incidents a page holds where nobody says.
const PAGE: usize = 50;

impl Filter {
    pub(super) fn page<'a>(&self, rows: impl Iterator<Item = &'a Arc<Incident>>) -> Page {
        let (mut fitting, held): (Vec<&Arc<Incident>>, Vec<&Arc<Incident>>) = rows
            .filter(|row| self.fits(row))
            .partition(|row| self.held_back || !row.held_back);
        fitting.sort_by(|a, b| match self.order {
            Order::Rank => b
                .rank
                .points
                .total_cmp(&a.rank.points)
                .then_with(|| a.id.cmp(&b.id)),
            Order::Newest => b.updated.cmp(&a.updated).then_with(|| a.id.cmp(&b.id)),
        });
        let limit = if self.limit == 0 { PAGE } else { self.limit };
        Page {
            total: fitting.len(),
            held_back: held.len(),
            incidents: fitting
                .into_iter()
                .skip(self.offset)
                .take(limit)
                .cloned()
                .collect(),
        }
    }

    /// True for an incident that is asked for, held back or not.
    pub fn fits(&self, row: &Incident) -> bool {
        let state = if self.states.is_empty() {
            row.state.is_active()
        } else {
            self.states.contains(&row.state.kind())
        };
        let actor = row.actor.as_ref().map_or("", |actor| actor.name.as_str());
        state
            && row.severity >= self.min_severity
            && (self.sources.is_empty()
                || self
                    .sources
                    .iter()
                    .any(|wanted| row.sources.contains(wanted)))
            && self
                .actor
                .as_deref()
                .is_none_or(|name| actor.contains(name))
            && self.namespace.as_deref().is_none_or(|namespace| {
                row.subjects
                    .iter()
                    .any(|subject| subject.object.namespace == namespace)
            })
            && self.owner.as_deref().is_none_or(|owner| {
                row.subjects
                    .iter()
                    .any(|subject| subject.owner.as_deref() == Some(owner))
            })
            && self.application.as_deref().is_none_or(|application| {
                row.subjects
                    .iter()
                    .any(|subject| subject.application.as_deref() == Some(application))
            })
            && self.since.is_none_or(|since| row.last >= since)
            && self.until.is_none_or(|until| row.first < until)
            && (!self.to_validate || row.to_validate)
            && self
                .text
                .as_deref()
                .is_none_or(|text| holds(row, &text.to_lowercase()))
    }
}

fn holds(row: &Incident, text: &str) -> bool {
    let in_it = |words: &str| words.to_lowercase().contains(text);
    in_it(&row.id)
        || in_it(&row.title)
        || in_it(&row.why_now)
        || row.actor.as_ref().is_some_and(|actor| in_it(&actor.name))
        || row
            .subjects
            .iter()
            .any(|subject| in_it(&subject.object.to_string()))
        || row.timeline.iter().any(|moment| in_it(&moment.sentence))
}
