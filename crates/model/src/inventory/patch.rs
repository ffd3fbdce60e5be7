//! The next Inventory, made from this one and a few changes: what did not change is shared.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::{Inventory, ObjectId, controller_reference};
use crate::fields::Fields;
use crate::kind::Kind;
use crate::object::Object;
use crate::pod::PodView;

/// The next Inventory and what is different in it.
#[derive(Debug)]
pub struct Patched {
    /// The next Inventory. Objects that were there before have the ids that they had.
    pub inventory: Inventory,
    /// Objects that are new or changed.
    pub upserted: Vec<ObjectId>,
    /// Objects that are gone: their ids in the Inventory before. A new object may have one of them.
    pub removed: Vec<ObjectId>,
    /// Objects that are judged under another one than before, or by themselves now.
    pub moved: Vec<ObjectId>,
}

impl Inventory {
    /// This Inventory with objects put in (in place of the one of the same kind, namespace and name)
    /// and others taken away. Much faster than a new one when few of many objects change: costs grow
    /// with the changes and the size of the namespaces they are in.
    pub fn patched(&self, upserts: Vec<Object>, removals: &[ObjectId]) -> Patched {
        self.patched_shared(upserts.into_iter().map(Arc::new), removals)
    }

    /// The same with objects that others hold too.
    pub fn patched_shared(
        &self,
        upserts: impl IntoIterator<Item = Arc<Object>>,
        removals: &[ObjectId],
    ) -> Patched {
        let mut next = self.clone();
        let mut patch = Patch::default();
        for id in removals.iter().copied() {
            next.take(id, &mut patch);
        }
        for object in upserts {
            next.put(object, &mut patch);
        }
        let moved = next.mend(&patch);
        patch.upserted.retain(|id| next.get(*id).is_some());
        Patched {
            inventory: next,
            upserted: patch.upserted.into_iter().collect(),
            removed: patch.removed.into_iter().collect(),
            moved,
        }
    }

    fn put(&mut self, object: Arc<Object>, patch: &mut Patch) {
        let held = self
            .named(object.kind(), object.namespace(), object.name())
            .find(|(_, held)| {
                object.kind() != Kind::Other
                    || (held.kind_name() == object.kind_name() && held.group() == object.group())
            })
            .map(|(id, _)| id);
        let Some(id) = held else {
            self.add(object, patch);
            return;
        };
        let before = self.objects[id.0 as usize].replace(object);
        patch.upserted.insert(id);
        let (Some(before), Some(after)) = (before, self.shared(id)) else {
            return;
        };
        let (old, new) = (uid(&before), uid(&after));
        if old != new {
            if let Some(uid) = old {
                self.by_uid.remove(uid, id);
            }
            if let Some(uid) = new {
                self.by_uid.insert(uid, id);
            }
        }
        let same_place = old == new
            && controller_reference(&before) == controller_reference(&after)
            && PodView::of(&before).is_some() == PodView::of(&after).is_some();
        if !same_place {
            patch.disturb(&after);
        }
    }

    fn add(&mut self, object: Arc<Object>, patch: &mut Patch) {
        // Ids of what is gone are given out again only by another Inventory than the one that lost it,
        // so that within one patch an id means one object.
        let free = patch.free_in(self);
        let id = free.unwrap_or_else(|| {
            self.objects.push(None);
            self.owners.push(None);
            let id = ObjectId(u32::try_from(self.objects.len() - 1).unwrap_or(u32::MAX));
            self.representatives.push(id);
            id
        });
        patch.upserted.insert(id);
        patch.disturb(&object);
        self.present += 1;
        let ids = Arc::make_mut(self.by_kind.entry(object.kind()).or_default());
        if let Err(place) = ids.binary_search(&id) {
            ids.insert(place, id);
        }
        let namespaces = Arc::make_mut(self.by_namespace.entry(object.kind()).or_default());
        let names = Arc::make_mut(namespaces.entry(object.namespace().into()).or_default());
        names.entry(object.name().into()).or_default().push(id);
        if let Some(uid) = uid(&object) {
            self.by_uid.insert(uid, id);
        }
        self.objects[id.0 as usize] = Some(object);
    }

    fn take(&mut self, id: ObjectId, patch: &mut Patch) {
        let Some(object) = self.objects.get_mut(id.0 as usize).and_then(Option::take) else {
            return;
        };
        self.present -= 1;
        patch.removed.insert(id);
        patch.upserted.remove(&id);
        patch.disturb(&object);
        if let Some(ids) = self.by_kind.get_mut(&object.kind()) {
            let ids = Arc::make_mut(ids);
            if let Ok(place) = ids.binary_search(&id) {
                ids.remove(place);
            }
        }
        if let Some(namespaces) = self.by_namespace.get_mut(&object.kind()) {
            let namespaces = Arc::make_mut(namespaces);
            if let Some(names) = namespaces.get_mut(object.namespace()) {
                let names = Arc::make_mut(names);
                if let Some(ids) = names.get_mut(object.name()) {
                    ids.retain(|held| *held != id);
                    if ids.is_empty() {
                        names.remove(object.name());
                    }
                }
            }
        }
        if let Some(uid) = uid(&object) {
            self.by_uid.remove(uid, id);
        }
        self.owners[id.0 as usize] = None;
        self.representatives[id.0 as usize] = id;
    }

    /// Finds owners and representatives anew where they may be others now.
    fn mend(&mut self, patch: &Patch) -> Vec<ObjectId> {
        let mut concerned: Vec<ObjectId> = Vec::new();
        if patch.everywhere {
            concerned.extend(self.objects().map(|(id, _)| id));
        } else {
            for kind in Kind::ALL.iter().chain([&Kind::Other]) {
                for namespace in &patch.namespaces {
                    concerned.extend(self.in_namespace(*kind, namespace).map(|(id, _)| id));
                }
            }
        }
        concerned.sort_unstable();
        for id in &concerned {
            self.owners[id.0 as usize] = self.find_owner(self.object(*id));
        }
        let before: HashMap<ObjectId, ObjectId> = concerned
            .iter()
            .map(|id| (*id, self.representative(*id)))
            .collect();
        self.represent(&concerned);
        concerned.retain(|id| before.get(id) != Some(&self.representative(*id)));
        concerned
    }
}

#[derive(Debug, Default)]
struct Patch {
    upserted: BTreeSet<ObjectId>,
    removed: BTreeSet<ObjectId>,
    /// Where owners may be others now.
    namespaces: BTreeSet<Box<str>>,
    everywhere: bool,
    /// Ids that nobody has, once looked for.
    free: Option<Vec<ObjectId>>,
}

impl Patch {
    /// An object came, went, or has another owner or identity.
    fn disturb(&mut self, object: &Object) {
        // Of what belongs to the cluster, nodes and custom resources own what is in namespaces.
        let is_wide = object.kind() == Kind::Node
            || (object.kind() == Kind::Other && object.explicit_namespace().is_none());
        self.everywhere |= is_wide;
        if !object.namespace().is_empty() {
            self.namespaces.insert(object.namespace().into());
        }
    }

    fn free_in(&mut self, inventory: &Inventory) -> Option<ObjectId> {
        let removed = &self.removed;
        let free = self.free.get_or_insert_with(|| {
            if inventory.present + removed.len() == inventory.objects.len() {
                return Vec::new();
            }
            let mut free: Vec<ObjectId> = (0_u32..)
                .map(ObjectId)
                .zip(&inventory.objects)
                .filter(|(id, object)| object.is_none() && !removed.contains(id))
                .map(|(id, _)| id)
                .collect();
            free.reverse();
            free
        });
        free.pop()
    }
}

fn uid(object: &Object) -> Option<&str> {
    object.value().text("metadata.uid")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::inventory::Completeness;

    /// A small world in which everything can own everything.
    fn object(kind: usize, name: u8, namespace: u8, owner: Option<(usize, u8)>, uid: u8) -> Value {
        const KINDS: [(&str, &str); 5] = [
            ("Pod", "v1"),
            ("ReplicaSet", "apps/v1"),
            ("Deployment", "apps/v1"),
            ("Node", "v1"),
            ("Kafka", "kafka.strimzi.io/v1"),
        ];
        let (kind_name, api_version) = KINDS[kind];
        let mut value = json!({
            "apiVersion": api_version, "kind": kind_name,
            "metadata": {"name": format!("n{name}"), "uid": format!("{kind}-{name}-{namespace}-{uid}")},
            "spec": {"containers": [], "template": {"spec": {"containers": []}}},
        });
        if kind != 3 {
            value["metadata"]["namespace"] = json!(format!("ns{namespace}"));
        }
        // Kubernetes lets nothing in a namespace own what is in none.
        if let Some((owner, owner_name)) = owner.filter(|_| kind != 3) {
            let (kind, api_version) = KINDS[owner];
            value["metadata"]["ownerReferences"] = json!([{
                "kind": kind, "apiVersion": api_version, "name": format!("n{owner_name}"),
                "uid": format!("{owner}-{owner_name}-{namespace}-0"), "controller": true}]);
        }
        value
    }

    fn names(inventory: &Inventory) -> BTreeSet<(String, String, Option<String>)> {
        inventory
            .objects()
            .map(|(id, object)| {
                let owner = inventory
                    .owner(id)
                    .map(|id| inventory.object(id).to_string());
                // Which of the pods of an absent owner stands for them depends on their order.
                let representative = inventory.object(inventory.representative(id));
                let stands = match controller_reference(representative) {
                    Some(reference) if owner.is_none() => format!("{:?}", reference["name"]),
                    _ => representative.to_string(),
                };
                (object.to_string(), stands, owner)
            })
            .collect()
    }

    proptest! {
        #[test]
        fn a_patched_inventory_answers_as_a_new_one(
            steps in prop::collection::vec(
                (any::<bool>(), 0_usize..5, 0_u8..4, 0_u8..2, prop::option::of((1_usize..5, 0_u8..4)), 0_u8..2),
                1..40,
            )
        ) {
            let mut patched = Inventory::new(Vec::new(), Completeness::Cluster);
            for (removes, kind, name, namespace, owner, uid) in steps {
                let object = Object::new(object(kind, name, namespace, owner, uid), None).unwrap();
                let held: Vec<ObjectId> = patched
                    .named(object.kind(), object.namespace(), object.name())
                    .map(|(id, _)| id)
                    .collect();
                patched = if removes {
                    patched.patched(Vec::new(), &held).inventory
                } else {
                    patched.patched(vec![object], &[]).inventory
                };
            }
            let slots = patched.objects.clone();
            let fresh = Inventory::of_slots(slots, Completeness::Cluster);
            prop_assert_eq!(names(&patched), names(&fresh));
            prop_assert_eq!(patched.len(), fresh.len());
            for kind in [Kind::Pod, Kind::ReplicaSet, Kind::Deployment, Kind::Node, Kind::Other] {
                let ids = |inventory: &Inventory| -> Vec<ObjectId> {
                    inventory.of_kind(kind).map(|(id, _)| id).collect()
                };
                prop_assert_eq!(ids(&patched), ids(&fresh));
            }
            for (id, object) in patched.objects() {
                prop_assert_eq!(patched.id_of(object), Some(id));
                prop_assert_eq!(patched.representative(id), fresh.representative(id));
            }
        }
    }
}
