//! How many pods a workload runs, and who decides: the workload itself or an autoscaler.

use std::collections::HashMap;

use catseye_model::Value;
use catseye_model::{Fields, Inventory, Kind, Object, ObjectId};

use crate::context::{Context, Index, Reads};

/// How many pods a workload runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Replicas {
    /// As many as its `replicas` says.
    Said(i64),
    /// One, because nothing is said.
    Unsaid,
    /// An autoscaler decides; the least it goes down to.
    Autoscaled(i64),
}

impl Replicas {
    /// The number of pods at the quietest hour.
    pub(super) fn least(self) -> i64 {
        match self {
            Replicas::Said(number) | Replicas::Autoscaled(number) => number,
            Replicas::Unsaid => 1,
        }
    }

    /// Of a workload; `None` for kinds that have no number of replicas.
    pub(super) fn of(object: &Object, context: &Context<'_>) -> Option<Self> {
        if !SCALABLE.contains(&object.kind()) {
            return None;
        }
        let autoscalers = context.index::<Autoscalers>();
        let least = autoscalers
            .of(object, context)
            .iter()
            .map(|id| least_replicas(context.inventory.object(*id)))
            .max();
        Some(match (least, object.value().integer("spec.replicas")) {
            (Some(least), _) => Replicas::Autoscaled(least),
            (None, Some(number)) => Replicas::Said(number),
            (None, None) => Replicas::Unsaid,
        })
    }
}

/// The kinds whose objects run `spec.replicas` pods.
pub(super) const SCALABLE: &[Kind] = &[
    Kind::Deployment,
    Kind::StatefulSet,
    Kind::ReplicaSet,
    Kind::ReplicationController,
    Kind::Rollout,
    Kind::DeploymentConfig,
];

fn least_replicas(autoscaler: &Object) -> i64 {
    if autoscaler.kind() == Kind::HorizontalPodAutoscaler {
        autoscaler.value().integer("spec.minReplicas").unwrap_or(1)
    } else {
        autoscaler
            .value()
            .integer("spec.minReplicaCount")
            .unwrap_or(0)
    }
}

/// Which autoscalers scale what: `HorizontalPodAutoscaler`s, and `ScaledObject`s of KEDA.
pub(super) struct Autoscalers {
    by_target: HashMap<ObjectId, Vec<ObjectId>>,
}

impl Autoscalers {
    /// The autoscalers of a workload.
    pub(super) fn of(&self, object: &Object, context: &Context<'_>) -> &[ObjectId] {
        if self.by_target.is_empty() {
            return &[];
        }
        context
            .inventory
            .id_of(object)
            .and_then(|id| self.by_target.get(&id))
            .map_or(&[], Vec::as_slice)
    }
}

impl Index for Autoscalers {
    const READS: Reads = Reads::Judged;

    fn build(inventory: &Inventory) -> Self {
        let mut by_target: HashMap<ObjectId, Vec<ObjectId>> = HashMap::new();
        let keda = inventory.of_kind(Kind::Other).filter(|(_, object)| {
            object.kind_name() == "ScaledObject" && object.group() == "keda.sh"
        });
        for (id, autoscaler) in inventory.of_kind(Kind::HorizontalPodAutoscaler).chain(keda) {
            let target = autoscaler.value().at("spec.scaleTargetRef");
            for target in scaled(inventory, autoscaler.namespace(), target) {
                by_target.entry(target).or_default().push(id);
            }
        }
        Autoscalers { by_target }
    }
}

/// The objects of known kinds that a `scaleTargetRef` names.
pub(super) fn scaled<'a>(
    inventory: &'a Inventory,
    namespace: &'a str,
    target: &'a Value,
) -> impl Iterator<Item = ObjectId> + 'a {
    let kind = target_kind(target);
    let name = target.text("name").unwrap_or_default();
    inventory
        .named(kind, namespace, name)
        .map(|(id, _)| id)
        .filter(move |_| kind != Kind::Other)
}

/// The kind that a `scaleTargetRef` names, a Deployment where it is silent.
pub(super) fn target_kind(target: &Value) -> Kind {
    let name = target.text("kind").unwrap_or("Deployment");
    let group = target.text("apiVersion").map_or("", |api_version| {
        api_version.split_once('/').map_or("", |(group, _)| group)
    });
    match (group, name) {
        // Left out by many; the API server resolves it to the group that serves the kind.
        ("", "Deployment") => Kind::Deployment,
        ("", "StatefulSet") => Kind::StatefulSet,
        ("", "ReplicaSet") => Kind::ReplicaSet,
        _ => Kind::of(group, name),
    }
}
