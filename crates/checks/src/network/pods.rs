//! Which workloads a label selector selects, without looking at every pod for every selector.
//!
//! For each namespace, workloads are listed by label; a selector is answered from the shortest list
//! that one of its equality requirements names.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use catseye_model::Value;
use catseye_model::selector::{Condition, Requirement};
use catseye_model::{Fields, Inventory, Kind, Object, ObjectId, Selector};

/// The pods of an Inventory by namespace and label.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pods {
    namespaces: HashMap<Box<str>, Arc<Labelled>>,
}

#[derive(Debug, Default)]
struct Labelled {
    all: Vec<ObjectId>,
    by_label: HashMap<Box<str>, HashMap<Box<str>, Vec<ObjectId>>>,
}

impl Pods {
    pub(crate) fn of(inventory: &Inventory) -> Self {
        let mut namespaces: HashMap<&str, Labelled> = HashMap::new();
        for kind in Kind::WORKLOADS {
            for (id, object) in inventory.of_kind(*kind) {
                if stands_for_itself(inventory, id, object) {
                    let namespace = namespaces.entry(object.namespace()).or_default();
                    namespace.add(id, object);
                }
            }
        }
        let namespaces = namespaces.into_iter();
        Pods {
            namespaces: namespaces
                .map(|(name, labelled)| (name.into(), Arc::new(labelled)))
                .collect(),
        }
    }

    /// The same as [`Pods::of`], where only these namespaces are different.
    pub(crate) fn renewed(&self, inventory: &Inventory, namespaces: &BTreeSet<Box<str>>) -> Self {
        let mut pods = self.clone();
        for namespace in namespaces {
            pods.namespaces.remove(namespace);
            let mut labelled = Labelled::default();
            for kind in Kind::WORKLOADS {
                let mut objects: Vec<_> = inventory.in_namespace(*kind, namespace).collect();
                objects.sort_unstable_by_key(|(id, _)| *id);
                for (id, object) in objects {
                    if stands_for_itself(inventory, id, object) {
                        labelled.add(id, object);
                    }
                }
            }
            if !labelled.all.is_empty() {
                pods.namespaces
                    .insert(namespace.clone(), Arc::new(labelled));
            }
        }
        pods
    }

    /// The judged workloads of a namespace whose pods the selector selects, in order.
    pub(crate) fn selected(
        &self,
        inventory: &Inventory,
        namespace: &str,
        selector: &Selector,
    ) -> Vec<ObjectId> {
        let Some(labelled) = self.namespaces.get(namespace) else {
            return Vec::new();
        };
        let mut found: Vec<ObjectId> = labelled
            .candidates(selector)
            .into_iter()
            .filter(|id| selects(selector, inventory.object(*id)))
            .map(|id| inventory.representative(id))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The judged workloads of every namespace whose pods the selector selects, in order.
    pub(crate) fn selected_anywhere(
        &self,
        inventory: &Inventory,
        selector: &Selector,
    ) -> Vec<ObjectId> {
        let mut found: Vec<ObjectId> = self
            .namespaces
            .keys()
            .flat_map(|namespace| self.selected(inventory, namespace, selector))
            .collect();
        found.sort_unstable();
        found
    }

    /// All workloads of a namespace: judged ones, and pods of judged ones.
    pub(crate) fn in_namespace(&self, namespace: &str) -> &[ObjectId] {
        self.namespaces
            .get(namespace)
            .map_or(&[], |labelled| labelled.all.as_slice())
    }
}

/// A ReplicaSet of a Deployment says nothing that the Deployment does not, but a running pod carries labels
/// that its template lacks.
fn stands_for_itself(inventory: &Inventory, id: ObjectId, object: &Object) -> bool {
    object.kind() == Kind::Pod || inventory.is_judged(id)
}

impl Labelled {
    fn add(&mut self, id: ObjectId, object: &Object) {
        self.all.push(id);
        for (key, value) in pod_labels(object).entries("") {
            let Some(value) = value.as_str() else {
                continue;
            };
            self.by_label
                .entry(key.into())
                .or_default()
                .entry(value.into())
                .or_default()
                .push(id);
        }
    }

    fn candidates(&self, selector: &Selector) -> Vec<ObjectId> {
        let shortest = selector
            .requirements()
            .iter()
            .filter(|requirement| !set_by_controllers(&requirement.key))
            .filter_map(|requirement| match &requirement.condition {
                Condition::In(values) => Some((&requirement.key, values)),
                _ => None,
            })
            .map(|(key, values)| {
                let lists = self.by_label.get(key.as_str());
                values
                    .iter()
                    .filter_map(|value| lists?.get(value.as_str()))
                    .collect::<Vec<_>>()
            })
            .min_by_key(|lists| lists.iter().map(|list| list.len()).sum::<usize>());
        match shortest {
            Some(lists) => lists.into_iter().flatten().copied().collect(),
            None => self.all.clone(),
        }
    }
}

/// The labels of the pods of a workload, or null.
pub(crate) fn pod_labels(object: &Object) -> &Value {
    let template = object.kind().pod_template_path().unwrap_or_default();
    object.value().at(template).at("metadata.labels")
}

/// True when the selector selects the pods of this workload.
pub(crate) fn selects(selector: &Selector, object: &Object) -> bool {
    let labels = pod_labels(object);
    selector.requirements().iter().all(|requirement| {
        requirement.holds_for(labels)
            || (object.kind() != Kind::Pod && a_controller_may_meet(requirement, object))
    })
}

/// Labels that controllers put on pods, which no template carries.
fn set_by_controllers(key: &str) -> bool {
    matches!(
        key,
        "statefulset.kubernetes.io/pod-name"
            | "apps.kubernetes.io/pod-index"
            | "pod-template-hash"
            | "rollouts-pod-template-hash"
            | "controller-revision-hash"
            | "pod-template-generation"
            | "controller-uid"
            | "batch.kubernetes.io/controller-uid"
            | "job-name"
            | "batch.kubernetes.io/job-name"
            | "batch.kubernetes.io/job-completion-index"
            | "topology.kubernetes.io/zone"
            | "topology.kubernetes.io/region"
            | "deployment"
            | "deploymentconfig"
            | "serving.knative.dev/service"
            | "serving.knative.dev/revision"
            | "serving.knative.dev/configuration"
    )
}

fn a_controller_may_meet(requirement: &Requirement, object: &Object) -> bool {
    if !set_by_controllers(&requirement.key) {
        return false;
    }
    let Condition::In(values) = &requirement.condition else {
        return true;
    };
    let named_after = |value: &String| {
        value
            .strip_prefix(object.name())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    match requirement.key.as_str() {
        "statefulset.kubernetes.io/pod-name" => {
            object.kind() == Kind::StatefulSet && values.iter().any(named_after)
        }
        "job-name" | "batch.kubernetes.io/job-name" => {
            matches!(object.kind(), Kind::Job | Kind::CronJob) && values.iter().any(named_after)
        }
        "deployment" | "deploymentconfig" => {
            object.kind() == Kind::DeploymentConfig && values.iter().any(named_after)
        }
        "serving.knative.dev/service"
        | "serving.knative.dev/revision"
        | "serving.knative.dev/configuration" => {
            matches!(
                object.kind(),
                Kind::KnativeService | Kind::KnativeConfiguration | Kind::KnativeRevision
            ) && values.iter().any(named_after)
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::inventory;

    fn selected(selector: &str) -> Vec<String> {
        let inventory = inventory(
            r"
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec: {template: {metadata: {labels: {app: db}}, spec: {containers: []}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {metadata: {labels: {app: web, tier: front}}, spec: {containers: []}}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: other, labels: {app: web}}
spec: {containers: []}
",
        );
        let selector: Selector = selector.parse().unwrap();
        Pods::of(&inventory)
            .selected(&inventory, "default", &selector)
            .into_iter()
            .map(|id| inventory.object(id).to_string())
            .collect()
    }

    #[test]
    fn selects_within_the_namespace_and_by_labels_of_controllers() {
        assert_eq!(selected("app=web"), ["Deployment web"]);
        assert_eq!(selected("tier"), ["Deployment web"]);
        assert_eq!(selected("").len(), 2);
        assert_eq!(selected("app in (db,x)"), ["StatefulSet db"]);
        assert_eq!(
            selected("statefulset.kubernetes.io/pod-name=db-0"),
            ["StatefulSet db"]
        );
        assert!(selected("app=web,tier!=front").is_empty());
        assert!(selected("app=nothing").is_empty());
    }
}
