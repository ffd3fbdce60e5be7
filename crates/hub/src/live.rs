//! Deltas in, the next world out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use catseye_model::{
    Delta, DeltaChange, Fields as _, Inventory, Kind, Object, ObjectId, ObjectKey,
};
use jiff::Timestamp;

use crate::coverage::{Coverage, KindCoverage};
use crate::difference::{Difference, difference, is_beside_the_graph, is_inert};
use crate::judge::{self, Work};
use crate::world::World;

/// One object before and after.
#[derive(Debug, Clone)]
pub(crate) struct ObjectChange {
    pub(crate) time: Timestamp,
    pub(crate) key: ObjectKey,
    pub(crate) before: Option<Arc<Object>>,
    pub(crate) after: Option<Arc<Object>>,
    pub(crate) difference: Difference,
}

/// What a batch of deltas came to.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    /// Objects that came, changed or went, in the order of the deltas; those that were listed again and
    /// are the same left out.
    pub(crate) changes: Vec<ObjectChange>,
    /// Kubernetes Events, which are no state.
    pub(crate) events: Vec<Object>,
    /// Deltas that held no object.
    pub(crate) unreadable: u64,
    /// Coverage is another.
    pub(crate) coverage_changed: bool,
    /// Judgements of other objects than those judged at once may have changed.
    pub(crate) needs_sweep: bool,
    /// Ways of attack may have changed.
    pub(crate) needs_paths: bool,
}

/// What is remembered between batches.
#[derive(Debug, Default)]
pub(crate) struct Live {
    /// Kinds whose list has begun anew: what was said since.
    relisted: BTreeMap<(String, String), BTreeSet<ObjectKey>>,
    coverage: Coverage,
}

impl Live {
    /// Applies deltas to a world.
    pub(crate) fn apply(&mut self, world: &World, deltas: Vec<Delta>) -> (World, Applied) {
        let mut applied = Applied::default();
        let mut time = world.taken_at;
        let before = world.inventory.clone();
        // The last word on each object, in the order of the first.
        let mut order: Vec<ObjectKey> = Vec::new();
        let mut last: BTreeMap<ObjectKey, (Timestamp, Option<Object>)> = BTreeMap::new();
        let mut say = |key: ObjectKey, time: Timestamp, object: Option<Object>| {
            if last.insert(key.clone(), (time, object)).is_none() {
                order.push(key);
            }
        };
        for delta in deltas {
            time = time.max(delta.time);
            match delta.change {
                DeltaChange::Upsert(value) => {
                    let Ok(object) = Object::new(value, None) else {
                        applied.unreadable += 1;
                        continue;
                    };
                    if object.kind() == Kind::Event {
                        applied.events.push(object);
                        continue;
                    }
                    let key = ObjectKey::of(&object);
                    let of_kind = (key.group.clone(), key.kind.clone());
                    if let Some(said) = self.relisted.get_mut(&of_kind) {
                        said.insert(key.clone());
                    }
                    say(key, delta.time, Some(object));
                }
                DeltaChange::Delete(key) => say(key, delta.time, None),
                DeltaChange::Restart { group, kind } => {
                    // From here on it is a kind that is waited for.
                    let _known = self.coverage_of(&group, &kind);
                    self.relisted.insert((group, kind), BTreeSet::new());
                }
                DeltaChange::Synced { group, kind } => {
                    self.coverage_of(&group, &kind)
                        .synced
                        .get_or_insert(delta.time);
                    self.coverage_of(&group, &kind).gap = None;
                    applied.coverage_changed = true;
                    let Some(said) = self.relisted.remove(&(group.clone(), kind.clone())) else {
                        continue;
                    };
                    for (_, object) in before.of_kind(Kind::of(&group, &kind)) {
                        let key = ObjectKey::of(object);
                        if key.kind == kind && key.group == group && !said.contains(&key) {
                            say(key, delta.time, None);
                        }
                    }
                }
                DeltaChange::Gap {
                    group,
                    kind,
                    reason,
                } => {
                    self.coverage_of(&group, &kind).gap = Some(reason);
                    applied.coverage_changed = true;
                }
            }
        }
        let mut upserts = Vec::new();
        let mut removals = Vec::new();
        let mut bookkeeping = Vec::new();
        for key in order {
            let Some((time, object)) = last.remove(&key) else {
                continue;
            };
            let held = find(&before, &key);
            let old = held.and_then(|id| before.shared(id));
            let difference = match (&old, &object) {
                (None, None) => continue,
                (Some(old), Some(new)) => difference(old, new),
                _ => Difference::Content,
            };
            if difference == Difference::Nothing {
                continue;
            }
            if object.is_none() {
                removals.extend(held);
            }
            if let Some(object) = object {
                bookkeeping.push((applied.changes.len(), key.clone()));
                upserts.push(object);
            }
            applied.changes.push(ObjectChange {
                time,
                key,
                before: old,
                after: None,
                difference,
            });
        }
        let patched = before.patched(upserts, &removals);
        let after = Arc::new(patched.inventory);
        let mut ids: Vec<Option<ObjectId>> = vec![None; applied.changes.len()];
        for (place, key) in bookkeeping {
            let id = find(&after, &key);
            ids[place] = id;
            applied.changes[place].after = id.and_then(|id| after.shared(id));
        }
        let mut work = Work::default();
        work.objects.extend(patched.removed.iter().copied());
        work.objects.extend(patched.moved.iter().copied());
        let mut facts = Facts::default();
        for (change, id) in applied.changes.iter().zip(&ids) {
            concern(&before, &after, change, *id, &mut work, &mut facts);
        }
        for id in &patched.moved {
            // Of what is new all is said already.
            if before.get(*id).is_none() {
                continue;
            }
            let object = after.object(*id);
            work.changed.namespaces.insert(object.namespace().into());
            work.changed.kinds.insert(object.kind());
            facts.graph = true;
        }
        let mut next = world.clone();
        next.version += 1;
        next.taken_at = time;
        let version = next.version;
        applied.needs_sweep = !work.changed.kinds.is_empty() || work.changed.replica_specs;
        applied.needs_paths = facts.graph;
        // A first list is judged as a whole: by the sweep that follows it.
        let bulk = applied.changes.len() > 500;
        let verdicts = Arc::make_mut(&mut next.verdicts);
        if bulk {
            verdicts.resize(after.ids(), None);
            for id in &work.objects {
                if after.get(*id).is_none() {
                    verdicts[id.0 as usize] = None;
                }
            }
            next.indexes = next.indexes.after(&work.changed);
        } else if !(work.objects.is_empty() && work.changed.is_empty()) {
            next.indexes = {
                let config = &world.standards.checks;
                judge::at_once(&after, config, verdicts, &world.indexes, version, &work)
            };
        }
        next.findings = judge::count(&next.verdicts);
        if facts.rbac || facts.nodes {
            next.rbac = Arc::default();
        }
        if facts.network {
            next.reach = Arc::default();
        }
        if facts.graph || facts.rbac || facts.network {
            next.graph = Arc::default();
        }
        self.count(&applied);
        next.coverage = Arc::new(self.coverage.clone());
        next.inventory = after;
        (next, applied)
    }

    fn coverage_of(&mut self, group: &str, kind: &str) -> &mut KindCoverage {
        self.coverage
            .kinds
            .entry(kind_name(group, kind))
            .or_default()
    }

    fn count(&mut self, applied: &Applied) {
        for change in &applied.changes {
            let more = usize::from(change.before.is_none() && change.after.is_some());
            let fewer = usize::from(change.before.is_some() && change.after.is_none());
            let of_kind = self.coverage_of(&change.key.group, &change.key.kind);
            of_kind.objects = (of_kind.objects + more).saturating_sub(fewer);
        }
    }
}

pub(crate) fn kind_name(group: &str, kind: &str) -> String {
    if group.is_empty() {
        kind.to_owned()
    } else {
        format!("{kind}.{group}")
    }
}

/// The object of a key.
pub(crate) fn find(inventory: &Inventory, key: &ObjectKey) -> Option<ObjectId> {
    let kind = key.known_kind();
    // Objects of unknown kinds that belong to the cluster stand under `default`, as a manifest's would.
    let namespace = match kind {
        Kind::Other if key.namespace.is_empty() => "default",
        _ => &key.namespace,
    };
    inventory
        .named(kind, namespace, &key.name)
        .find(|(_, object)| {
            kind != Kind::Other
                || (object.kind_name() == key.kind
                    && object.group() == key.group
                    && object.explicit_namespace().unwrap_or_default() == key.namespace)
        })
        .map(|(id, _)| id)
}

/// Which facts are others.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four facts that change apart"
)]
struct Facts {
    rbac: bool,
    /// Which pods run on which nodes: of RBAC, only answers about nodes change.
    nodes: bool,
    network: bool,
    graph: bool,
}

/// What a change of one object concerns.
fn concern(
    before: &Inventory,
    after: &Inventory,
    change: &ObjectChange,
    id: Option<ObjectId>,
    work: &mut Work,
    facts: &mut Facts,
) {
    if change.difference <= Difference::Bookkeeping {
        return;
    }
    let old = find(before, &change.key);
    let kind = change.key.known_kind();
    let is_replica = |inventory: &Inventory, id: Option<ObjectId>| {
        id.is_some_and(|id| inventory.get(id).is_some() && !inventory.is_judged(id))
    };
    let replica = is_replica(before, old) || is_replica(after, id);
    if let Some(id) = id {
        work.objects.insert(id);
        work.objects.insert(after.representative(id));
    }
    if let Some(old) = old {
        let representative = before.representative(old);
        if after.get(representative).is_some() {
            work.objects.insert(representative);
        }
    }
    work.changed.replicas |= kind == Kind::Pod;
    let namespace = change.key.namespace.as_str();
    work.changed.namespaces.insert(namespace.into());
    if change.difference == Difference::Status || is_inert(kind) {
        return;
    }
    if replica {
        let workload = match id {
            Some(id) => after.representative(id),
            None => old.map_or(ObjectId(u32::MAX), |old| before.representative(old)),
        };
        let moved = kind == Kind::Pod
            && hosts_of(before, namespace, workload) != hosts_of(after, namespace, workload);
        facts.graph |= moved;
        work.changed.replica_specs |= kind == Kind::Pod;
        // The node authorizer knows which pods run where.
        facts.nodes |= kind == Kind::Pod;
        return;
    }
    work.changed.kinds.insert(kind);
    if !change.key.namespace.is_empty() {
        work.namespaces.insert(change.key.namespace.as_str().into());
    }
    facts.graph |= !is_beside_the_graph(kind);
    facts.rbac |= matches!(
        kind,
        Kind::Role
            | Kind::ClusterRole
            | Kind::RoleBinding
            | Kind::ClusterRoleBinding
            | Kind::ServiceAccount
            | Kind::Node
            | Kind::PersistentVolume
            | Kind::VolumeAttachment
            | Kind::Pod
            | Kind::Other
    );
    facts.network |= !matches!(
        kind,
        Kind::Role
            | Kind::ClusterRole
            | Kind::RoleBinding
            | Kind::ClusterRoleBinding
            | Kind::ServiceAccount
            | Kind::Secret
            | Kind::ConfigMap
            | Kind::PersistentVolume
            | Kind::PersistentVolumeClaim
            | Kind::CustomResourceDefinition
    ) && !is_beside_the_graph(kind);
}

/// The nodes on which the pods of a workload run.
fn hosts_of<'a>(
    inventory: &'a Inventory,
    namespace: &'a str,
    workload: ObjectId,
) -> BTreeSet<&'a str> {
    inventory
        .in_namespace(Kind::Pod, namespace)
        .filter(|(id, _)| inventory.representative(*id) == workload)
        .filter_map(|(_, pod)| pod.value().text("spec.nodeName"))
        .filter(|host| !host.is_empty())
        .collect()
}
