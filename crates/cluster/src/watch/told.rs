//! A delta in the words of the model, which the hub reads: less is said, nothing that it needs is lost.

use catseye_model::{Delta as Told, DeltaChange, ObjectKey};

use super::{Change, Delta};
use crate::discover::Resource;

impl Delta {
    /// What the hub is told; none for what it does not need.
    ///
    /// A kind that is seen again after a gap is told as synced: its objects have been told, before the
    /// gap or since.
    pub fn told(self) -> Option<Told> {
        let synced = |resource: &Resource| DeltaChange::Synced {
            group: resource.group.clone(),
            kind: resource.kind.clone(),
        };
        let change = match self.change {
            Change::Upsert { object, .. } => DeltaChange::Upsert(object),
            Change::Delete { key, resource, .. } => DeltaChange::Delete(ObjectKey {
                group: resource.group.clone(),
                kind: resource.kind.clone(),
                namespace: key.namespace.unwrap_or_default(),
                name: key.name,
            }),
            Change::Synced(resource) | Change::Removed(resource) => synced(&resource),
            Change::Gap { gap, resource } => match resource {
                Some(resource) => DeltaChange::Gap {
                    group: resource.group.clone(),
                    kind: resource.kind.clone(),
                    reason: gap.message,
                },
                // A whole group, as `metrics.k8s.io/v1beta1`, or the discovery.
                None => DeltaChange::Gap {
                    group: (gap.resource.split_once('/'))
                        .map_or("", |(group, _)| group)
                        .to_owned(),
                    kind: gap.resource,
                    reason: gap.message,
                },
            },
            Change::Recovered { name, resource } => match resource {
                Some(resource) => synced(&resource),
                None => DeltaChange::Synced {
                    group: (name.split_once('/'))
                        .map_or("", |(group, _)| group)
                        .to_owned(),
                    kind: name,
                },
            },
            Change::Settled => return None,
        };
        Some(Told {
            time: self.time,
            change,
        })
    }
}
