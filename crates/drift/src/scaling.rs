//! Workloads whose number of replicas an autoscaler decides, and between which bounds.

use std::collections::BTreeMap;

use catseye_model::{Fields as _, Inventory, Kind, Object, ObjectKey, Value};

use crate::desired::DesiredState;

/// Who scales a workload, and how far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The autoscaler, as `HorizontalPodAutoscaler shop/web`.
    pub by: String,
    /// The fewest replicas.
    pub min: i64,
    /// The most.
    pub max: i64,
}

impl Range {
    /// True for a number of replicas within the range.
    pub fn holds(&self, replicas: &Value) -> bool {
        replicas
            .as_i64()
            .is_some_and(|count| (self.min..=self.max).contains(&count))
    }
}

/// The ranges of all scaled workloads.
#[derive(Debug, Clone, Default)]
pub struct Ranges {
    /// By kind, namespace and name.
    targets: BTreeMap<(String, String, String), Range>,
}

impl Ranges {
    /// Reads the autoscalers among the objects.
    pub fn of(inventory: &Inventory) -> Self {
        let mut ranges = Ranges::default();
        for (_, object) in inventory.of_kind(Kind::HorizontalPodAutoscaler) {
            ranges.autoscaler(object);
        }
        for (_, object) in inventory.of_kind(Kind::Other) {
            ranges.autoscaler(object);
        }
        ranges
    }

    /// The same with autoscalers that are desired where no live one scales the workload: one that
    /// somebody deleted left the number that it found right.
    #[must_use]
    pub fn or_desired(mut self, desired: &DesiredState) -> Self {
        let mut wanted = Ranges::default();
        for (_, object) in desired.iter() {
            wanted.autoscaler(&object.object);
        }
        for (target, range) in wanted.targets {
            self.targets.entry(target).or_insert(range);
        }
        self
    }

    fn autoscaler(&mut self, object: &Object) {
        if object.kind() == Kind::HorizontalPodAutoscaler {
            self.horizontal(object);
        } else if object.kind_name() == "ScaledObject" && object.group() == "keda.sh" {
            self.scaled_object(object);
        }
    }

    /// The range of a workload.
    pub fn range(&self, object: &Value) -> Option<&Range> {
        if self.targets.is_empty() {
            return None;
        }
        let key = |field: &str| object.text(field).unwrap_or_default().to_owned();
        let namespace = object.text("metadata.namespace").unwrap_or("default");
        self.targets
            .get(&(key("kind"), namespace.to_owned(), key("metadata.name")))
    }

    fn horizontal(&mut self, object: &Object) {
        let spec = object.value().at("spec");
        self.add(
            object,
            spec.text("scaleTargetRef.kind").unwrap_or_default(),
            spec.text("scaleTargetRef.name").unwrap_or_default(),
            // Without a minimum it is one.
            spec.integer("minReplicas").unwrap_or(1),
            spec.integer("maxReplicas").unwrap_or(1),
        );
    }

    /// KEDA makes a `HorizontalPodAutoscaler` of it, and goes down to zero by itself.
    fn scaled_object(&mut self, object: &Object) {
        let spec = object.value().at("spec");
        self.add(
            object,
            spec.text("scaleTargetRef.kind").unwrap_or("Deployment"),
            spec.text("scaleTargetRef.name").unwrap_or_default(),
            spec.integer("minReplicaCount").unwrap_or(0),
            spec.integer("maxReplicaCount").unwrap_or(100),
        );
    }

    fn add(&mut self, object: &Object, kind: &str, name: &str, min: i64, max: i64) {
        let key = (
            kind.to_owned(),
            object.namespace().to_owned(),
            name.to_owned(),
        );
        let range = Range {
            by: object.to_string(),
            min,
            max,
        };
        // KEDA's own autoscaler says one where KEDA says zero: the wider of both holds.
        let known = self.targets.entry(key).or_insert_with(|| range.clone());
        if min < known.min || max > known.max {
            known.min = known.min.min(min);
            known.max = known.max.max(max);
            known.by = range.by;
        }
    }
}

/// The workload that an autoscaler scales; none for what is no autoscaler.
pub fn target_of(object: &Object) -> Option<ObjectKey> {
    let is_keda = object.kind_name() == "ScaledObject" && object.group() == "keda.sh";
    if !is_keda && object.kind() != Kind::HorizontalPodAutoscaler {
        return None;
    }
    let target = object.value().at("spec.scaleTargetRef");
    let version = target.text("apiVersion").unwrap_or("apps/v1");
    Some(ObjectKey {
        group: version
            .split_once('/')
            .map_or("", |(group, _)| group)
            .to_owned(),
        kind: target.text("kind").unwrap_or("Deployment").to_owned(),
        namespace: object.namespace().to_owned(),
        name: target.text("name")?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use catseye_model::{Completeness, json};

    use super::*;
    use crate::desired::Source;

    #[test]
    fn autoscalers_name_a_workload_and_bounds() {
        let object = |value| Object::new(value, None).unwrap();
        let inventory = Inventory::new(
            vec![
                object(
                    json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
                    "metadata": {"name": "web", "namespace": "shop"},
                    "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "maxReplicas": 5}}),
                ),
                object(
                    json!({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject",
                    "metadata": {"name": "jobs", "namespace": "shop"},
                    "spec": {"scaleTargetRef": {"name": "jobs"}, "maxReplicaCount": 20}}),
                ),
            ],
            Completeness::Cluster,
        );
        let ranges = Ranges::of(&inventory);
        let of = |name: &str| {
            let object =
                json!({"kind": "Deployment", "metadata": {"name": name, "namespace": "shop"}});
            ranges.range(&object).map(|range| (range.min, range.max))
        };
        assert_eq!(of("web"), Some((1, 5)));
        assert_eq!(of("jobs"), Some((0, 20)));
        assert_eq!(of("db"), None);
    }

    #[test]
    fn a_desired_autoscaler_counts_where_no_live_one_is() {
        let autoscaler = |name: &str, most: i64| {
            let object = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
                "metadata": {"name": name, "namespace": "shop"},
                "spec": {"scaleTargetRef": {"kind": "Deployment", "name": name}, "maxReplicas": most}});
            Object::new(object, None).unwrap()
        };
        let mut desired = DesiredState::default();
        for name in ["web", "gone"] {
            desired.add(autoscaler(name, 5), Source::LastApplied);
        }
        let live = Inventory::new(vec![autoscaler("web", 9)], Completeness::Cluster);
        let ranges = Ranges::of(&live).or_desired(&desired);
        for (name, most) in [("web", 9), ("gone", 5)] {
            let object =
                json!({"kind": "Deployment", "metadata": {"name": name, "namespace": "shop"}});
            let range = ranges.range(&object).unwrap();
            assert!(range.holds(&json!(most)), "{name}");
            assert!(!range.holds(&json!(most + 1)), "{name}");
        }
    }
}
