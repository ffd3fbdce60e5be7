//! Where a role or binding is written.

use std::collections::BTreeMap;
use std::fmt;

use catseye_model::{Inventory, ObjectId, Outline};
use catseye_report::Source;
use serde_json::{Value, json};

use crate::intake::Loaded;

/// A file and a line; nowhere for what Kubernetes brings along.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(Option<(String, u32)>);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some((file, line)) => write!(f, "{file}:{line}"),
            None => f.write_str("Kubernetes' own"),
        }
    }
}

impl Place {
    /// Adds `file` and `line` to a JSON object.
    pub(super) fn put(&self, value: &mut Value) {
        if let Some((file, line)) = &self.0 {
            value["file"] = json!(file);
            value["line"] = json!(line);
        }
    }
}

/// Places in what was read; a dump's one large document is read for them once.
pub(super) struct Places<'a> {
    inventory: &'a Inventory,
    sources: &'a [Source],
    outlines: BTreeMap<(u32, usize), Outline<'a>>,
}

impl<'a> Places<'a> {
    pub(super) fn of(loaded: &'a Loaded) -> Self {
        Places {
            inventory: &loaded.inventory,
            sources: &loaded.sources,
            outlines: BTreeMap::new(),
        }
    }

    /// Where an object begins.
    pub(super) fn of_object(&mut self, object: Option<ObjectId>) -> Place {
        let origin = object.and_then(|id| self.inventory.object(id).origin());
        let Some(origin) = origin else {
            return Place(None);
        };
        let Some(source) = self.sources.get(origin.file.0 as usize) else {
            return Place(None);
        };
        let line = if origin.within.is_root() {
            origin.line
        } else {
            let key = (origin.file.0, origin.document.start);
            let outline = self.outlines.entry(key).or_insert_with(|| {
                Outline::read_from(&source.text, origin.document.clone(), origin.start)
            });
            outline.locate(&origin.within).line
        };
        Place(Some((source.name.clone(), line)))
    }
}
