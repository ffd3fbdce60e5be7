//! Whose hands a namespace is changed by: where one identity delivers, everybody else's change is past it.
//!
//! ```text
//!  argocd patches deployments in shop, twenty times    ─► argocd delivers in shop
//!  maya scales a deployment in shop by hand            ─► 1 of 42: past the delivery
//!  developers change their sandbox, and nothing else   ─► nobody delivers there, nothing is past it
//! ```
//!
//! No list of deployers is needed and none is believed: whoever makes nearly all changes delivers. Where
//! changes by hand are usual, one more is no news. Only what is configuration counts; what programs write to
//! remember something (`ConfigMaps` of leader elections, status) would make a deliverer of each of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::call::Call;

/// Of so many namespaces the hands are known; the one with fewest changes goes first.
const MOST_PLACES: usize = 4096;
/// So many of those who change a namespace are kept apart.
const MOST_HANDS: usize = 8;
/// Before so many deliveries nobody is known to deliver.
pub(super) const DELIVERIES: u32 = 8;
/// So many deliveries the mark on an object is worth.
const MARK: u32 = 16;
/// When a count reaches this, all of the namespace are halved: the past fades.
const FULL: u32 = 4096;

/// The hands of all namespaces.
#[derive(Debug, Clone, Default)]
pub(super) struct Hands(BTreeMap<Box<str>, Place>);

/// Who made how many changes in a namespace.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    by: BTreeMap<Box<str>, u32>,
    /// Changes of those who are not kept apart.
    others: u32,
}

/// Who delivers in a namespace.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Deliverer<'h> {
    /// Nobody by name, where the object alone tells.
    pub(super) name: Option<&'h str>,
    /// How many changes it made, of how many.
    pub(super) made: u32,
    pub(super) of: u32,
    /// Its changes, and what the mark on the object is worth.
    pub(super) delivered: u32,
    /// The chance that a change here is made by somebody else.
    pub(super) chance: f32,
}

impl Hands {
    /// Learns a change of configuration.
    pub(super) fn note(&mut self, namespace: &str, actor: &str) {
        if self.0.len() >= MOST_PLACES && !self.0.contains_key(namespace) {
            let least = self.0.iter().min_by_key(|(_, place)| place.all());
            if let Some(name) = least.map(|(name, _)| name.clone()) {
                self.0.remove(&name);
            }
        }
        self.0.entry(namespace.into()).or_default().add(actor, 1);
    }

    /// Who delivers in a namespace, from the view of `actor`: whoever made most changes, unless that is the
    /// actor itself. An object that `is_kept` counts as much as some deliveries, whoever made them.
    #[expect(clippy::cast_precision_loss, reason = "a chance needs no seven digits")]
    pub(super) fn deliverer(
        &self,
        namespace: &str,
        actor: &str,
        is_kept: bool,
    ) -> Option<Deliverer<'_>> {
        let place = self.0.get(namespace);
        let of = place.map_or(0, Place::all);
        // Nobody delivers who makes less than half of the changes.
        let most = place.and_then(|place| place.by.iter().max_by_key(|(_, made)| **made));
        let (name, made) = match most {
            Some((name, made)) if 2 * made > of => (Some(&**name), *made),
            _ => (None, 0),
        };
        if name == Some(actor) || (name.is_none() && !is_kept) {
            return None;
        }
        let mark = if is_kept { MARK } else { 0 };
        Some(Deliverer {
            name: name.filter(|_| made >= DELIVERIES),
            made,
            of,
            delivered: made + mark,
            chance: ((of - made) as f32 + 0.5) / ((of + mark) as f32 + 1.0),
        })
    }

    pub(super) fn places(&self) -> impl Iterator<Item = (&str, &Place)> {
        self.0.iter().map(|(name, place)| (&**name, place))
    }

    /// Takes in what was learned elsewhere.
    pub(super) fn merge(&mut self, namespace: &str, learned: &Place) {
        if self.0.len() >= MOST_PLACES && !self.0.contains_key(namespace) {
            return;
        }
        let place = self.0.entry(namespace.into()).or_default();
        for (actor, count) in &learned.by {
            place.add(actor, *count);
        }
        place.others = place.others.saturating_add(learned.others).min(FULL);
    }
}

impl Place {
    fn all(&self) -> u32 {
        self.by.values().sum::<u32>() + self.others
    }

    fn add(&mut self, actor: &str, count: u32) {
        let count = count.min(FULL);
        if let Some(made) = self.by.get_mut(actor) {
            *made += count;
        } else if self.by.len() < MOST_HANDS {
            self.by.insert(actor.into(), count);
        } else {
            self.others += count;
        }
        if self.all() >= FULL {
            self.others /= 2;
            self.by.values_mut().for_each(|made| *made /= 2);
            self.by.retain(|_, made| *made > 0);
        }
    }
}

/// True for a change of what is delivered: workloads, what exposes and bounds them, and rights.
pub(super) fn is_configuration(call: &Call<'_>) -> bool {
    is_change(call)
        && matches!(
            call.resource,
            "deployments"
                | "statefulsets"
                | "daemonsets"
                | "cronjobs"
                | "services"
                | "ingresses"
                | "networkpolicies"
                | "poddisruptionbudgets"
                | "horizontalpodautoscalers"
                | "roles"
                | "rolebindings"
                | "clusterroles"
                | "clusterrolebindings"
        )
}

/// True for a change that belongs into a delivery, too, although programs make it all the time.
pub(super) fn belongs_into_delivery(call: &Call<'_>) -> bool {
    let by_hand = match call.resource {
        "configmaps" | "serviceaccounts" => true,
        // Whoever deletes a pod restarts it.
        "pods" => call.verb == "create",
        _ => false,
    };
    is_configuration(call) || (by_hand && is_change(call))
}

fn is_change(call: &Call<'_>) -> bool {
    matches!(
        call.verb,
        "create" | "update" | "patch" | "delete" | "deletecollection"
    ) && matches!(call.subresource, "" | "scale")
        && !call.refused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_makes_nearly_all_changes_delivers() {
        let mut hands = Hands::default();
        for _ in 0..20 {
            hands.note("shop", "argocd");
        }
        hands.note("shop", "maya");
        let found = hands.deliverer("shop", "ravi", false).expect("a deliverer");
        assert_eq!((found.name, found.made, found.of), (Some("argocd"), 20, 21));
        assert!(found.chance < 0.07, "{}", found.chance);
        assert_eq!(hands.deliverer("shop", "argocd", false), None);
        assert_eq!(hands.deliverer("elsewhere", "ravi", false), None);
    }

    #[test]
    fn a_marked_object_tells_where_little_is_known_and_not_where_hands_are_usual() {
        let mut hands = Hands::default();
        let chance = |hands: &Hands, namespace| {
            let found = hands.deliverer(namespace, "felix", true);
            found.map_or(1.0, |found| found.chance)
        };
        assert!(chance(&hands, "elsewhere") < 0.05);
        for _ in 0..20 {
            for who in ["ida", "omar", "lena"] {
                hands.note("sandbox", who);
            }
        }
        assert!(chance(&hands, "sandbox") > 0.6);
        assert_eq!(hands.deliverer("sandbox", "felix", false), None);
    }

    #[test]
    fn counts_and_names_are_bounded_and_the_past_fades() {
        let mut hands = Hands::default();
        for number in 0..20_000 {
            hands.note("shop", &format!("user-{}", number % 40));
            hands.note(&format!("namespace-{number}"), "argocd");
        }
        assert!(hands.0.len() <= MOST_PLACES);
        let place = &hands.0["shop"];
        assert!(place.by.len() <= MOST_HANDS && place.all() <= FULL);
    }
}
