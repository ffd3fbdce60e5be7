//! One immutable state of everything that is judged, with the judgements.

use std::sync::Arc;

use catseye_checks::Verdict;
use catseye_graph::Graph;
use catseye_model::{Inventory, ObjectId};
use catseye_netpol::Reach;
use catseye_rbac::Rbac;
use jiff::Timestamp;

use crate::coverage::Coverage;

/// A state of the cluster and what is to be said of it.
#[derive(Debug)]
pub struct World {
    version: u64,
    taken_at: Timestamp,
    inventory: Arc<Inventory>,
    coverage: Arc<Coverage>,
}

impl World {
    /// One more with every change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The time of the last change in it.
    pub fn taken_at(&self) -> Timestamp {
        self.taken_at
    }

    /// The objects.
    pub fn inventory(&self) -> &Arc<Inventory> {
        &self.inventory
    }

    /// What is seen and what is not.
    pub fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// All answers about an object; `None` for one that another stands for.
    pub fn verdict(&self, _object: ObjectId) -> Option<&Verdict> {
        None
    }

    /// All answers about all objects that are judged, in the order of the Inventory.
    pub fn verdicts(&self) -> impl Iterator<Item = &Verdict> {
        std::iter::empty()
    }

    /// Who can do what; computed when first asked for and shared while nothing of it changes.
    pub fn rbac(&self) -> Arc<Rbac> {
        Arc::new(Rbac::of(&self.inventory))
    }

    /// Who can reach whom; computed when first asked for and shared while nothing of it changes.
    pub fn reach(&self) -> Arc<Reach> {
        Arc::new(Reach::of(&self.inventory))
    }

    /// Asks the attack graph of this world. It is made when first asked for, and kept while questions
    /// come; this call waits for it (up to seconds for a large cluster), so never call it where others
    /// wait: in async code, from `spawn_blocking`.
    pub fn ask_graph<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Graph<'_>) -> T + Send + 'static,
    ) -> T {
        let rbac = self.rbac();
        let reach = self.reach();
        let graph = Graph::of(
            &self.inventory,
            &rbac,
            &reach,
            catseye_graph::Config::default(),
        );
        ask(&graph)
    }

    pub(crate) fn empty(now: Timestamp) -> Self {
        World {
            version: 0,
            taken_at: now,
            inventory: Arc::new(Inventory::new(
                Vec::new(),
                catseye_model::Completeness::Cluster,
            )),
            coverage: Arc::default(),
        }
    }
}
