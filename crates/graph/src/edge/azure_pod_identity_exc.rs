//! `AZURE_POD_IDENTITY_EXC`: a pod is excepted from the guard before Azure's metadata service.

use std::collections::BTreeMap;

use catseye_model::{Fields, Kind};

use crate::ask::may;
use crate::build::{Builder, Effort, Evidence};
use crate::node::{Ability, Node, Scope};
use crate::topology::NO_FIX;
use crate::world::World;

edge! {
    /// A pod is excepted from the guard before Azure's metadata service
    ///
    /// AAD Pod Identity (retired, still found) answers pods in place of the metadata service; an AzurePodIdentityException lets the
    /// pods with its labels past. In a namespace with such an exception, the right to make pods is enough; elsewhere the
    /// right to write exceptions and to make pods. Behind the guard is the cluster's own identity, which hands out the credentials
    /// of the cluster's administrator where local accounts are on: the cluster has the binding
    /// `aks-cluster-admin-binding`.
    ///
    /// **Fix:** Move to workload identity and remove AAD Pod Identity; switch local accounts off.
    "AZURE_POD_IDENTITY_EXC" {
        attack: "T1078.004",
        success: 40,
        says: "{from}: an exception from AAD Pod Identity shows the cluster's own Azure identity, and with it {to}",
        trace: "audit log: create azurepodidentityexceptions or pods; then the cloud's audit log",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: aks-cluster-admin-binding}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: clusterAdmin}]
---
apiVersion: aadpodidentity.k8s.io/v1
kind: AzurePodIdentityException
metadata: {name: e, namespace: shop}
spec: {podLabels: {app: past}}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop, labels: {app: past}}
spec:
  containers: [{name: app, image: i}]
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: aks-cluster-admin-binding}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: clusterAdmin}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [aadpodidentity.k8s.io], resources: [azurepodidentityexceptions], verbs: [create]}
- {apiGroups: [''], resources: [pods], verbs: [create]}
",
        ],
        lacks: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: aks-cluster-admin-binding}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: clusterAdmin}]
---
apiVersion: aadpodidentity.k8s.io/v1
kind: AzurePodIdentityException
metadata: {name: e, namespace: shop}
spec: {podLabels: {app: past}}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop, labels: {app: other}}
spec:
  containers: [{name: app, image: i}]
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [aadpodidentity.k8s.io], resources: [azurepodidentityexceptions], verbs: [create]}
- {apiGroups: [''], resources: [pods], verbs: [create]}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    let has_local_accounts = world.inventory.of_kind(Kind::ClusterRoleBinding).any(|(_, binding)| {
        matches!(binding.name(), "aks-cluster-admin-binding" | "aks-cluster-admin-binding-aad")
    });
    if !has_local_accounts {
        return;
    }
    let mut excepted: BTreeMap<&str, Evidence> = BTreeMap::new();
    for (id, object) in world.inventory.of_kind(Kind::Other) {
        if object.kind_name() != "AzurePodIdentityException" {
            continue;
        }
        let place = graph.at_text(Some(id), "spec.podLabels");
        excepted.entry(object.namespace()).or_insert(place);
        let labels: Vec<(&str, &str)> = object
            .value()
            .entries("spec.podLabels")
            .filter_map(|(key, value)| Some((key, value.as_str()?)))
            .collect();
        let change = "remove the exception, or limit it to labels that pods of the system alone carry";
        let fix = graph.fix(place, change, Effort::Medium);
        for pods in world.pods.iter().filter(|pods| pods.namespace() == object.namespace()) {
            // One label of the exception is enough for AAD Pod Identity.
            let own = pods.view.labels();
            let is_past = labels.iter().any(|(key, value)| own.get(*key).and_then(|own| own.as_str()).is_some_and(|own| own.eq_ignore_ascii_case(value)));
            for (node, _) in pods.containers().filter(|_| is_past) {
                graph.arc(node, Node::ClusterAdmin, place, fix);
            }
        }
    }
    for (namespace, place) in excepted {
        for scope in [Scope::Cluster, Scope::Namespace(namespace)] {
            let ability = Node::Ability(Ability::CreatePods, scope);
            if graph.knows(&ability) {
                graph.arc(ability, Node::ClusterAdmin, place, NO_FIX);
            }
        }
    }
    let ask = may(
        &["create", "update", "patch"],
        "aadpodidentity.k8s.io",
        &["azurepodidentityexceptions"],
    );
    graph.permit_half(world, ask, Ability::ExceptIdentities);
    let both = [Ability::CreatePods, Ability::ExceptIdentities];
    graph.in_each_scope(world, &both, |_| Some(Node::ClusterAdmin));
}
