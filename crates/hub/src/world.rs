//! One immutable state of everything that is judged, with the judgements.

use std::sync::{Arc, OnceLock};

use catseye_checks::{Indexes, Verdict};
use catseye_graph::Graph;
use catseye_model::{Completeness, Inventory, ObjectId};
use catseye_netpol::Reach;
use catseye_rbac::Rbac;
use jiff::Timestamp;

use crate::coverage::Coverage;
use crate::graph_keeper::GraphKeeper;
use crate::standards::Standards;

/// A state of the cluster and what is to be said of it.
#[derive(Debug, Clone)]
pub struct World {
    pub(crate) version: u64,
    pub(crate) taken_at: Timestamp,
    pub(crate) inventory: Arc<Inventory>,
    pub(crate) coverage: Arc<Coverage>,
    /// By object, with the version of the world in which it was judged.
    pub(crate) verdicts: Arc<Vec<Option<Judged>>>,
    pub(crate) findings: usize,
    pub(crate) indexes: Indexes,
    pub(crate) rbac: Arc<OnceLock<Arc<Rbac>>>,
    pub(crate) reach: Arc<OnceLock<Arc<Reach>>>,
    pub(crate) graph: Arc<GraphKeeper>,
    /// What it is held to.
    pub(crate) standards: Arc<Standards>,
}

#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub(crate) version: u64,
    pub(crate) verdict: Arc<Verdict>,
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
    pub fn verdict(&self, object: ObjectId) -> Option<&Verdict> {
        let judged = self.verdicts.get(object.0 as usize)?.as_ref()?;
        Some(&judged.verdict)
    }

    /// All answers about all objects that are judged, in the order of the Inventory.
    pub fn verdicts(&self) -> impl Iterator<Item = &Verdict> {
        self.verdicts
            .iter()
            .flatten()
            .map(|judged| &*judged.verdict)
    }

    /// The same, each with the version of the world in which it was made.
    pub(crate) fn judged_objects(&self) -> impl Iterator<Item = &Judged> {
        self.verdicts.iter().flatten()
    }

    /// How many findings there are.
    pub fn findings(&self) -> usize {
        self.findings
    }

    /// Who can do what; computed when first asked for and shared while nothing of it changes.
    pub fn rbac(&self) -> Arc<Rbac> {
        self.rbac
            .get_or_init(|| Arc::new(Rbac::of(&self.inventory)))
            .clone()
    }

    /// Who can reach whom; computed when first asked for and shared while nothing of it changes.
    pub fn reach(&self) -> Arc<Reach> {
        self.reach
            .get_or_init(|| Arc::new(Reach::of(&self.inventory)))
            .clone()
    }

    /// Asks the attack graph of this world. It is made when first asked for, and kept until the world
    /// has moved on; this call waits for it (up to seconds for a large cluster), so never call it where
    /// others wait: in async code, from `spawn_blocking`.
    pub fn ask_graph<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Graph<'_>) -> T + Send + 'static,
    ) -> T {
        self.graph.ask(self, ask)
    }

    /// A world of the past: these objects, judged.
    pub(crate) fn judged(
        objects: Vec<catseye_model::Object>,
        completeness: Completeness,
        time: Timestamp,
        standards: Arc<Standards>,
    ) -> Self {
        let inventory = Inventory::new(objects, completeness);
        let (verdicts, indexes) =
            crate::judge::sweep(&inventory, &standards.checks, Indexes::default());
        let mut held = vec![None; inventory.ids()];
        for verdict in verdicts {
            let place = verdict.object.0 as usize;
            held[place] = Some(Judged {
                version: 0,
                verdict: Arc::new(verdict),
            });
        }
        World {
            taken_at: time,
            findings: crate::judge::count(&held),
            verdicts: Arc::new(held),
            indexes,
            standards,
            inventory: Arc::new(inventory),
            ..Self::empty(time, completeness)
        }
    }

    pub(crate) fn empty(now: Timestamp, completeness: Completeness) -> Self {
        World {
            version: 0,
            taken_at: now,
            inventory: Arc::new(Inventory::new(Vec::new(), completeness)),
            coverage: Arc::default(),
            verdicts: Arc::default(),
            findings: 0,
            indexes: Indexes::default(),
            rbac: Arc::default(),
            reach: Arc::default(),
            graph: Arc::default(),
            standards: Arc::default(),
        }
    }
}
