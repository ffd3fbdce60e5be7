//! Cluster roles that are put together from others by label selectors.
//!
//! In a cluster a controller copies the rules of the selected cluster roles into the aggregating one,
//! and the API server reads only that copy. So an object that an API server wrote is taken at its
//! word. In manifests the copy is absent, or whatever the author left there, and the controller will
//! overwrite it: there the rules are computed, transitively, because the controller runs again
//! whenever a cluster role changes. `edit` is aggregated into `admin` in this way.

use std::collections::BTreeSet;
use std::sync::Arc;

use catseye_model::{Completeness, Fields as _, Selector};

use crate::problem::{Problem, ProblemKind};
use crate::role::{Draft, RoleId, RoleKind, RoleRule, number};
use crate::rule::Rule;

/// The rules of every draft, in the same order.
pub(crate) fn resolve(
    drafts: &[Draft<'_>],
    completeness: Completeness,
    problems: &mut Vec<Problem>,
) -> Vec<Vec<RoleRule>> {
    let written: Vec<Vec<Arc<Rule>>> = drafts.iter().map(Draft::rules).collect();
    let selected: Vec<Option<Vec<usize>>> = drafts
        .iter()
        .map(|draft| selected_by(draft, drafts, completeness, problems))
        .collect();
    (0..drafts.len())
        .map(|place| {
            if selected[place].is_none() {
                return rules_at(place, &written).collect();
            }
            let mut seen = BTreeSet::new();
            let mut rules: Vec<RoleRule> = Vec::new();
            for source in sources(place, &selected) {
                for rule in rules_at(source, &written) {
                    if seen.insert(Arc::clone(&rule.rule)) {
                        rules.push(rule);
                    }
                }
            }
            rules
        })
        .collect()
}

fn rules_at(place: usize, written: &[Vec<Arc<Rule>>]) -> impl Iterator<Item = RoleRule> {
    written[place]
        .iter()
        .enumerate()
        .map(move |(index, rule)| RoleRule {
            rule: Arc::clone(rule),
            from: (RoleId(number(place)), index),
        })
}

/// The roles whose own rules end up in an aggregating one: aggregating roles in between are passed
/// through, as their own rules are overwritten. Cycles are walked once.
fn sources(place: usize, selected: &[Option<Vec<usize>>]) -> Vec<usize> {
    let mut seen = BTreeSet::from([place]);
    let mut plain = Vec::new();
    let mut open = vec![place];
    while let Some(at) = open.pop() {
        match &selected[at] {
            None => plain.push(at),
            Some(next) => open.extend(next.iter().rev().filter(|next| seen.insert(**next))),
        }
    }
    plain
}

/// The places of the cluster roles that a draft selects; `None` where its rules are its own.
fn selected_by(
    draft: &Draft<'_>,
    drafts: &[Draft<'_>],
    completeness: Completeness,
    problems: &mut Vec<Problem>,
) -> Option<Vec<usize>> {
    let value = draft.object.value();
    if draft.kind != RoleKind::ClusterRole || !value.at("aggregationRule").is_object() {
        return None;
    }
    let is_live = value.has("metadata.uid")
        || (completeness == Completeness::Cluster && !value.list("rules").is_empty());
    if is_live {
        return None;
    }
    let mut selected = BTreeSet::new();
    for selector in value.list("aggregationRule.clusterRoleSelectors") {
        match Selector::of(selector) {
            Ok(selector) => {
                selected.extend(drafts.iter().enumerate().filter_map(|(place, other)| {
                    let is_same = other.object.name() == draft.object.name();
                    let matches = other.kind == RoleKind::ClusterRole
                        && !is_same
                        && selector.matches(other.object.labels());
                    matches.then_some(place)
                }));
            }
            Err(error) => problems.push(Problem::new(
                draft.id,
                ProblemKind::InvalidAggregation(error.to_string()),
            )),
        }
    }
    Some(selected.into_iter().collect())
}
