//! What a check may look at beside the object that it judges: the Inventory, the team's configuration,
//! and indexes over the Inventory that are built once, when the first check asks.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use catseye_model::{Inventory, Version};

use crate::config::Config;

/// The surroundings of the object that is judged.
pub struct Context<'a> {
    /// All objects.
    pub inventory: &'a Inventory,
    /// The team's own rules.
    pub config: &'a Config,
    indexes: RwLock<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

/// Something derived from the whole Inventory that checks share, such as a map from host to routes.
/// It holds ids, not references.
pub(crate) trait Index: Send + Sync + 'static {
    /// Derives it.
    fn build(inventory: &Inventory) -> Self;
}

impl<'a> Context<'a> {
    /// The surroundings given by an Inventory and a configuration.
    pub fn new(inventory: &'a Inventory, config: &'a Config) -> Self {
        Context {
            inventory,
            config,
            indexes: RwLock::default(),
        }
    }

    /// The Kubernetes version whose rules apply.
    pub fn version(&self) -> Version {
        self.config.kubernetes_version
    }

    /// The index of that type, built when first asked for.
    pub(crate) fn index<T: Index>(&self) -> Arc<T> {
        let key = TypeId::of::<T>();
        let built = self
            .indexes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        let index = built.unwrap_or_else(|| {
            // Built under the lock, so that threads wait for it rather than build it again.
            let mut indexes = self.indexes.write().unwrap_or_else(PoisonError::into_inner);
            let slot = indexes
                .entry(key)
                .or_insert_with(|| Arc::new(T::build(self.inventory)));
            Arc::clone(slot)
        });
        index
            .downcast()
            .expect("the slot of a type holds a value of that type")
    }
}
