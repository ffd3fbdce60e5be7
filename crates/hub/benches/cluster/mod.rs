//! A made cluster: namespaces of 25 Deployments of ten pods, with what belongs to them.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "each benchmark uses what it needs"
)]

use std::collections::BTreeSet;

use catseye_model::{Delta, DeltaChange, Fields as _, Value, json};
use jiff::Timestamp;

pub const PODS_A_DEPLOYMENT: usize = 10;
pub const DEPLOYMENTS_A_NAMESPACE: usize = 25;

pub fn upsert(value: Value) -> Delta {
    Delta {
        time: Timestamp::UNIX_EPOCH,
        change: DeltaChange::Upsert(value),
    }
}

/// Objects, and the word that all of their kinds have been listed.
pub fn listed(objects: Vec<Value>) -> Vec<Delta> {
    let mut kinds = BTreeSet::new();
    for object in &objects {
        let group = object.text("apiVersion").unwrap_or_default();
        let group = group.split_once('/').map_or("", |(group, _)| group);
        kinds.insert((
            group.to_owned(),
            object.text("kind").unwrap_or_default().to_owned(),
        ));
    }
    let synced = kinds.into_iter().map(|(group, kind)| Delta {
        time: Timestamp::UNIX_EPOCH,
        change: DeltaChange::Synced { group, kind },
    });
    objects.into_iter().map(upsert).chain(synced).collect()
}

pub fn cluster(pods: usize) -> Vec<Value> {
    let mut objects = Vec::new();
    for node in 0..pods.div_ceil(50) {
        objects.push(
            json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": format!("node-{node}")},
            "status": {"nodeInfo": {"kubeletVersion": "v1.36.1"}}}),
        );
    }
    let namespaces = pods.div_ceil(PODS_A_DEPLOYMENT * DEPLOYMENTS_A_NAMESPACE);
    for namespace in 0..namespaces {
        objects.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": format!("ns-{namespace}")}}));
        objects.push(policy(namespace, 0));
        for deployment in 0..DEPLOYMENTS_A_NAMESPACE {
            objects.push(workload(namespace, deployment, 0));
            objects.push(service(namespace, deployment, 0));
            objects.push(binding(namespace, deployment, 0));
            objects.push(
                json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {
                "name": format!("app-{deployment}"), "namespace": format!("ns-{namespace}")}}),
            );
            objects.push(
                json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
                "name": format!("app-{deployment}"), "namespace": format!("ns-{namespace}")},
                "data": {"config": "a: b"}}),
            );
            objects.push(json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {
                "name": format!("app-{deployment}-1"), "namespace": format!("ns-{namespace}"),
                "uid": format!("rs-{namespace}-{deployment}"),
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "controller": true,
                    "name": format!("app-{deployment}"), "uid": format!("d-{namespace}-{deployment}")}]},
                "spec": {"template": template(deployment, 0)}}));
            for replica in 0..PODS_A_DEPLOYMENT {
                objects.push(pod(namespace, deployment, replica, 0));
            }
        }
    }
    objects
}

pub fn template(deployment: usize, version: usize) -> Value {
    json!({"metadata": {"labels": {"app": format!("app-{deployment}")}}, "spec": spec(deployment, version, None)})
}

pub fn spec(deployment: usize, version: usize, node: Option<&str>) -> Value {
    json!({"serviceAccountName": format!("app-{deployment}"), "nodeName": node, "containers": [{
        "name": "main", "image": format!("registry.example/app-{deployment}:{version}"),
        "securityContext": {"privileged": deployment.is_multiple_of(10)},
        "envFrom": [{"configMapRef": {"name": format!("app-{deployment}")}}],
        "resources": {"limits": {"memory": "128Mi"}}, "ports": [{"containerPort": 8080}]}]})
}

pub fn workload(namespace: usize, deployment: usize, version: usize) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {
        "name": format!("app-{deployment}"), "namespace": format!("ns-{namespace}"),
        "uid": format!("d-{namespace}-{deployment}")},
        "spec": {"replicas": PODS_A_DEPLOYMENT,
            "selector": {"matchLabels": {"app": format!("app-{deployment}")}},
            "template": template(deployment, version)}})
}

pub fn pod(namespace: usize, deployment: usize, replica: usize, version: usize) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {
        "name": format!("app-{deployment}-1-{replica}"), "namespace": format!("ns-{namespace}"),
        "uid": format!("p-{namespace}-{deployment}-{replica}"),
        "labels": {"app": format!("app-{deployment}")},
        "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "controller": true,
            "name": format!("app-{deployment}-1"), "uid": format!("rs-{namespace}-{deployment}")}]},
        "spec": spec(deployment, 0, Some(&format!("node-{}", (namespace * 7 + replica) % 100))),
        "status": {"phase": "Running", "containerStatuses": [{"name": "main", "restartCount": version}]}})
}

pub fn service(namespace: usize, deployment: usize, version: usize) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {
        "name": format!("app-{deployment}"), "namespace": format!("ns-{namespace}")},
        "spec": {"type": if version % 2 == 1 { "LoadBalancer" } else { "ClusterIP" },
            "selector": {"app": format!("app-{deployment}")},
            "ports": [{"port": 80 + version, "targetPort": 8080}]}})
}

pub fn binding(namespace: usize, deployment: usize, version: usize) -> Value {
    json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {
        "name": format!("app-{deployment}"), "namespace": format!("ns-{namespace}")},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
            "name": if version % 2 == 1 { "admin" } else { "view" }},
        "subjects": [{"kind": "ServiceAccount", "name": format!("app-{deployment}"),
            "namespace": format!("ns-{namespace}")}]})
}

pub fn policy(namespace: usize, version: usize) -> Value {
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {
        "name": "default", "namespace": format!("ns-{namespace}")},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": format!("app-{}", version % 25)}}}]}]}})
}
