//! Clusters written as a few facts, and made into objects.

use catseye_graph::{Config, Graph};
use catseye_model::{Completeness, Inventory, Object};
use catseye_netpol::Reach;
use catseye_rbac::Rbac;
use serde_json::{Value, json};

/// Reads objects.
pub(crate) fn inventory(objects: Vec<Value>) -> Inventory {
    let objects = objects
        .into_iter()
        .map(|value| Object::new(value, None).expect("an object"))
        .collect();
    Inventory::new(objects, Completeness::Tree)
}

/// Builds the graph and asks it something.
pub(crate) fn with_graph<T>(inventory: &Inventory, ask: impl FnOnce(&Graph<'_>) -> T) -> T {
    let rbac = Rbac::of(inventory);
    let reach = Reach::of(inventory);
    ask(&Graph::of(inventory, &rbac, &reach, Config::default()))
}

/// A namespace that nobody may speak into, with one workload and its account.
pub(crate) fn workload(space: &str, name: &str, privileged: bool) -> Vec<Value> {
    vec![
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space,
            "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}),
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": "deny", "namespace": space},
            "spec": {"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}],
                "policyTypes": ["Ingress", "Egress"]}}),
        json!({"apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": {"name": name, "namespace": space}}),
        json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": name, "namespace": space},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": {
            "metadata": {"labels": {"app": name}},
            "spec": {"serviceAccountName": name, "containers": [{
                "name": "app", "image": "example.com/app@sha256:0", "ports": [{"containerPort": 80}],
                "securityContext": {"privileged": privileged},
            }]}}}}),
    ]
}

/// A load balancer before a workload.
pub(crate) fn door(space: &str, name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": space},
        "spec": {"type": "LoadBalancer", "selector": {"app": name}, "ports": [{"port": 80}]}})
}

/// A role with one rule, or a cluster role, and its binding to an account.
pub(crate) fn power(
    name: &str,
    space: Option<&str>,
    permits: &Value,
    (home, holder): (&str, &str),
) -> Vec<Value> {
    let group = "rbac.authorization.k8s.io";
    let api = "rbac.authorization.k8s.io/v1";
    let kind = if space.is_some() {
        "Role"
    } else {
        "ClusterRole"
    };
    let mut role =
        json!({"apiVersion": api, "kind": kind, "metadata": {"name": name}, "rules": [permits]});
    let mut binding = json!({"apiVersion": api, "kind": format!("{kind}Binding"),
        "metadata": {"name": name},
        "roleRef": {"apiGroup": group, "kind": kind, "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": holder, "namespace": home}]});
    if let Some(space) = space {
        role["metadata"]["namespace"] = json!(space);
        binding["metadata"]["namespace"] = json!(space);
    }
    vec![role, binding]
}
