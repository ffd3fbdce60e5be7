//! Since when what requests are judged by is as it is, so that nobody has to walk over a namespace to find out.

use std::collections::HashMap;

use catseye_admission::gate::Neighbourhood;
use catseye_model::{Inventory, Kind, ObjectId};

use crate::difference::Difference;
use crate::live::{ObjectChange, find};

/// By place, the version of the world in which something there became another.
#[derive(Debug, Default)]
pub(crate) struct LastChanges {
    /// By namespace, the empty name for what belongs to the cluster: content of what is judged by itself.
    namespaces: HashMap<Box<str>, u64>,
    /// By kind: anything, also what controllers tell of it.
    kinds: HashMap<Kind, u64>,
}

impl LastChanges {
    /// Notes what has changed. Call it before others can see the new world: a note that comes too early only
    /// makes somebody look.
    pub(crate) fn note(
        &mut self,
        changes: &[ObjectChange],
        before: &Inventory,
        after: &Inventory,
        version: u64,
    ) {
        for change in changes {
            let kind = change.key.known_kind();
            self.kinds.insert(kind, version);
            if change.difference <= Difference::Status || !Neighbourhood::reads(kind) {
                continue;
            }
            // Pods that a workload stands for say nothing that it does not say.
            let is_judged = |inventory: &Inventory| {
                let is_judged = |id: ObjectId| inventory.is_judged(id);
                find(inventory, &change.key).is_some_and(is_judged)
            };
            if kind == Kind::Pod && !is_judged(before) && !is_judged(after) {
                continue;
            }
            self.touch(&change.key.namespace, version);
            if kind == Kind::Other && change.key.namespace.is_empty() {
                // Objects of unknown kinds that belong to the cluster stand under `default`.
                self.touch("default", version);
            }
        }
    }

    fn touch(&mut self, namespace: &str, version: u64) {
        match self.namespaces.get_mut(namespace) {
            Some(held) => *held = version,
            None => {
                self.namespaces.insert(namespace.into(), version);
            }
        }
    }

    /// True when nothing of these namespaces and kinds became another after that version.
    pub(crate) fn holds<'a>(
        &self,
        mut namespaces: impl Iterator<Item = &'a str>,
        mut kinds: impl Iterator<Item = Kind>,
        since: u64,
    ) -> bool {
        let is_old = |version: Option<&u64>| version.is_none_or(|version| *version <= since);
        namespaces.all(|name| is_old(self.namespaces.get(name)))
            && kinds.all(|kind| is_old(self.kinds.get(&kind)))
    }
}
