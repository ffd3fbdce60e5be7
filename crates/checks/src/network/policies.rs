//! Which workloads a network policy of any kind selects, and in which direction it isolates them.
//!
//! Kubernetes' own policies, Cilium's, Calico's and those of administrators count. What cannot be
//! told (Calico's selector language, policies of other projects) is kept as "may select".

use std::collections::{BTreeSet, HashMap, HashSet};

use catseye_model::Value;
use catseye_model::selector::Condition;
use catseye_model::{Fields, Inventory, Kind, Object, ObjectId, Selector};

use super::namespaces::selects_namespace;
use super::pods::{self, Pods};

/// What policies do to the pods of one workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Isolation {
    /// Where a policy selects them: what all that do restrict together.
    pub(crate) selected: Option<Directions>,
    /// A policy that cannot be read may select them.
    pub(crate) uncertain: bool,
}

/// The policies of an Inventory, by workload and by namespace.
#[derive(Debug, Clone, Default)]
pub(crate) struct Policies {
    workloads: HashMap<ObjectId, Isolation>,
    /// The namespaces that policies govern, and the workloads that Kubernetes' own select there.
    namespaces: HashSet<Box<str>>,
    selected: HashMap<Box<str>, Vec<ObjectId>>,
    /// Others than Kubernetes' own are there.
    others: bool,
    everywhere: bool,
    uncertain_everywhere: bool,
}

/// Directions in which policies isolate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Directions {
    /// What comes in is restricted.
    pub(crate) ingress: bool,
    /// What goes out is restricted.
    pub(crate) egress: bool,
}

impl Policies {
    pub(crate) fn of(inventory: &Inventory, pods: &Pods) -> Self {
        let mut policies = Policies {
            others: has_others(inventory),
            ..Policies::default()
        };
        for (_, policy) in inventory.of_kind(Kind::NetworkPolicy) {
            policies.add_kubernetes(inventory, pods, policy);
        }
        policies.add_cilium(inventory, pods);
        policies.add_calico(inventory, pods);
        policies.add_administrators(inventory);
        policies.add_unknown(inventory, pods);
        policies
    }

    /// The same as [`Policies::of`], where only these namespaces are different; `None` where that takes a
    /// look at everything.
    pub(crate) fn renewed(
        &self,
        inventory: &Inventory,
        pods: &Pods,
        namespaces: &BTreeSet<Box<str>>,
    ) -> Option<Self> {
        if self.others || has_others(inventory) {
            return None;
        }
        let mut policies = self.clone();
        for namespace in namespaces {
            policies.namespaces.remove(namespace);
            for workload in policies.selected.remove(namespace).unwrap_or_default() {
                policies.workloads.remove(&workload);
            }
        }
        for namespace in namespaces {
            for (_, policy) in inventory.in_namespace(Kind::NetworkPolicy, namespace) {
                policies.add_kubernetes(inventory, pods, policy);
            }
        }
        Some(policies)
    }

    /// What policies do to a judged workload.
    pub(crate) fn isolation(&self, workload: ObjectId) -> Isolation {
        let mut isolation = self.workloads.get(&workload).copied().unwrap_or_default();
        isolation.uncertain |= self.uncertain_everywhere;
        isolation
    }

    /// Whether a policy governs the namespace; `None` where that cannot be told.
    pub(crate) fn governs(&self, namespace: &str) -> Option<bool> {
        if self.everywhere || self.namespaces.contains(namespace) {
            return Some(true);
        }
        (!self.uncertain_everywhere).then_some(false)
    }

    fn add_kubernetes(&mut self, inventory: &Inventory, pods: &Pods, policy: &Object) {
        let namespace = policy.namespace();
        self.namespaces.insert(namespace.into());
        // The API server refuses a selector that does not parse.
        let Ok(selector) = Selector::of(policy.value().at("spec.podSelector")) else {
            return;
        };
        let directions = directions_of(policy);
        let selected = pods.selected(inventory, namespace, &selector);
        for workload in &selected {
            self.select(*workload, directions);
        }
        self.selected
            .entry(namespace.into())
            .or_default()
            .extend(selected);
    }

    fn add_cilium(&mut self, inventory: &Inventory, pods: &Pods) {
        for (_, policy) in inventory.of_kind(Kind::CiliumNetworkPolicy) {
            self.namespaces.insert(policy.namespace().into());
            for spec in cilium_specs(policy) {
                self.add_cilium_spec(inventory, pods.in_namespace(policy.namespace()), spec);
            }
        }
        let mut all = None;
        for (_, policy) in inventory.of_kind(Kind::CiliumClusterwideNetworkPolicy) {
            for spec in cilium_specs(policy) {
                self.everywhere |= spec
                    .get("endpointSelector")
                    .is_some_and(|s| Selector::of(s).is_ok_and(|s| s.selects_everything()));
                let all: &Vec<ObjectId> = all.get_or_insert_with(|| all_workloads(inventory));
                self.add_cilium_spec(inventory, all, spec);
            }
        }
    }

    fn add_cilium_spec(&mut self, inventory: &Inventory, among: &[ObjectId], spec: &Value) {
        // A nodeSelector makes it a policy of the host.
        let Some(selector) = spec.get("endpointSelector") else {
            return;
        };
        let Ok(selector) = Selector::of(selector) else {
            return;
        };
        let restricts = |field: &str, deny: &str, switch: &str| {
            spec.at("enableDefaultDeny")
                .flag(switch)
                .unwrap_or_else(|| !spec.list(field).is_empty() || !spec.list(deny).is_empty())
        };
        let directions = Directions {
            ingress: restricts("ingress", "ingressDeny", "ingress"),
            egress: restricts("egress", "egressDeny", "egress"),
        };
        for id in among {
            let object = inventory.object(*id);
            match cilium_selects(inventory, &selector, object) {
                Some(true) => self.select(inventory.representative(*id), directions),
                Some(false) => {}
                None => self.may_select(inventory.representative(*id)),
            }
        }
    }

    fn add_calico(&mut self, inventory: &Inventory, pods: &Pods) {
        for (_, policy) in inventory.of_kind(Kind::CalicoNetworkPolicy) {
            self.namespaces.insert(policy.namespace().into());
            self.add_calico_policy(inventory, policy, pods.in_namespace(policy.namespace()));
        }
        let mut all = None;
        for (_, policy) in inventory.of_kind(Kind::CalicoGlobalNetworkPolicy) {
            let spec = policy.value().at("spec");
            if !selects_all_in_calico(spec.text("namespaceSelector")) {
                self.uncertain_everywhere = true;
                continue;
            }
            self.everywhere |= selects_all_in_calico(spec.text("selector"));
            let all: &Vec<ObjectId> = all.get_or_insert_with(|| all_workloads(inventory));
            self.add_calico_policy(inventory, policy, all);
        }
    }

    fn add_calico_policy(&mut self, inventory: &Inventory, policy: &Object, among: &[ObjectId]) {
        let spec = policy.value().at("spec");
        let certain = selects_all_in_calico(spec.text("selector"))
            && selects_all_in_calico(spec.text("serviceAccountSelector"));
        // https://docs.tigera.io/calico/latest/reference/resources/networkpolicy: without types,
        // egress rules alone mean Egress, and everything else includes Ingress.
        let typed = |direction: &str| spec.texts("types").any(|text| text == direction);
        let has_egress = !spec.list("egress").is_empty();
        let directions = if spec.list("types").is_empty() {
            Directions {
                ingress: !has_egress || !spec.list("ingress").is_empty(),
                egress: has_egress,
            }
        } else {
            Directions {
                ingress: typed("Ingress"),
                egress: typed("Egress"),
            }
        };
        for id in among {
            let workload = inventory.representative(*id);
            if certain {
                self.select(workload, directions);
            } else {
                self.may_select(workload);
            }
        }
    }

    /// Policies of administrators restrict where they deny something.
    fn add_administrators(&mut self, inventory: &Inventory) {
        let kinds = [
            Kind::AdminNetworkPolicy,
            Kind::BaselineAdminNetworkPolicy,
            Kind::ClusterNetworkPolicy,
        ];
        let mut all = None;
        for (_, policy) in kinds.iter().flat_map(|kind| inventory.of_kind(*kind)) {
            let spec = policy.value().at("spec");
            let denies = |direction: &str| {
                spec.list(direction)
                    .iter()
                    .any(|rule| rule.text("action") == Some("Deny"))
            };
            let directions = Directions {
                ingress: denies("ingress"),
                egress: denies("egress"),
            };
            if !directions.ingress && !directions.egress {
                continue;
            }
            let subject = spec.at("subject");
            let (namespaces, pod_selector) = if subject.has("pods") {
                (
                    subject.at("pods.namespaceSelector"),
                    subject.at("pods.podSelector"),
                )
            } else {
                (subject.at("namespaces"), &Value::Null)
            };
            let (Ok(namespaces), Ok(pod_selector)) =
                (Selector::of(namespaces), Selector::of(pod_selector))
            else {
                continue;
            };
            self.everywhere |= namespaces.selects_everything() && pod_selector.selects_everything();
            let all: &Vec<ObjectId> = all.get_or_insert_with(|| all_workloads(inventory));
            for id in all {
                let object = inventory.object(*id);
                if !pods::selects(&pod_selector, object) {
                    continue;
                }
                match selects_namespace(inventory, &namespaces, object.namespace()) {
                    Some(true) => {
                        self.namespaces.insert(object.namespace().into());
                        self.select(inventory.representative(*id), directions);
                    }
                    Some(false) => {}
                    None => self.may_select(inventory.representative(*id)),
                }
            }
        }
    }

    /// Policies of kinds that are not known by name, such as Antrea's.
    fn add_unknown(&mut self, inventory: &Inventory, pods: &Pods) {
        for (_, object) in inventory.of_kind(Kind::Other) {
            if !object.kind_name().ends_with("NetworkPolicy") {
                continue;
            }
            match object.explicit_namespace() {
                None => self.uncertain_everywhere = true,
                Some(namespace) => {
                    self.namespaces.insert(namespace.into());
                    for id in pods.in_namespace(namespace) {
                        self.may_select(inventory.representative(*id));
                    }
                }
            }
        }
    }

    fn select(&mut self, workload: ObjectId, directions: Directions) {
        let isolation = self.workloads.entry(workload).or_default();
        let known = isolation.selected.get_or_insert_default();
        known.ingress |= directions.ingress;
        known.egress |= directions.egress;
    }

    fn may_select(&mut self, workload: ObjectId) {
        self.workloads.entry(workload).or_default().uncertain = true;
    }
}

fn has_others(inventory: &Inventory) -> bool {
    const OTHERS: [Kind; 7] = [
        Kind::CiliumNetworkPolicy,
        Kind::CiliumClusterwideNetworkPolicy,
        Kind::CalicoNetworkPolicy,
        Kind::CalicoGlobalNetworkPolicy,
        Kind::AdminNetworkPolicy,
        Kind::BaselineAdminNetworkPolicy,
        Kind::ClusterNetworkPolicy,
    ];
    OTHERS
        .iter()
        .any(|kind| inventory.of_kind(*kind).next().is_some())
        || inventory
            .of_kind(Kind::Other)
            .any(|(_, object)| object.kind_name().ends_with("NetworkPolicy"))
}

/// A policy without `policyTypes` isolates what comes in always, and what goes out where it has
/// egress rules.
fn directions_of(policy: &Object) -> Directions {
    let spec = policy.value().at("spec");
    if spec.list("policyTypes").is_empty() {
        return Directions {
            ingress: true,
            egress: !spec.list("egress").is_empty(),
        };
    }
    let typed = |direction: &str| spec.texts("policyTypes").any(|text| text == direction);
    Directions {
        ingress: typed("Ingress"),
        egress: typed("Egress"),
    }
}

/// `spec` and each member of `specs`.
pub(crate) fn cilium_specs(policy: &Object) -> impl Iterator<Item = &Value> {
    let value = policy.value();
    value.get("spec").into_iter().chain(value.list("specs"))
}

/// Whether a Cilium endpoint selector selects the pods of a workload. Keys may carry the source of
/// the label (`k8s:`, `any:`), and some stand for more than labels.
fn cilium_selects(inventory: &Inventory, selector: &Selector, object: &Object) -> Option<bool> {
    const NAMESPACE_LABEL: &str = "io.cilium.k8s.namespace.labels.";
    let labels = pods::pod_labels(object);
    let mut certain = true;
    for requirement in selector.requirements() {
        let key = ["k8s:", "any:", "k8s."]
            .iter()
            .find_map(|source| requirement.key.strip_prefix(source))
            .unwrap_or(&requirement.key);
        let condition: &Condition = &requirement.condition;
        let holds = if key == "io.kubernetes.pod.namespace" {
            condition.holds(Some(object.namespace()))
        } else if let Some(label) = key.strip_prefix(NAMESPACE_LABEL) {
            let Some(namespace) = inventory.find(Kind::Namespace, "", object.namespace()) else {
                certain = false;
                continue;
            };
            condition.holds(namespace.label(label))
        } else if key.starts_with("io.cilium.") || key.starts_with("reserved:") {
            certain = false;
            continue;
        } else {
            condition.holds(labels.get(key).and_then(Value::as_str))
        };
        if !holds {
            return Some(false);
        }
    }
    certain.then_some(true)
}

fn selects_all_in_calico(selector: Option<&str>) -> bool {
    selector.is_none_or(|text| matches!(text.trim(), "" | "all()"))
}

fn all_workloads(inventory: &Inventory) -> Vec<ObjectId> {
    Kind::WORKLOADS
        .iter()
        .flat_map(|kind| inventory.of_kind(*kind))
        .map(|(id, _)| id)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::inventory;

    fn isolation(policy: &str) -> Isolation {
        let text = format!(
            "apiVersion: v1
kind: Pod
metadata: {{name: web, namespace: shop, labels: {{app: web}}}}
spec: {{containers: []}}
---
{policy}"
        );
        let inventory = inventory(&text);
        let policies = Policies::of(&inventory, &Pods::of(&inventory));
        let (pod, _) = inventory.of_kind(Kind::Pod).next().unwrap();
        policies.isolation(pod)
    }

    fn letters(isolation: Isolation) -> String {
        let Directions { ingress, egress } = isolation.selected.unwrap_or_default();
        [
            (isolation.selected.is_some(), 's'),
            (ingress, 'i'),
            (egress, 'e'),
            (isolation.uncertain, '?'),
        ]
        .iter()
        .filter_map(|(set, letter)| set.then_some(*letter))
        .collect()
    }

    #[test]
    fn policies_isolate_by_type() {
        let kubernetes = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: a, namespace: shop}
spec: ";
        let cilium = "apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: a, namespace: shop}
spec: ";
        let calico = "apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: a, namespace: shop}
spec: ";
        for (head, spec, expected) in [
            (kubernetes, "{podSelector: {}}", "si"),
            (kubernetes, "{podSelector: {}, egress: []}", "si"),
            (kubernetes, "{podSelector: {}, egress: [{}]}", "sie"),
            (kubernetes, "{podSelector: {}, policyTypes: [Egress]}", "se"),
            (kubernetes, "{podSelector: {matchLabels: {app: db}}}", ""),
            (cilium, "{endpointSelector: {}, egress: [{}]}", "se"),
            (
                cilium,
                "{endpointSelector: {matchLabels: {'k8s:app': web}}, ingress: [{}]}",
                "si",
            ),
            (
                cilium,
                "{endpointSelector: {matchLabels: {'k8s:io.kubernetes.pod.namespace': x}}}",
                "",
            ),
            (cilium, "{nodeSelector: {}, ingress: [{}]}", ""),
            (calico, "{selector: all(), types: [Ingress, Egress]}", "sie"),
            (calico, "{selector: \"app == 'web'\"}", "?"),
        ] {
            let isolation = isolation(&format!("{head}{spec}"));
            assert_eq!(letters(isolation), expected, "{spec}");
        }
    }
}
