//! Strangers: pods that the Inventory does not hold, known only by what a selector says of them.
//!
//! A rule speaks of a stranger when every pod like it meets the rule's selector: that is decided by
//! implication between selectors, not by trying some labels. So what a stranger may do, any pod that
//! fits its description may do.

use std::collections::HashSet;
use std::fmt;

use catseye_model::Selector;
use catseye_model::selector::{Condition, Requirement};

use crate::class::{Classes, NAME_LABEL};
use crate::policy::{Namespaces, Peer, Pods, Policy};

/// A stranger's place among those of a [`crate::Reach`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StrangerId(pub u32);

impl StrangerId {
    /// Any pod of any namespace: nothing is known of it.
    pub const ANYONE: StrangerId = StrangerId(0);
}

/// A description of pods that the Inventory does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Stranger(Pods);

impl Stranger {
    /// Any pod of any namespace.
    pub(crate) fn anyone() -> Self {
        Stranger(Pods {
            namespaces: Namespaces::Labelled(Selector::default()),
            labels: Selector::default(),
        })
    }

    /// The pods that a selector selects. A namespace that is selected by the label of its name alone
    /// is told by its name.
    pub(crate) fn of(pods: &Pods) -> Self {
        let namespaces = match &pods.namespaces {
            Namespaces::Labelled(selector) => match selector.requirements() {
                [
                    Requirement {
                        key,
                        condition: Condition::In(names),
                    },
                ] if key == NAME_LABEL && names.len() == 1 => Namespaces::Named(names[0].clone()),
                _ => pods.namespaces.clone(),
            },
            Namespaces::Named(_) => pods.namespaces.clone(),
        };
        let namespaces = match namespaces {
            Namespaces::Labelled(selector) => Namespaces::Labelled(selector.sorted()),
            named @ Namespaces::Named(_) => named,
        };
        Stranger(Pods {
            namespaces,
            labels: pods.labels.sorted(),
        })
    }

    /// Its namespaces and labels.
    pub fn pods(&self) -> &Pods {
        &self.0
    }

    /// True for any pod of any namespace.
    pub fn is_anyone(&self) -> bool {
        *self == Stranger::anyone()
    }

    /// True when every pod of this description meets the selector.
    pub(crate) fn meets(&self, pods: &Pods, classes: &Classes) -> bool {
        let labels = implies(&self.0.labels, &pods.labels);
        labels && namespaces_imply(&self.0.namespaces, &pods.namespaces, classes)
    }
}

impl fmt::Display for Stranger {
    /// `any pod of any namespace`, `pods with app=web in shop`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Pods { namespaces, labels } = &self.0;
        if labels.selects_everything() {
            f.write_str("any pod")?;
        } else {
            write!(f, "pods with {labels}")?;
        }
        match namespaces {
            Namespaces::Named(name) => write!(f, " in {name}"),
            Namespaces::Labelled(selector) if selector.selects_everything() => {
                f.write_str(" in any namespace")
            }
            Namespaces::Labelled(selector) => write!(f, " in namespaces with {selector}"),
        }
    }
}

/// Anyone, and every kind of pods that some rule speaks of.
pub(crate) fn named_by(policies: &[Policy]) -> Vec<Stranger> {
    let mut strangers = vec![Stranger::anyone()];
    let mut met: HashSet<Stranger> = strangers.iter().cloned().collect();
    for policy in policies {
        let rules = policy.ingress.iter().chain(&policy.egress).flatten();
        for peer in rules.flat_map(|rule| rule.peers.iter().flatten()) {
            if let Peer::Pods(pods) = peer {
                let stranger = Stranger::of(pods);
                if met.insert(stranger.clone()) {
                    strangers.push(stranger);
                }
            }
        }
    }
    strangers
}

fn namespaces_imply(known: &Namespaces, wanted: &Namespaces, classes: &Classes) -> bool {
    match (known, wanted) {
        (Namespaces::Named(known), Namespaces::Named(wanted)) => known == wanted,
        (Namespaces::Named(name), Namespaces::Labelled(wanted)) => {
            match classes.labels_of_namespace(name) {
                Some(labels) => wanted.matches(labels),
                // A namespace that is only mentioned has this label, and whatever others it has.
                None => wanted.requirements().iter().all(|requirement| {
                    requirement.key == NAME_LABEL && requirement.condition.holds(Some(name))
                }),
            }
        }
        (Namespaces::Labelled(known), Namespaces::Named(wanted)) => {
            known.requirements().iter().any(|requirement| {
                requirement.key == NAME_LABEL
                    && matches!(&requirement.condition, Condition::In(names) if *names == [wanted.as_str()])
            })
        }
        (Namespaces::Labelled(known), Namespaces::Labelled(wanted)) => implies(known, wanted),
    }
}

/// True when labels that meet the first selector always meet the second.
fn implies(known: &Selector, wanted: &Selector) -> bool {
    wanted.requirements().iter().all(|wanted| {
        let known = known.requirements().iter();
        known
            .filter(|known| known.key == wanted.key)
            .any(|known| condition_implies(&known.condition, &wanted.condition))
    })
}

fn condition_implies(known: &Condition, wanted: &Condition) -> bool {
    match (known, wanted) {
        (Condition::In(known), wanted) => known.iter().all(|value| wanted.holds(Some(value))),
        (Condition::NotIn(known), Condition::NotIn(wanted)) => {
            wanted.iter().all(|value| known.contains(value))
        }
        (Condition::Exists, Condition::Exists) => true,
        (Condition::DoesNotExist, wanted) => wanted.holds(None),
        (Condition::NotIn(_) | Condition::Exists, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_implies_what_every_match_of_it_meets() {
        for (known, wanted, expected) in [
            ("", "", true),
            ("app=a", "", true),
            ("", "app=a", false),
            ("", "app!=a", false),
            ("app=a", "app=a", true),
            ("app=a", "app in (a,b)", true),
            ("app in (a,b)", "app=a", false),
            ("app in (a,b)", "app notin (c)", true),
            ("app in (a,b)", "app", true),
            ("app notin (a,b)", "app!=a", true),
            ("app!=a", "app notin (a,b)", false),
            ("app!=a", "app", false),
            ("!app", "app!=a", true),
            ("!app", "!app", true),
            ("!app", "app", false),
            ("app", "app", true),
            ("app", "app=a", false),
            ("app=a,tier=db", "tier=db", true),
            ("app=a", "tier!=db", false),
        ] {
            let (known_selector, wanted_selector) =
                (known.parse().unwrap(), wanted.parse().unwrap());
            assert_eq!(
                implies(&known_selector, &wanted_selector),
                expected,
                "{known:?} implies {wanted:?}"
            );
        }
    }
}
