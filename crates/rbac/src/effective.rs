//! Everything that an identity holds, with its provenance, and questions to all of it at once.
//!
//! What an attacker needs is often spread over several bindings, some to the identity's groups: the
//! answers here are those of the union.

use std::collections::BTreeSet;

use crate::binding::BindingId;
use crate::decide::Asked;
use crate::identity::{Identity, MASTERS};
use crate::permission_set::{Names, SetId, names_in};
use crate::rbac::Rbac;
use crate::role::RoleId;
use crate::subject::{Scope, SubjectId};

/// One role that an identity holds by one binding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holding {
    /// Where it counts.
    pub scope: Scope,
    /// What it allows.
    pub set: SetId,
    /// The binding.
    pub binding: BindingId,
    /// The role.
    pub role: RoleId,
    /// The subject by which the binding means the identity: its user, or one of its groups.
    pub subject: SubjectId,
}

/// Everything that an identity holds by RBAC.
#[derive(Debug, Clone)]
pub struct Effective<'a> {
    rbac: &'a Rbac,
    is_master: bool,
    holdings: Vec<Holding>,
}

impl Rbac {
    /// Everything that an identity holds, by itself and by its groups.
    pub fn effective(&self, identity: &Identity) -> Effective<'_> {
        let mut holdings: Vec<Holding> = self
            .subjects_of(identity)
            .flat_map(|subject| self.holdings_of(subject))
            .collect();
        holdings.sort();
        Effective {
            rbac: self,
            is_master: identity.is_in(MASTERS),
            holdings,
        }
    }

    /// What the bindings that name a subject give it, without what it holds by its groups.
    pub fn holdings_of(&self, subject: SubjectId) -> impl Iterator<Item = Holding> {
        self.bindings_of(subject).iter().flat_map(move |id| {
            let binding = self.binding(*id);
            binding.roles.iter().map(move |role| Holding {
                scope: binding.scope.clone(),
                set: self.role(*role).set,
                binding: *id,
                role: *role,
                subject,
            })
        })
    }
}

impl<'a> Effective<'a> {
    /// The roles held, sorted by scope.
    pub fn holdings(&self) -> &[Holding] {
        &self.holdings
    }

    /// The identity is in `system:masters`, which no authorizer refuses.
    pub fn is_master(&self) -> bool {
        self.is_master
    }

    /// The scopes in which anything is held, the cluster first.
    pub fn scopes(&self) -> BTreeSet<&Scope> {
        self.holdings.iter().map(|held| &held.scope).collect()
    }

    /// The permission sets with their scopes, sorted, each once: identities with equal profiles may
    /// do the same by RBAC.
    pub fn profile(&self) -> Vec<(Scope, SetId)> {
        let held = self
            .holdings
            .iter()
            .filter(|held| !self.rbac.set(held.set).is_empty());
        let profile: BTreeSet<(Scope, SetId)> =
            held.map(|held| (held.scope.clone(), held.set)).collect();
        profile.into_iter().collect()
    }

    /// On which objects of a scope the identity may do what is asked; the name and namespace in the
    /// question are not looked at. What is held in a namespace says nothing about the cluster.
    pub fn names(&self, asked: &Asked<'_>, scope: &Scope) -> Names<'a> {
        if self.is_master {
            return Names::All;
        }
        let sets: BTreeSet<SetId> = self
            .holdings
            .iter()
            .filter(|held| held.counts_for(asked) && held.scope.covers(scope))
            .map(|held| held.set)
            .collect();
        let rbac = self.rbac;
        names_in(
            sets.into_iter().map(|set| rbac.table(set)),
            &rbac.words,
            asked,
        )
    }

    /// The holdings that allow what is asked on any object, wherever they count.
    pub fn granting<'s>(&'s self, asked: &'s Asked<'_>) -> impl Iterator<Item = &'s Holding> {
        self.holdings
            .iter()
            .filter(|held| held.counts_for(asked) && self.rbac.set(held.set).names(asked).is_any())
    }
}

impl Holding {
    /// Paths are granted by cluster-wide bindings alone.
    fn counts_for(&self, asked: &Asked<'_>) -> bool {
        asked.resource().is_some() || self.scope == Scope::Cluster
    }
}
