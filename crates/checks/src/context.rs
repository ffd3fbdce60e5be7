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
    /// What of that which it reads has changed since, where it can be derived again from what it was.
    since: Option<Arc<Changed>>,
}

/// What an index is derived from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reads {
    /// Objects of any kind, and all pods but for their status.
    Everything,
    /// Objects of any kind but the pods that others stand for.
    Judged,
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
    /// More than the status of such a pod is different.
    pub replica_specs: bool,
    /// The namespaces of all this, an empty one for what is in none. None at all: they are not known.
    pub namespaces: BTreeSet<Box<str>>,
}

impl Changed {
    /// True when nothing is different.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty() && !self.replicas
    }

    /// True when all that is different is in namespaces, and in which is known.
    fn is_within_namespaces(&self) -> bool {
        !self.namespaces.is_empty() && !self.namespaces.contains("")
    }

    /// This change and a later one.
    fn and(&self, later: &Changed) -> Changed {
        Changed {
            kinds: self.kinds.union(&later.kinds).copied().collect(),
            replicas: self.replicas || later.replicas,
            replica_specs: self.replica_specs || later.replica_specs,
            namespaces: self.namespaces.union(&later.namespaces).cloned().collect(),
        }
    }
}

impl Reads {
    /// True when an index that reads this is the same after a change.
    fn holds_after(self, changed: &Changed) -> bool {
        match self {
            Reads::Everything => changed.kinds.is_empty() && !changed.replica_specs,
            Reads::Judged => changed.kinds.is_empty(),
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
    /// Those that still hold when this has changed, and those that can be derived again from what they
    /// were. Ids must mean the same in both Inventories.
    #[must_use]
    pub fn after(&self, changed: &Changed) -> Indexes {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut kept = HashMap::new();
        for (key, built) in held.iter() {
            let mut built = built.clone();
            if !built.reads.holds_after(changed) {
                if !changed.is_within_namespaces() {
                    continue;
                }
                built.since = Some(Arc::new(match &built.since {
                    Some(before) => before.and(changed),
                    None => changed.clone(),
                }));
            }
            kept.insert(*key, built);
        }
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
            .filter(|built| built.since.is_none())
            .map(|built| Arc::clone(&built.index));
        let index = built.unwrap_or_else(|| {
            // Built under the lock, so that threads wait for it rather than build it again.
            let mut indexes = self.0.write().unwrap_or_else(PoisonError::into_inner);
            match indexes.get(&key) {
                Some(built) if built.since.is_none() => return Arc::clone(&built.index),
                before => {
                    let renewed = before.and_then(|before| {
                        let changed = before.since.as_deref()?;
                        of_type::<T>(&before.index).renewed(inventory, changed)
                    });
                    let index: Arc<dyn Any + Send + Sync> =
                        Arc::new(renewed.unwrap_or_else(|| T::build(inventory)));
                    let built = Built {
                        index: Arc::clone(&index),
                        reads: T::READS,
                        since: None,
                    };
                    indexes.insert(key, built);
                    index
                }
            }
        });
        of_type(&index)
    }
}

fn of_type<T: Index>(index: &Arc<dyn Any + Send + Sync>) -> Arc<T> {
    Arc::clone(index)
        .downcast()
        .expect("the slot of a type holds a value of that type")
}

impl fmt::Debug for Indexes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let built = self.0.read().unwrap_or_else(PoisonError::into_inner);
        write!(out, "Indexes({})", built.len())
    }
}

/// Something derived from the whole Inventory that checks share, such as a map from host to routes.
/// It holds ids, not references.
pub(crate) trait Index: Sized + Send + Sync + 'static {
    /// What it is derived from.
    const READS: Reads;

    /// Derives it.
    fn build(inventory: &Inventory) -> Self;

    /// Derives it from what it was before a change within namespaces, as `build` would; `None` where that
    /// takes a new one.
    fn renewed(&self, _inventory: &Inventory, _changed: &Changed) -> Option<Self> {
        None
    }
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

#[cfg(test)]
mod tests {
    use catseye_model::{Completeness, Fields as _, Object, ObjectId, Value, json};
    use proptest::prelude::*;

    use super::*;
    use crate::Judge;

    const KINDS: usize = 10;

    /// A small world: workloads, their pods, what selects them and what they mention.
    fn object(kind: usize, name: u8, namespace: u8, variant: u8) -> Value {
        let namespace = format!("ns{namespace}");
        let meta = |kind: &str| json!({"name": format!("{kind}{name}"), "namespace": &*namespace, "uid": format!("{kind}-{name}-{namespace}")});
        let label = format!("a{}", variant % 3);
        let spec = json!({"containers": [{"name": "main", "image": format!("istio/pilot:1.{variant}"),
            "envFrom": [{"configMapRef": {"name": format!("c{}", variant % 2)}}], "args": [format!("--config=c{variant}")]}]});
        match kind {
            0 => json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta("d"),
                "spec": {"template": {"metadata": {"labels": {"app": label}}, "spec": spec}}}),
            1 | 2 => {
                let owners = match kind {
                    1 => json!([{"apiVersion": "apps/v1", "kind": "Deployment", "controller": true,
                        "name": format!("d{name}"), "uid": format!("d-{name}-{namespace}")}]),
                    _ => json!([]),
                };
                let debuggers = match variant {
                    1 => json!([{"name": "debug", "image": "busybox"}]),
                    _ => json!([]),
                };
                json!({"apiVersion": "v1", "kind": "Pod",
                    "metadata": {"name": format!("p{name}"), "namespace": &*namespace,
                        "labels": {"app": label, "pod": "yes"}, "ownerReferences": owners},
                    "spec": {"ephemeralContainers": debuggers, "containers": spec.at("containers").clone()},
                    "status": {"containerStatuses": [{"name": "main", "restartCount": i64::from(variant) * 5}]}})
            }
            3 => json!({"apiVersion": "v1", "kind": "Service", "metadata": meta("s"),
                "spec": {"type": if variant > 1 { "LoadBalancer" } else { "ClusterIP" }, "selector": {"app": label}, "ports": [{"port": 80}]}}),
            4 => {
                json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta("n"),
                "spec": {"podSelector": {"matchLabels": {"app": label}}, "policyTypes": ["Ingress"]}})
            }
            5 => {
                json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("c"), "data": {"a": format!("c{variant}")}})
            }
            6 => {
                json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta("i"),
                "spec": {"defaultBackend": {"service": {"name": format!("s{variant}"), "port": {"number": 80}}}}})
            }
            7 => {
                json!({"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy", "metadata": meta("z"),
                "spec": {"selector": {"matchLabels": {"app": label}}, "rules": [{}]}})
            }
            8 => {
                json!({"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": meta("l"),
                "spec": {"endpointSelector": {"matchLabels": {"app": label}}, "ingress": [{}]}})
            }
            _ => {
                json!({"apiVersion": "example.org/v1", "kind": "Widget", "metadata": meta("w"), "spec": {"uses": format!("c{variant}")}})
            }
        }
    }

    /// What one object that came, changed or went makes different, as a hub says it.
    fn changed(before: &Inventory, after: &Inventory, id: ObjectId, changed: &mut Changed) {
        let is_replica =
            |inventory: &Inventory| inventory.get(id).is_some() && !inventory.is_judged(id);
        let Some(object) = after.get(id).or_else(|| before.get(id)) else {
            return;
        };
        changed.namespaces.insert(object.namespace().into());
        if object.kind() == Kind::Pod {
            changed.replicas = true;
        }
        if is_replica(before) || is_replica(after) {
            changed.replica_specs = true;
        } else {
            changed.kinds.insert(object.kind());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn what_is_renewed_judges_as_what_is_built(
            steps in prop::collection::vec((any::<bool>(), 0..KINDS, 0_u8..3, 0_u8..2, 0_u8..4, any::<bool>()), 1..30)
        ) {
            let config = Config::default();
            let mut inventory = Inventory::new(Vec::new(), Completeness::Cluster);
            let mut indexes = Indexes::default();
            for (removes, kind, name, namespace, variant, asks) in steps {
                let object = Object::new(object(kind, name, namespace, variant), None).unwrap();
                let held: Vec<ObjectId> = inventory
                    .named(object.kind(), object.namespace(), object.name())
                    .map(|(id, _)| id)
                    .collect();
                let patched = if removes {
                    inventory.patched(Vec::new(), &held)
                } else {
                    inventory.patched(vec![object], &[])
                };
                let mut difference = Changed::default();
                for id in patched.upserted.iter().chain(&patched.removed).chain(&patched.moved) {
                    changed(&inventory, &patched.inventory, *id, &mut difference);
                }
                inventory = patched.inventory;
                if !difference.is_empty() {
                    indexes = indexes.after(&difference);
                }
                // Some changes gather before anybody asks.
                if !asks {
                    continue;
                }
                let renewed = Judge::new(&inventory, &config, crate::all()).with_indexes(indexes.clone());
                let fresh = Judge::new(&inventory, &config, crate::all());
                for (id, _) in inventory.objects() {
                    prop_assert_eq!(renewed.verdict(id), fresh.verdict(id));
                }
            }
        }
    }
}
