//! Objects in few words, for scenarios.

use catseye_model::{Completeness, Inventory, Object};
use catseye_rbac::Rbac;
use serde_json::{Value, json};

const API: &str = "rbac.authorization.k8s.io/v1";

/// A `ClusterRole` with rules as JSON.
pub(crate) fn cluster_role(name: &str, rules: Value) -> Value {
    json!({"apiVersion": API, "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules})
}

/// A Role with rules as JSON.
pub(crate) fn role(namespace: &str, name: &str, rules: Value) -> Value {
    json!({
        "apiVersion": API, "kind": "Role",
        "metadata": {"namespace": namespace, "name": name}, "rules": rules,
    })
}

/// A rule on resources of the core group.
pub(crate) fn rule(verbs: &[&str], resources: &[&str]) -> Value {
    json!({"verbs": verbs, "apiGroups": [""], "resources": resources})
}

/// A subject written `user:ann`, `group:dev`, `sa:shop/web` or, without namespace, `sa:web`.
pub(crate) fn subject(text: &str) -> Value {
    let (kind, name) = text.split_once(':').expect("kind:name");
    match (kind, name.split_once('/')) {
        ("sa", Some((namespace, name))) => {
            json!({"kind": "ServiceAccount", "namespace": namespace, "name": name})
        }
        ("sa", None) => json!({"kind": "ServiceAccount", "name": name}),
        ("group", _) => json!({"kind": "Group", "name": name}),
        _ => json!({"kind": "User", "name": name}),
    }
}

/// A `ClusterRoleBinding` of a cluster role.
pub(crate) fn bind_cluster(name: &str, role: &str, subjects: &[&str]) -> Value {
    let subjects: Vec<Value> = subjects.iter().map(|text| subject(text)).collect();
    json!({
        "apiVersion": API, "kind": "ClusterRoleBinding", "metadata": {"name": name},
        "roleRef": {"kind": "ClusterRole", "name": role}, "subjects": subjects,
    })
}

/// A `RoleBinding`; the role is written `Role/reader` or `ClusterRole/view`.
pub(crate) fn bind(namespace: &str, name: &str, role: &str, subjects: &[&str]) -> Value {
    let subjects: Vec<Value> = subjects.iter().map(|text| subject(text)).collect();
    let (kind, role) = role.split_once('/').expect("kind/name");
    json!({
        "apiVersion": API, "kind": "RoleBinding",
        "metadata": {"namespace": namespace, "name": name},
        "roleRef": {"kind": kind, "name": role}, "subjects": subjects,
    })
}

/// An Inventory of these objects.
pub(crate) fn inventory(objects: Vec<Value>, completeness: Completeness) -> Inventory {
    let objects = objects
        .into_iter()
        .map(|value| Object::new(value, None).expect("an object"))
        .collect();
    Inventory::new(objects, completeness)
}

/// A cluster that holds these objects and nothing else, not even the bootstrap policy.
pub(crate) fn only(mut objects: Vec<Value>) -> Rbac {
    objects.push(cluster_role("unused", json!([])));
    Rbac::of(&inventory(objects, Completeness::Cluster))
}

/// Manifests, which the bootstrap policy completes.
pub(crate) fn manifests(objects: Vec<Value>) -> Rbac {
    Rbac::of(&inventory(objects, Completeness::Tree))
}
