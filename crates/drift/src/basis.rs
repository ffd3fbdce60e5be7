//! All that one object is judged with, owned: what a program keeps that goes on running.
//!
//! Made anew when something changed that decides about other objects (what is desired, autoscalers,
//! webhooks, definitions); in between every changed object is judged alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use catseye_model::{Inventory, Kind, Object, ObjectKey};

use crate::compare::Comparison;
use crate::desired::ownership::Ownership;
use crate::desired::{DesiredState, Source, applied};
use crate::difference::Class;
use crate::ledger::Ledger;
use crate::mutation::Mutations;
use crate::scaling::{self, Ranges};
use crate::schema::Schemas;
use crate::set::{self, Coverage, ObjectDrift, Surroundings, There, compare_one};
use crate::trust::Trust;

/// What a basis is made of, beside the cluster.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// Managers that are trusted with every field.
    pub trust: Vec<String>,
    /// The manager that deploys, where the user says so.
    pub deployer: Option<String>,
    /// Whether the inventories of Argo CD and Flux claim their namespaces.
    pub inventories: bool,
}

/// All that one object is judged with.
#[derive(Debug, Clone)]
pub struct Basis {
    desired: Arc<DesiredState>,
    schemas: Schemas,
    trust: Trust,
    ranges: Ranges,
    mutations: Mutations,
    deployer: Option<String>,
    around: Surroundings,
}

impl Basis {
    /// Learns from the cluster as it is. `mutations` are those that a log told.
    pub fn of(
        mut desired: Arc<DesiredState>,
        live: &Inventory,
        terms: &Terms,
        ledger: &Ledger,
        mutations: Mutations,
    ) -> Self {
        Arc::make_mut(&mut desired).settle_scopes(live);
        let mut trust = Trust {
            managers: terms.trust.clone(),
            ..Trust::default()
        };
        trust.forged = ledger.forged(&trust);
        // Whether its inventory claims anything or not.
        trust.applications = Ownership::of(live).argo_names();
        let ownership = if terms.inventories {
            Ownership::of(live)
        } else {
            Ownership::default()
        };
        let coverage = Coverage::of_written(&desired, &ownership);
        let mut around = Surroundings::of(&desired, live, ownership);
        around.coverage = coverage;
        around.provenance = around.provenance.with_ledger(ledger);
        let mut basis = Basis {
            schemas: Schemas::with_definitions(live),
            trust,
            ranges: Ranges::of(live).or_desired(&desired),
            mutations: Mutations::default(),
            deployer: terms.deployer.clone(),
            around,
            desired,
        };
        let mut learned = mutations;
        learned.look(live);
        set::learn(&basis.comparison(), &basis.desired, live, &mut learned);
        basis.mutations = learned;
        basis
    }

    /// How objects are compared.
    pub fn comparison(&self) -> Comparison<'_> {
        Comparison {
            schemas: &self.schemas,
            trust: &self.trust,
            ranges: &self.ranges,
            mutations: &self.mutations,
            deployer: self.deployer.as_deref(),
            // The hub hashes desired values and live ones under its own key.
            same_key: true,
        }
    }

    /// What is desired.
    pub fn desired(&self) -> &Arc<DesiredState> {
        &self.desired
    }

    /// The kinds.
    pub fn schemas(&self) -> &Schemas {
        &self.schemas
    }

    /// Who owns what.
    pub fn ownership(&self) -> &Ownership {
        &self.around.ownership
    }

    /// True when a change of this object decides about others, so that a new basis is needed.
    pub fn is_decided_by(key: &ObjectKey) -> bool {
        matches!(
            key.known_kind(),
            Kind::CustomResourceDefinition | Kind::MutatingWebhookConfiguration
        )
    }

    /// Takes in that an autoscaler came, changed or went, as `live` shows it now. Gives the workload about
    /// which the answer may be another.
    pub fn learn_autoscaler(&mut self, autoscaler: &Object, live: &Inventory) -> Option<ObjectKey> {
        let target = scaling::target_of(autoscaler)?;
        self.ranges = Ranges::of(live).or_desired(&self.desired);
        Some(target)
    }

    /// Takes in an application as it is now, or that it is gone. Gives the objects about which the answer
    /// may be another.
    pub fn learn_application(
        &mut self,
        key: &ObjectKey,
        object: Option<&Object>,
    ) -> BTreeSet<ObjectKey> {
        let moved = match object {
            Some(object) => self.around.ownership.learn(object),
            None => self.around.ownership.forget(key),
        };
        if !moved.is_empty() {
            self.around.coverage = Coverage::of_written(&self.desired, &self.around.ownership);
        }
        moved
    }

    /// Takes in what an object says was last applied to it, unless somebody else says what it should be.
    pub fn learn_applied(&mut self, key: &ObjectKey, object: Option<&Object>) {
        let known = self.desired.get(key);
        if known.is_some_and(|desired| desired.source != Source::LastApplied) {
            return;
        }
        let applied = object.and_then(applied::of).and_then(Result::ok);
        let is_known = |applied: &Object| {
            known.is_some_and(|desired| desired.object.value() == applied.value())
        };
        match applied {
            Some(applied) if is_known(&applied) => {}
            Some(applied) => {
                let desired = Arc::make_mut(&mut self.desired);
                desired.remove(key);
                desired.add(applied, Source::LastApplied);
            }
            None if known.is_some() => {
                Arc::make_mut(&mut self.desired).remove(key);
            }
            None => {}
        }
    }

    /// Notes that a person made an object.
    pub fn made_by_person(&mut self, key: ObjectKey) {
        self.around.provenance.by_person(key);
    }

    /// Takes in who made what, and who wrote under whose name, as the log shows it by now.
    pub fn learn_authors(&mut self, ledger: &Ledger) {
        self.trust.forged = ledger.forged(&self.trust);
        let provenance = std::mem::take(&mut self.around.provenance);
        self.around.provenance = provenance.with_ledger(ledger);
    }

    /// What is wrong with a live object; none when it is as desired, or nobody's business.
    pub fn judge(&self, object: &Object) -> Option<ObjectDrift> {
        let comparison = self.comparison();
        let key = ObjectKey::of(object);
        if self.desired.get(&key).is_some() {
            return compare_one(&comparison, &self.desired, object);
        }
        self.around
            .is_unmanaged(&comparison, &self.desired, &key, object)
            .then(|| ObjectDrift::whole(key, Class::Unmanaged, object, None))
    }

    /// The drift of an object that is not there; none when nobody desires it, or it may be gone.
    pub fn judge_absent(&self, key: &ObjectKey) -> Option<ObjectDrift> {
        let Some(wanted) = self.desired.get(key) else {
            let application = self.around.ownership.expects(key)?;
            let is_held = self.desired.is_held(key);
            return (!is_held).then(|| ObjectDrift::not_there(key.clone(), &application));
        };
        if set::may_be_gone(wanted.object.value()) || self.desired.is_held(key) {
            return None;
        }
        Some(ObjectDrift::whole(
            key.clone(),
            Class::Missing,
            &wanted.object,
            Some(wanted.source.clone()),
        ))
    }

    /// Judges everything. `sees` says of a group and a kind whether all its objects are known: absence
    /// says something only then.
    pub fn judge_all(
        &self,
        live: &Inventory,
        sees: &dyn Fn(&str, &str) -> bool,
    ) -> Vec<ObjectDrift> {
        let mut found = Vec::new();
        let mut there: BTreeSet<ObjectKey> = BTreeSet::new();
        for (_, object) in live.objects() {
            let key = ObjectKey::of(object);
            if self.desired.get(&key).is_some() {
                there.insert(key);
            }
            found.extend(self.judge(object));
        }
        for (key, _) in self.desired.iter() {
            if !there.contains(key) && sees(&key.group, &key.kind) {
                found.extend(self.judge_absent(key));
            }
        }
        let ownership = &self.around.ownership;
        if !ownership.is_empty() {
            let keys: Vec<ObjectKey> = live
                .objects()
                .map(|(_, object)| ObjectKey::of(object))
                .collect();
            let there = There::of(keys.iter(), ownership);
            for key in ownership.objects() {
                if self.desired.get(key).is_none()
                    && !there.holds(key)
                    && sees(&key.group, &key.kind)
                {
                    found.extend(self.judge_absent(key));
                }
            }
        }
        found.sort_by(|one, other| one.key.cmp(&other.key));
        found
    }
}
