//! The Inventory: an immutable, indexed snapshot of Kubernetes objects.
//!
//! Every judgement reads one. Objects stand in a stable order (as they were read), indexes hold their
//! positions, and nothing changes after it is built: a watcher builds the next Inventory while
//! readers keep theirs.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::fields::Fields;
use crate::kind::Kind;
use crate::object::Object;
use crate::pod::PodView;
use crate::selector::Selector;

mod patch;
mod uids;

use uids::Uids;

/// An object's place in its Inventory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub u32);

/// How much of the cluster an Inventory shows; judgements about something that is absent depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Completeness {
    /// Single manifests: what is not here may well exist.
    Fragment,
    /// A folder with the manifests of one or more applications: what belongs to them should be here.
    Tree,
    /// A dump of a cluster, or a live one: what is not here does not exist.
    Cluster,
}

/// Names to objects: a folder may hold several variants of one object.
type Names = BTreeMap<Box<str>, Vec<ObjectId>>;

/// Namespaces to names; a namespace is copied when it changes, the others are shared.
type Namespaces = HashMap<Box<str>, Arc<Names>>;

/// Name and uid of an owner that is not among the objects.
type OwnerName<'a> = (Option<&'a str>, Option<&'a str>);

/// An immutable, indexed set of objects.
#[derive(Debug, Clone)]
pub struct Inventory {
    /// Objects at their ids; a gap where one was taken away.
    objects: Vec<Option<Arc<Object>>>,
    present: usize,
    completeness: Completeness,
    /// Sorted.
    by_kind: HashMap<Kind, Arc<Vec<ObjectId>>>,
    by_namespace: HashMap<Kind, Arc<Namespaces>>,
    by_uid: Uids,
    /// For each object, its controlling owner among the objects.
    owners: Vec<Option<ObjectId>>,
    /// For each object, the representative under which it is judged.
    representatives: Vec<ObjectId>,
}

impl Inventory {
    /// Indexes objects, keeping their order.
    pub fn new(objects: Vec<Object>, completeness: Completeness) -> Self {
        let objects = objects.into_iter().map(|object| Some(Arc::new(object)));
        Self::of_slots(objects.collect(), completeness)
    }

    /// Indexes objects that others hold too, keeping their order.
    pub fn of_shared(
        objects: impl IntoIterator<Item = Arc<Object>>,
        completeness: Completeness,
    ) -> Self {
        Self::of_slots(objects.into_iter().map(Some).collect(), completeness)
    }

    /// Indexes objects that stand at their ids.
    pub(crate) fn of_slots(objects: Vec<Option<Arc<Object>>>, completeness: Completeness) -> Self {
        let mut by_kind: HashMap<Kind, Vec<ObjectId>> = HashMap::new();
        let mut by_namespace: HashMap<Kind, HashMap<Box<str>, Names>> = HashMap::new();
        let mut by_uid = Uids::default();
        let mut present = 0;
        for (id, object) in numbered(&objects) {
            present += 1;
            by_kind.entry(object.kind()).or_default().push(id);
            by_namespace
                .entry(object.kind())
                .or_default()
                .entry(object.namespace().into())
                .or_default()
                .entry(object.name().into())
                .or_default()
                .push(id);
            if let Some(uid) = object.value().text("metadata.uid") {
                by_uid.insert(uid, id);
            }
        }
        let shared = |namespaces: HashMap<Box<str>, Names>| {
            let shared: Namespaces = namespaces
                .into_iter()
                .map(|(namespace, names)| (namespace, Arc::new(names)))
                .collect();
            Arc::new(shared)
        };
        let mut inventory = Inventory {
            by_kind: by_kind
                .into_iter()
                .map(|(kind, ids)| (kind, Arc::new(ids)))
                .collect(),
            by_namespace: by_namespace
                .into_iter()
                .map(|(kind, namespaces)| (kind, shared(namespaces)))
                .collect(),
            by_uid,
            owners: Vec::new(),
            representatives: Vec::new(),
            objects,
            present,
            completeness,
        };
        inventory.owners = inventory
            .objects
            .iter()
            .map(|object| inventory.find_owner(object.as_deref()?))
            .collect();
        inventory.representatives = (0_u32..)
            .map(ObjectId)
            .take(inventory.objects.len())
            .collect();
        let all: Vec<ObjectId> = inventory.objects().map(|(id, _)| id).collect();
        inventory.represent(&all);
        inventory
    }

    /// All objects with their ids, in the order in which they were read.
    pub fn objects(&self) -> impl Iterator<Item = (ObjectId, &Object)> {
        numbered(&self.objects)
    }

    /// The number of objects.
    pub fn len(&self) -> usize {
        self.present
    }

    /// True without objects.
    pub fn is_empty(&self) -> bool {
        self.present == 0
    }

    /// The number of ids that were given out: every id is below it.
    pub fn ids(&self) -> usize {
        self.objects.len()
    }

    /// How much of the cluster is here.
    pub fn completeness(&self) -> Completeness {
        self.completeness
    }

    /// The object of an id that this Inventory gave out.
    ///
    /// # Panics
    ///
    /// For an id of an object that was taken away since.
    pub fn object(&self, id: ObjectId) -> &Object {
        self.get(id)
            .expect("ids are used with the Inventory that gave them out")
    }

    /// The object of an id, if it is (still) there.
    pub fn get(&self, id: ObjectId) -> Option<&Object> {
        self.objects.get(id.0 as usize)?.as_deref()
    }

    /// The same as [`Inventory::object`], to be kept beyond this Inventory.
    pub fn shared(&self, id: ObjectId) -> Option<Arc<Object>> {
        self.objects.get(id.0 as usize)?.clone()
    }

    /// The id of an object that this Inventory holds; `None` for any other, equal ones too.
    pub fn id_of(&self, object: &Object) -> Option<ObjectId> {
        self.named(object.kind(), object.namespace(), object.name())
            .find(|(_, held)| std::ptr::eq(*held, object))
            .map(|(id, _)| id)
    }

    /// All objects of one kind.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = (ObjectId, &Object)> {
        self.by_kind
            .get(&kind)
            .into_iter()
            .flat_map(|ids| ids.iter())
            .map(|id| (*id, self.object(*id)))
    }

    /// The objects of one kind in one namespace (empty for cluster-scoped kinds), by name.
    pub fn in_namespace(
        &self,
        kind: Kind,
        namespace: &str,
    ) -> impl Iterator<Item = (ObjectId, &Object)> {
        self.names(kind, namespace)
            .into_iter()
            .flat_map(BTreeMap::values)
            .flatten()
            .map(|id| (*id, self.object(*id)))
    }

    /// The objects of that kind, namespace and name; a folder may hold several variants of one.
    pub fn named(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
    ) -> impl Iterator<Item = (ObjectId, &Object)> {
        self.names(kind, namespace)
            .and_then(|names| names.get(name))
            .into_iter()
            .flatten()
            .map(|id| (*id, self.object(*id)))
    }

    /// The first object of that kind, namespace and name.
    pub fn find(&self, kind: Kind, namespace: &str, name: &str) -> Option<&Object> {
        self.named(kind, namespace, name)
            .next()
            .map(|(_, object)| object)
    }

    /// The workloads that are judged: every object with a pod template, without those that a
    /// workload among the objects controls.
    pub fn workloads(&self) -> impl Iterator<Item = (ObjectId, PodView<'_>)> {
        self.objects()
            .filter(|(id, _)| self.is_judged(*id))
            .filter_map(|(id, object)| Some((id, PodView::of(object)?)))
    }

    /// The judged workloads of a namespace whose pods carry labels that match.
    pub fn workloads_selected<'a>(
        &'a self,
        namespace: &'a str,
        selector: &'a Selector,
    ) -> impl Iterator<Item = (ObjectId, PodView<'a>)> {
        Kind::WORKLOADS
            .iter()
            .flat_map(move |kind| self.in_namespace(*kind, namespace))
            .filter(|(id, _)| self.is_judged(*id))
            .filter_map(|(id, object)| Some((id, PodView::of(object)?)))
            .filter(|(_, pod)| selector.matches(pod.labels()))
    }

    /// The object that controls this one, if it is among the objects.
    pub fn owner(&self, id: ObjectId) -> Option<ObjectId> {
        self.owners[id.0 as usize]
    }

    /// The object at the top of the chain of controllers; the object itself where nothing among the
    /// objects controls it.
    pub fn top_owner(&self, id: ObjectId) -> ObjectId {
        let mut top = id;
        // Hostile input may hold a cycle of owners; a real chain is at most a few long.
        for _ in 0..16 {
            match self.owner(top) {
                Some(owner) => top = owner,
                None => break,
            }
        }
        top
    }

    /// The object under which this one is judged: its top owner, or, for pods whose owner is not
    /// among the objects, the first pod of that owner.
    pub fn representative(&self, id: ObjectId) -> ObjectId {
        self.representatives[id.0 as usize]
    }

    /// True when findings are reported at this object rather than at one that stands for it.
    pub fn is_judged(&self, id: ObjectId) -> bool {
        self.representative(id) == id
    }

    fn names(&self, kind: Kind, namespace: &str) -> Option<&Names> {
        self.by_namespace
            .get(&kind)?
            .get(namespace)
            .map(Arc::as_ref)
    }

    fn find_owner(&self, object: &Object) -> Option<ObjectId> {
        let reference = controller_reference(object)?;
        if let Some(owner) = reference.text("uid").and_then(|uid| self.by_uid.get(uid)) {
            return Some(owner);
        }
        let group = reference
            .text("apiVersion")
            .and_then(|v| v.split_once('/'))
            .map_or("", |v| v.0);
        let kind = Kind::of(group, reference.text("kind")?);
        let name = reference.text("name")?;
        // Of kinds that are not known, only the uid tells one from another.
        if kind == Kind::Other {
            return None;
        }
        // A controller lives in the namespace of what it controls, or is cluster-scoped.
        self.named(kind, object.namespace(), name)
            .chain(self.named(kind, "", name))
            .map(|(id, _)| id)
            .next()
    }

    /// Finds the representatives of some objects, which are given in order and hold all objects of
    /// their namespaces.
    fn represent(&mut self, ids: &[ObjectId]) {
        let mut first_of_absent_owner: HashMap<(Kind, &str, OwnerName<'_>), ObjectId> =
            HashMap::new();
        let mut found = Vec::with_capacity(ids.len());
        for id in ids.iter().copied() {
            let object = self.object(id);
            if !object.kind().is_workload() {
                found.push(id);
                continue;
            }
            // Only a workload stands for another: a custom resource that controls a Deployment
            // has no pod template to judge, and a Node none for its mirror pods.
            let highest = self.highest_workload(id);
            if highest != id {
                found.push(highest);
                continue;
            }
            let absent_owner = controller_reference(object)
                .filter(|reference| reference.text("kind") != Some("Node"))
                // Written by hand, uids repeat; the name is the owner's own.
                .map(|reference| (reference.text("name"), reference.text("uid")))
                .filter(|(name, uid)| name.is_some() || uid.is_some());
            found.push(match absent_owner {
                Some(owner) => *first_of_absent_owner
                    .entry((object.kind(), object.namespace(), owner))
                    .or_insert(id),
                None => id,
            });
        }
        for (id, representative) in ids.iter().zip(found) {
            self.representatives[id.0 as usize] = representative;
        }
    }

    fn highest_workload(&self, id: ObjectId) -> ObjectId {
        let mut highest = id;
        let mut at = id;
        for _ in 0..16 {
            let Some(owner) = self.owner(at) else { break };
            if PodView::of(self.object(owner)).is_some() {
                highest = owner;
            }
            at = owner;
        }
        highest
    }
}

fn controller_reference(object: &Object) -> Option<&crate::Value> {
    let references = object.value().list("metadata.ownerReferences");
    references
        .iter()
        .find(|reference| reference.flag("controller") == Some(true))
        .or_else(|| references.first())
}

fn numbered(objects: &[Option<Arc<Object>>]) -> impl Iterator<Item = (ObjectId, &Object)> {
    // An Inventory of 2^32 objects would not fit any machine's memory.
    (0_u32..)
        .map(ObjectId)
        .zip(objects)
        .filter_map(|(id, object)| Some((id, object.as_deref()?)))
}

#[cfg(test)]
mod tests {
    use crate::json;

    use super::*;

    fn object(kind: &str, api: &str, name: &str, owner: Option<(&str, &str, &str)>) -> Object {
        let mut value = json!({
            "apiVersion": api, "kind": kind,
            "metadata": {"name": name, "namespace": "shop"},
            "spec": {"containers": [], "template": {"spec": {"containers": []}}},
        });
        if let Some((kind, api, name)) = owner {
            let owners = json!([
                {"kind": kind, "apiVersion": api, "name": name, "uid": format!("uid-{name}"), "controller": true}
            ]);
            value.update("metadata", |metadata| {
                metadata.set("ownerReferences", owners);
            });
        }
        Object::new(value, None).unwrap()
    }

    fn judged(objects: Vec<Object>) -> Vec<String> {
        let inventory = Inventory::new(objects, Completeness::Cluster);
        inventory
            .workloads()
            .map(|(_, pod)| pod.object.to_string())
            .collect()
    }

    #[test]
    fn a_deployment_stands_for_its_replica_set_and_pods() {
        let found = judged(vec![
            object(
                "Pod",
                "v1",
                "cart-1-a",
                Some(("ReplicaSet", "apps/v1", "cart-1")),
            ),
            object(
                "ReplicaSet",
                "apps/v1",
                "cart-1",
                Some(("Deployment", "apps/v1", "cart")),
            ),
            object("Deployment", "apps/v1", "cart", None),
        ]);
        assert_eq!(found, ["Deployment shop/cart"]);
    }

    #[test]
    fn the_first_pod_stands_for_those_of_an_absent_owner() {
        let owner = Some(("ReplicaSet", "apps/v1", "cart-1"));
        let found = judged(vec![
            object("Pod", "v1", "cart-1-a", owner),
            object("Pod", "v1", "cart-1-b", owner),
            object("Pod", "v1", "alone", None),
        ]);
        assert_eq!(found, ["Pod shop/cart-1-a", "Pod shop/alone"]);
    }

    #[test]
    fn a_custom_resource_without_pods_does_not_stand_for_its_deployment() {
        let mut operator = object("Kafka", "kafka.strimzi.io/v1", "k", None)
            .value()
            .clone();
        operator.update("metadata", |metadata| metadata.set("uid", json!("uid-k")));
        operator.set("spec", json!({}));
        let found = judged(vec![
            Object::new(operator, None).unwrap(),
            object(
                "StatefulSet",
                "apps/v1",
                "k-0",
                Some(("Kafka", "kafka.strimzi.io/v1", "k")),
            ),
        ]);
        assert_eq!(found, ["StatefulSet shop/k-0"]);
    }

    #[test]
    fn an_object_knows_its_place() {
        let objects = ["a", "b", "c"].map(|name| object("Pod", "v1", name, None));
        let inventory = Inventory::new(objects.to_vec(), Completeness::Tree);
        for (id, held) in inventory.objects() {
            assert_eq!(inventory.id_of(held), Some(id));
        }
        assert_eq!(inventory.id_of(&objects[0]), None);
    }

    #[test]
    fn a_cycle_of_owners_ends() {
        let found = judged(vec![
            object(
                "ReplicaSet",
                "apps/v1",
                "a",
                Some(("ReplicaSet", "apps/v1", "b")),
            ),
            object(
                "ReplicaSet",
                "apps/v1",
                "b",
                Some(("ReplicaSet", "apps/v1", "a")),
            ),
        ]);
        assert!(found.len() <= 2);
    }
}
