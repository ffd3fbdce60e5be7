//! What a check may look at beside the object that it judges: the Inventory, the team's configuration,
//! and indexes over the Inventory that are built once, when the first check asks.

use std::any::{Any, TypeId};
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use catseye_model::{Inventory, Kind, Version};

use crate::config::Config;

/// The surroundings of the object that is judged.
pub struct Context<'a> {
    /// All objects.
    pub inventory: &'a Inventory,
    /// The team's own rules.
    pub config: &'a Config,
    indexes: Indexes,
    base: Option<Base<'a>>,
}

/// The Inventory before a change, whose indexes are used, and built, where the change does not matter.
struct Base<'a> {
    inventory: &'a Inventory,
    indexes: &'a Indexes,
    changed: &'a Changed,
}

/// What was derived from an Inventory so far, to be used for the next one where it still holds.
#[derive(Clone, Default)]
pub struct Indexes(Arc<RwLock<HashMap<TypeId, Built>>>);

#[derive(Clone)]
struct Built {
    index: Arc<dyn Any + Send + Sync>,
    reads: Reads,
}

/// What an index is derived from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reads {
    /// Objects of any kind.
    Everything,
    /// Objects of these kinds.
    Kinds(&'static [Kind]),
    /// Objects of these kinds, the workloads that are judged, and which they are.
    KindsAndWorkloads(&'static [Kind]),
    /// Every pod, also those that a workload stands for.
    Replicas,
}

/// What is different between two Inventories, as far as indexes care.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// Kinds of the judged objects that came, changed or went.
    pub kinds: BTreeSet<Kind>,
    /// A pod that another object stands for came, changed or went.
    pub replicas: bool,
}

impl Changed {
    /// True when nothing is different.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty() && !self.replicas
    }
}

impl Reads {
    /// True when an index that reads this is the same after a change.
    fn holds_after(self, changed: &Changed) -> bool {
        match self {
            Reads::Everything => changed.kinds.is_empty(),
            Reads::Kinds(kinds) => kinds.iter().all(|kind| !changed.kinds.contains(kind)),
            Reads::KindsAndWorkloads(kinds) => !changed
                .kinds
                .iter()
                .any(|kind| kind.is_workload() || kinds.contains(kind)),
            Reads::Replicas => {
                !changed.replicas && !changed.kinds.iter().any(|kind| kind.is_workload())
            }
        }
    }
}

impl Indexes {
    /// Those that still hold when this has changed. Ids must mean the same in both Inventories.
    #[must_use]
    pub fn after(&self, changed: &Changed) -> Indexes {
        let built = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let kept = built
            .iter()
            .filter(|(_, built)| built.reads.holds_after(changed))
            .map(|(key, built)| (*key, built.clone()))
            .collect();
        Indexes(Arc::new(RwLock::new(kept)))
    }
}

impl Indexes {
    /// The index of a type over an Inventory, built when first asked for.
    fn index<T: Index>(&self, inventory: &Inventory) -> Arc<T> {
        let key = TypeId::of::<T>();
        let built = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .map(|built| Arc::clone(&built.index));
        let index = built.unwrap_or_else(|| {
            // Built under the lock, so that threads wait for it rather than build it again.
            let mut indexes = self.0.write().unwrap_or_else(PoisonError::into_inner);
            let slot = indexes.entry(key).or_insert_with(|| Built {
                index: Arc::new(T::build(inventory)),
                reads: T::READS,
            });
            Arc::clone(&slot.index)
        });
        index
            .downcast()
            .expect("the slot of a type holds a value of that type")
    }
}

impl fmt::Debug for Indexes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let built = self.0.read().unwrap_or_else(PoisonError::into_inner);
        write!(out, "Indexes({})", built.len())
    }
}

/// Something derived from the whole Inventory that checks share, such as a map from host to routes.
/// It holds ids, not references.
pub(crate) trait Index: Send + Sync + 'static {
    /// What it is derived from.
    const READS: Reads;

    /// Derives it.
    fn build(inventory: &Inventory) -> Self;
}

impl<'a> Context<'a> {
    /// The surroundings given by an Inventory and a configuration.
    pub fn new(inventory: &'a Inventory, config: &'a Config) -> Self {
        Context {
            inventory,
            config,
            indexes: Indexes::default(),
            base: None,
        }
    }

    pub(crate) fn over(
        mut self,
        inventory: &'a Inventory,
        indexes: &'a Indexes,
        changed: &'a Changed,
    ) -> Self {
        self.base = Some(Base {
            inventory,
            indexes,
            changed,
        });
        self
    }

    pub(crate) fn with_indexes(mut self, indexes: Indexes) -> Self {
        self.indexes = indexes;
        self
    }

    pub(crate) fn indexes(&self) -> &Indexes {
        &self.indexes
    }

    /// The Kubernetes version whose rules apply.
    pub fn version(&self) -> Version {
        self.config.kubernetes_version
    }

    /// The index of that type, built when first asked for.
    pub(crate) fn index<T: Index>(&self) -> Arc<T> {
        match &self.base {
            Some(base) if T::READS.holds_after(base.changed) => base.indexes.index(base.inventory),
            _ => self.indexes.index(self.inventory),
        }
    }
}
