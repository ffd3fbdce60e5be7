//! What a change touches: a small Inventory of one namespace and of what holds everywhere.
//!
//! Judging a request must not cost what a cluster has: a namespace of a few hundred objects is indexed
//! once, changed where something in it changes, and every request is judged on a patch of it. What is
//! left out can make a check answer "unknown", never "wrong": nodes, volumes, other namespaces.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, OnceLock};

use catseye_checks::{Changed, Indexes};
use catseye_model::{Completeness, Inventory, Kind, Object, ObjectId};

use super::judge::Gate;
use crate::equivalent::Served;
use crate::set::PolicySet;
use crate::surroundings::Surroundings;

/// Kinds that judgements of requests do not read, and of which there are many.
const PASSED_OVER: [Kind; 12] = [
    Kind::Node,
    Kind::PersistentVolume,
    Kind::VolumeAttachment,
    Kind::CustomResourceDefinition,
    Kind::ApiService,
    Kind::Event,
    Kind::Lease,
    Kind::EndpointSlice,
    Kind::Endpoints,
    Kind::ControllerRevision,
    Kind::CsiStorageCapacity,
    Kind::PodTemplate,
];

/// The objects around a request.
#[derive(Debug)]
pub struct Neighbourhood {
    namespace: Box<str>,
    members: Vec<Arc<Object>>,
    /// Definitions of custom resources, where policies may ask about them.
    definitions: Vec<Arc<Object>>,
    served: Arc<Served>,
    pub(crate) inventory: Inventory,
    pub(crate) indexes: Indexes,
    /// What policies may ask about; made when first asked for.
    surroundings: OnceLock<Surroundings>,
    /// The checks that fail at each neighbour, before any change; computed when first asked for.
    pub(crate) before: OnceLock<Vec<(ObjectId, Vec<String>)>>,
}

/// What a neighbourhood is made of.
struct Parts {
    members: Vec<Arc<Object>>,
    definitions: Vec<Arc<Object>>,
}

impl Neighbourhood {
    /// The neighbourhood of a namespace; of cluster-scoped objects for the empty name.
    pub fn of(inventory: &Inventory, namespace: &str, gate: &Gate) -> Self {
        Self::made_of(namespace, Parts::of(inventory, namespace, gate), None)
    }

    /// This one, while it holds; where something in it has changed, one in which that is changed. Objects are
    /// never changed in place, so the same ones say the same.
    pub fn current(
        held: Option<Arc<Neighbourhood>>,
        inventory: &Inventory,
        namespace: &str,
        gate: &Gate,
    ) -> Arc<Self> {
        let parts = Parts::of(inventory, namespace, gate);
        let Some(held) = held else {
            return Arc::new(Self::made_of(namespace, parts, None));
        };
        if are_same(&held.members, &parts.members)
            && are_same(&held.definitions, &parts.definitions)
        {
            return held;
        }
        let next = match held.patched(&parts) {
            Some((inventory, indexes)) => {
                Self::over(namespace, parts, inventory, indexes, Some(&held))
            }
            None => Self::made_of(namespace, parts, Some(&held)),
        };
        Arc::new(next)
    }

    /// True for kinds whose objects are part of neighbourhoods; of the others, only parameters of policies are.
    pub fn reads(kind: Kind) -> bool {
        !PASSED_OVER.contains(&kind)
    }

    fn made_of(namespace: &str, parts: Parts, held: Option<&Neighbourhood>) -> Self {
        // What belongs to a namespace is here, so what is missing in it is missing.
        let inventory = Inventory::of_shared(parts.members.iter().cloned(), Completeness::Tree);
        Self::over(namespace, parts, inventory, Indexes::default(), held)
    }

    fn over(
        namespace: &str,
        parts: Parts,
        inventory: Inventory,
        indexes: Indexes,
        held: Option<&Neighbourhood>,
    ) -> Self {
        let served = match held {
            Some(held) if are_same(&held.definitions, &parts.definitions) => held.served.clone(),
            _ => {
                let mut served = Served::default();
                for definition in &parts.definitions {
                    served.add(definition);
                }
                Arc::new(served)
            }
        };
        Neighbourhood {
            namespace: namespace.into(),
            members: parts.members,
            definitions: parts.definitions,
            served,
            inventory,
            indexes,
            surroundings: OnceLock::new(),
            before: OnceLock::new(),
        }
    }

    /// The Inventory with what is different in other parts, and the indexes that still hold; `None` where
    /// making it anew is no more work.
    fn patched(&self, parts: &Parts) -> Option<(Inventory, Indexes)> {
        let before: HashSet<*const Object> = self.members.iter().map(Arc::as_ptr).collect();
        let after: HashSet<*const Object> = parts.members.iter().map(Arc::as_ptr).collect();
        let came = parts.members.iter().cloned();
        let came: Vec<Arc<Object>> = came
            .filter(|object| !before.contains(&Arc::as_ptr(object)))
            .collect();
        let gone = self.members.iter();
        let gone: Vec<&Arc<Object>> = gone
            .filter(|object| !after.contains(&Arc::as_ptr(object)))
            .collect();
        if (came.len() + gone.len()) * 4 > parts.members.len() {
            return None;
        }
        let mut changed = Changed::default();
        let mut removals = Vec::new();
        for object in gone {
            changed.kinds.insert(object.kind());
            if !came.iter().any(|other| is_same_place(object, other)) {
                removals.push(self.inventory.id_of(object)?);
            }
        }
        changed
            .kinds
            .extend(came.iter().map(|object| object.kind()));
        let patched = self.inventory.patched_shared(came, &removals);
        let inventory = patched.inventory;
        if inventory.len() != parts.members.len() {
            return None;
        }
        let moved = patched.moved.iter().filter_map(|id| inventory.get(*id));
        changed.kinds.extend(moved.map(Object::kind));
        changed.replicas = changed.kinds.contains(&Kind::Pod);
        let indexes = self.indexes.after(&changed);
        Some((inventory, indexes))
    }

    /// What policies may ask about: the namespace, and parameters.
    pub(crate) fn surroundings(&self, policies: &PolicySet) -> &Surroundings {
        self.surroundings.get_or_init(|| {
            let mut surroundings = Surroundings::default();
            surroundings.served = self.served.clone();
            let own = self.inventory.find(Kind::Namespace, "", &self.namespace);
            if let Some(own) = own {
                surroundings.add(own);
            }
            for (api_version, kind) in policies.param_kinds() {
                let group = group_of(api_version);
                for (_, object) in self.inventory.of_kind(Kind::of(group, kind)) {
                    if object.kind_name() == kind && object.api_version() == api_version {
                        surroundings.add(object);
                    }
                }
            }
            surroundings
        })
    }

    /// How many objects it has.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// True without objects.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

fn are_same(old: &[Arc<Object>], new: &[Arc<Object>]) -> bool {
    old.len() == new.len() && old.iter().zip(new).all(|(old, new)| Arc::ptr_eq(old, new))
}

/// True for two states of one object.
fn is_same_place(one: &Object, other: &Object) -> bool {
    one.kind() == other.kind()
        && one.kind_name() == other.kind_name()
        && one.group() == other.group()
        && one.namespace() == other.namespace()
        && one.name() == other.name()
}

pub(super) fn group_of(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

impl Parts {
    fn of(inventory: &Inventory, namespace: &str, gate: &Gate) -> Self {
        let policies = gate.policies();
        let param_kinds: BTreeSet<Kind> = gate.param_kinds().collect();
        let mut members = Vec::new();
        let mut add = |id: ObjectId| {
            // The pods of a Deployment say nothing that it does not say.
            if inventory.is_judged(id) {
                members.extend(inventory.shared(id));
            }
        };
        for kind in Kind::ALL.iter().chain([&Kind::Other]) {
            if !Neighbourhood::reads(*kind) && !param_kinds.contains(kind) {
                continue;
            }
            for (id, _) in inventory.in_namespace(*kind, "") {
                add(id);
            }
            if !namespace.is_empty() {
                for (id, _) in inventory.in_namespace(*kind, namespace) {
                    add(id);
                }
            }
        }
        // Custom objects that belong to the cluster stand under `default`; there may be many, so they are
        // here only where a policy asks for their kind.
        if namespace != "default" && param_kinds.contains(&Kind::Other) {
            for (id, object) in inventory.in_namespace(Kind::Other, "default") {
                let is_asked = object.explicit_namespace().is_none()
                    && policies.param_kinds().any(|(api_version, kind)| {
                        object.kind_name() == kind && object.api_version() == api_version
                    });
                if is_asked {
                    add(id);
                }
            }
        }
        for (kind, elsewhere) in gate.params_elsewhere() {
            if elsewhere == namespace {
                continue;
            }
            for (id, object) in inventory.in_namespace(kind, elsewhere) {
                if kind != Kind::Other || object.explicit_namespace().is_some() {
                    add(id);
                }
            }
        }
        // Two bindings may name one place.
        let mut seen = HashSet::new();
        members.retain(|object| seen.insert(Arc::as_ptr(object)));
        let definitions = if policies.policies().is_empty() {
            Vec::new()
        } else {
            let definitions = inventory.of_kind(Kind::CustomResourceDefinition);
            definitions
                .filter_map(|(id, _)| inventory.shared(id))
                .collect()
        };
        Parts {
            members,
            definitions,
        }
    }
}
