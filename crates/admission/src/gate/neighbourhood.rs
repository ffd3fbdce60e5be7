//! What a change touches: a small Inventory of one namespace and of what holds everywhere.
//!
//! Judging a request must not cost what a cluster has: a namespace of a few hundred objects is indexed
//! once, kept as long as nothing in it changes, and every request is judged on a patch of it. What is
//! left out can make a check answer "unknown", never "wrong": nodes, volumes, other namespaces.

use std::sync::Arc;
use std::sync::OnceLock;

use catseye_checks::Indexes;
use catseye_model::{Completeness, Inventory, Kind, Object, ObjectId};

use super::judge::Gate;
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
    members: Vec<Arc<Object>>,
    pub(crate) inventory: Inventory,
    pub(crate) indexes: Indexes,
    pub(crate) surroundings: Surroundings,
    /// The checks that fail at each neighbour, before any change; computed when first asked for.
    pub(crate) before: OnceLock<Vec<(ObjectId, Vec<String>)>>,
}

impl Neighbourhood {
    /// The neighbourhood of a namespace; of cluster-scoped objects for the empty name.
    pub fn of(inventory: &Inventory, namespace: &str, gate: &Gate) -> Self {
        Self::made_of(members(inventory, namespace, gate))
    }

    /// This one, while it holds; a new one when something in it has changed. Objects are never changed
    /// in place, so the same ones say the same.
    pub fn current(
        held: Option<Arc<Neighbourhood>>,
        inventory: &Inventory,
        namespace: &str,
        gate: &Gate,
    ) -> Arc<Self> {
        let members = members(inventory, namespace, gate);
        if let Some(held) = held
            && held.members.len() == members.len()
            && held
                .members
                .iter()
                .zip(&members)
                .all(|(old, new)| Arc::ptr_eq(old, new))
        {
            return held;
        }
        Arc::new(Self::made_of(members))
    }

    fn made_of(members: Vec<Arc<Object>>) -> Self {
        // What belongs to a namespace is here, so what is missing in it is missing.
        let inventory = Inventory::of_shared(members.iter().cloned(), Completeness::Tree);
        let surroundings = Surroundings::of(&inventory);
        Neighbourhood {
            members,
            inventory,
            indexes: Indexes::default(),
            surroundings,
            before: OnceLock::new(),
        }
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

fn members(inventory: &Inventory, namespace: &str, gate: &Gate) -> Vec<Arc<Object>> {
    let mut members = Vec::new();
    let mut add = |id: ObjectId| {
        // The pods of a Deployment say nothing that it does not say.
        if inventory.is_judged(id) {
            members.extend(inventory.shared(id));
        }
    };
    for kind in Kind::ALL.iter().chain([&Kind::Other]) {
        if PASSED_OVER.contains(kind) {
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
    for (kind, elsewhere) in gate.params_elsewhere() {
        if elsewhere == namespace {
            continue;
        }
        for (id, _) in inventory.in_namespace(kind, elsewhere) {
            add(id);
        }
    }
    members
}
